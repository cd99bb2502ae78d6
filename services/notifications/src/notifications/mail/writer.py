"""A whole mail: what it says in its reader's language, the date that goes with it, and its form on the wire."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from notifications.links import Links
from notifications.mail.calendar import invitation
from notifications.mail.content import Mailbox, MailContent
from notifications.mail.languages import Language, language_of
from notifications.mail.message import Message
from notifications.mail.mime import Mime
from notifications.mail.templates import Reader, Templates


@dataclass(frozen=True, slots=True)
class RecipientProfile:
    """Whom a mail is written to: where it goes, and their language tag and time zone, where these are known."""

    mailbox: Mailbox
    locale: str | None
    time_zone: str | None


class MailWriter:
    """Writes the mails of one sender. ``language`` and ``zone`` are for readers of whom nothing else is known."""

    def __init__(self, templates: Templates, mime: Mime, links: Links, language: Language, zone: str) -> None:
        self._templates = templates
        self._mime = mime
        self._links = links
        self._language = language
        self._zone = zone

    def token(self, message: Message) -> str:
        """What identifies the message outside of this service."""
        return self._links.token(message.id)

    def write(self, message: Message, content: MailContent, profile: RecipientProfile, now: datetime) -> bytes:
        """The mail's bytes, all but the line of its recipient.

        Raises:
            ValueError: no mail can be written to this address.
        """
        kind, token = message.kind, self.token(message)
        reader = Reader(
            profile.mailbox.name,
            language_of(profile.locale, self._language),
            _zone(profile.time_zone) or ZoneInfo(self._zone),
            self._links.preferences(message.recipient) if kind.name != "erased" else "",
            self._links.unsubscribe(message.recipient) if kind.optional else "",
            "" if kind.sensitive else self._links.view(token),
        )
        rendered = self._templates.write(kind, reader, content)
        if kind.calendar:
            # Without the reader's own links: calendars are shared.
            title, text = self._templates.entry(kind, reader, content, rendered)
            uid = f"{message.about.replace('/', '-')}@{self._mime.domain}"
            party = (profile.mailbox.name, profile.mailbox.email)
            date = invitation(kind, replace(content, uid=uid), title, text, self._mime.organizer, party, now)
            rendered = replace(rendered, calendar=date)
        return self._mime.build(message, token, rendered, reader.language, now)


@lru_cache(maxsize=1000)
def _zone(name: str | None) -> ZoneInfo | None:
    """None where there is none of this name here: a mail is not held up by it."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        return None
