"""Writes a whole mail: its text in the reader's language, its calendar entry, and its bytes on the wire."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from notifications.links import Links
from notifications.mail.calendar import invitation
from notifications.mail.content import Mailbox, MailContent
from notifications.mail.linked_pages import linked_path
from notifications.mail.message import Message
from notifications.mail.mime import Mime
from notifications.mail.templates import Reader, Templates
from shared.wording.languages import Language, language_of


@dataclass(frozen=True, slots=True)
class Recipient:
    """The recipient of a mail: the address, and the language tag and time zone if they are known."""

    mailbox: Mailbox
    locale: str | None
    time_zone: str | None
    has_preferences: bool = True
    """Whether they have a page of preferences; not somebody who is no contact, or about to be erased."""
    hosts: Collection[str] = ()
    """The organizations to which they get the mails."""


class MailWriter:
    """Writes mails. ``language`` and ``zone`` are for readers whose own are not known."""

    def __init__(self, templates: Templates, mime: Mime, links: Links, language: Language, zone: str) -> None:
        self._templates = templates
        self._mime = mime
        self._links = links
        self._language = language
        self._zone = zone

    def token(self, id: str) -> str:
        """The token of the message with this id, see ``Message.token``."""
        return self._links.token(id)

    def write(self, message: Message, content: MailContent, recipient: Recipient, now: datetime) -> bytes:
        """The bytes of the mail, without its ``To:`` header.

        Raises:
            ValueError: no mail can be sent to this address.
        """
        kind, token, zone = message.kind, self.token(message.id), zone_of(recipient.time_zone, self._zone)
        as_mentor = content.organization_id not in recipient.hosts
        path = linked_path(kind, message.about, content, as_mentor=as_mentor) if recipient.has_preferences else ""
        reader = Reader(
            recipient.mailbox.name,
            language_of(recipient.locale, self._language),
            zone,
            now.astimezone(zone).date(),
            self._links.preferences(message.recipient) if recipient.has_preferences else "",
            self._links.unsubscribe(message.recipient) if kind.optional else "",
            "" if kind.sensitive else self._links.view(token),
            self._links.page(message.recipient, path, message.created_at) if path else "",
        )
        rendered = self._templates.write(kind, reader, content)
        if kind.calendar:
            # Without the reader's own links, as calendars are shared.
            title, text = self._templates.entry(kind, reader, content)
            uid = f"{message.about.replace('/', '-')}@{self._mime.domain}"
            party = (recipient.mailbox.name, recipient.mailbox.email)
            date = invitation(kind, replace(content, uid=uid), title, text, self._mime.organizer, party, now)
            rendered = replace(rendered, calendar=date)
        return self._mime.build(message, token, rendered, reader.language, now, content.brand)


@lru_cache(maxsize=1000)
def zone_of(name: str | None, default: str) -> ZoneInfo:
    """The time zone with this name; the default for an unknown name, which must not hold up a mail."""
    try:
        return ZoneInfo(name or default)
    except (ValueError, OSError, KeyError):
        return ZoneInfo(default)
