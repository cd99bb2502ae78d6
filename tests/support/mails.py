"""Complete mails of the sample data, as the service writes and sends them."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from notifications.links import Links
from notifications.mail.content import Mailbox
from notifications.mail.message import Message, message_id
from notifications.mail.mime import Mime, with_recipient
from notifications.mail.samples import Sample
from notifications.mail.templates import Templates
from notifications.mail.writer import MailWriter, Recipient

TO: Final = "ada@example.org"
PERSON: Final = "1f3e5d7c9b8a6f4e2d1c3b5a7f9e8d6c"
"""An id that spam filters would mistake for a Bitcoin address if it stood alone, like one in sixty ids."""


class Mails:
    """Writes the mails of samples."""

    def __init__(self) -> None:
        links = Links("https://desk.example.org", SecretStr("0123456789abcdef"), "bounces@example.org")
        mime = Mime(links, "Opportunity Desk <desk@example.org>")
        self._writer = MailWriter(Templates(), mime, links, "en", "UTC")

    def write(self, sample: Sample, now: datetime) -> bytes:
        """The mail as sent to the mail server."""
        mailbox = Mailbox(TO, sample.reader.name)
        recipient = Recipient(mailbox, sample.reader.language, sample.reader.zone.key, bool(sample.reader.preferences_url))
        return with_recipient(
            self._writer.write(message(sample, now), sample.content, recipient, now), mailbox.name, mailbox.email
        )


def message(sample: Sample, now: datetime) -> Message:
    """A message of this kind, as it would be queued."""
    id = message_id(f"e1@{sample.name}", sample.kind.name, PERSON)
    return Message(id, sample.kind, PERSON, "e1", sample.name, now, now, now + timedelta(days=1), "application/a1")
