"""A whole mail: what it says in its reader's language, the date that goes with it, and its form on the wire."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from notifications.contacts.domain import To
from notifications.links import Links
from notifications.mail.calendar import invitation
from notifications.mail.languages import Language, language_of
from notifications.mail.mime import Mime
from notifications.mail.templates import Reader, Templates
from notifications.messages.domain import Message, View


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody reads: the name to greet them by, their language tag and time zone, where these are known."""

    to: To
    locale: str | None
    time_zone: str | None


class Writer:
    """Writes the mails of one sender. ``language`` and ``zone`` are for readers of whom nothing else is known."""

    def __init__(self, templates: Templates, mime: Mime, links: Links, language: Language, zone: str) -> None:
        self._templates = templates
        self._mime = mime
        self._links = links
        self._language = language
        self._zone = zone

    def token(self, message: Message) -> str:
        """What stands for the message outside."""
        return self._links.token(message.id)

    def write(self, message: Message, view: View, habits: Habits, now: datetime) -> bytes:
        """The mail's bytes, all but the line of its recipient.

        Raises:
            ValueError: no mail can be written to this address.
        """
        kind, token = message.kind, self.token(message)
        reader = Reader(
            habits.to.name,
            language_of(habits.locale, self._language),
            _zone(habits.time_zone) or ZoneInfo(self._zone),
            self._links.preferences(message.recipient) if kind.name != "erased" else "",
            self._links.unsubscribe(message.recipient) if kind.optional else "",
            "" if kind.sensitive else self._links.view(token),
        )
        content = self._templates.write(kind, reader, view)
        if kind.calendar:
            title, text = self._templates.entry(
                kind, reader, view, content
            )  # without the reader's own links: calendars are shared
            uid = f"{message.about.replace('/', '-')}@{self._mime.domain}"
            party = (habits.to.name, habits.to.email)
            date = invitation(kind, replace(view, uid=uid), title, text, self._mime.organizer, party, now)
            content = replace(content, calendar=date)
        return self._mime.build(message, token, content, reader.language, now)


@lru_cache(maxsize=1000)
def _zone(name: str | None) -> ZoneInfo | None:
    """None where there is none of this name here: a mail is not held up by it."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        return None
