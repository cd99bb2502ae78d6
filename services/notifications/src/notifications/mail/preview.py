"""Every mail with sample data, as files to look at: ``python -m notifications.mail.preview DIRECTORY``.

Tests compare the HTML and text files with those in ``tests/unit/notifications/mail/golden``. After a change, run it on that
directory and review the diff. The ``.eml`` files (``--mails``) are for mail programs.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from notifications.links import Links
from notifications.mail.content import Mailbox
from notifications.mail.message import Message
from notifications.mail.mime import Mime, with_recipient
from notifications.mail.samples import Sample, samples
from notifications.mail.templates import Templates
from notifications.mail.writer import MailWriter, Recipient

_SENDER: Final = "Opportunity Desk <desk@example.org>"
_READER: Final = "reader@example.org"
_NOW: Final = datetime(2024, 7, 1, 9, tzinfo=UTC)


class Preview:
    """Mails with sample data. Their links lead nowhere."""

    def __init__(self, templates: Templates) -> None:
        # Not the service's own key, so that the links of a preview open nothing.
        links = Links("https://desk.example.org", SecretStr("only for the links of previews"), "bounces@example.org")
        self._templates = templates
        self._writer = MailWriter(templates, Mime(links, _SENDER), links, "en", "Europe/Berlin")

    def files(self) -> Iterator[tuple[str, str]]:
        """The name and content of each HTML and text file. The text file begins with the subject."""
        for sample in samples():
            rendered = self._templates.write(sample.kind, sample.reader, sample.content)
            yield f"{sample.name}.html", rendered.html
            yield f"{sample.name}.txt", f"{rendered.subject}\n\n{rendered.text}"

    def mail(self, sample: Sample) -> bytes:
        """The whole mail, as it goes over the wire."""
        kind, reader = sample.kind, sample.reader
        end = _NOW + timedelta(days=7)
        message = Message(
            f"preview|{sample.name}", kind, "preview", "preview", "preview", _NOW, _NOW, end, about="application/a1"
        )
        mailbox = Mailbox(_READER, reader.name)
        mail = self._writer.write(
            message, sample.content, Recipient(mailbox, reader.language, reader.zone.key, bool(reader.preferences_url)), _NOW
        )
        return with_recipient(mail, mailbox.name, mailbox.email)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--mails", action="store_true", help="also write whole mails")
    arguments = parser.parse_args()
    directory: Path = arguments.directory
    directory.mkdir(parents=True, exist_ok=True)
    preview = Preview(Templates())
    for name, text in preview.files():
        (directory / name).write_text(text, "utf-8", newline="\n")
    if arguments.mails:
        for sample in samples():
            (directory / f"{sample.name}.eml").write_bytes(preview.mail(sample))
    sys.stdout.write(f"{directory}\n")


if __name__ == "__main__":
    main()
