"""Calendar entries for the recipients of a mail: an invitation, and later its cancellation (RFC 5545, RFC 5546)."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import quote

from icalendar import Calendar as Object
from icalendar import Event, vCalAddress, vText, vUri

from notifications.mail.content import Calendar, MailContent
from notifications.mail.headers import LONGEST_NAME, header_text, wire_address
from notifications.mail_kinds import MailKind
from shared.wording.untrusted_text import web_address

LONGEST_SUMMARY: Final = 200
LONGEST_DESCRIPTION: Final = 4000

_PRODUCT: Final = "-//Opportunity Desk//Notifications//EN"
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DAY: Final = timedelta(days=1)
_SPECIAL: Final = re.compile(r"[\\;,]")


class _Text(vText):
    """Text that is escaped correctly. The library turns a backslash followed by N, as in "Building\\North", into a line break."""

    def to_ical(self) -> bytes:
        return _SPECIAL.sub(r"\\\g<0>", self).replace("\n", r"\n").encode()


def invitation(
    kind: MailKind,
    content: MailContent,
    summary: str,
    description: str,
    organizer: tuple[str, str],
    mailbox: tuple[str, str],
    now: datetime,
) -> Calendar | None:
    """The calendar entry for a mail of this kind: a meeting in UTC, or the whole days from ``starts`` to ``ends``.

    ``organizer`` and ``mailbox`` are pairs of name and address. All invitations to an appointment have the same ``content.uid``;
    the one with the highest ``content.sequence`` counts. None if the kind has no calendar entry, or no date is
    known.

    Raises:
        ValueError: one of the addresses is not valid.
    """
    times = _times(content)
    if not kind.calendar or (not times and kind.calendar == "REQUEST"):
        return None
    event = Event()
    event.add("uid", _Text(header_text(content.uid, LONGEST_SUMMARY)))
    event.add("sequence", content.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    for name, time in zip(("dtstart", "dtend"), times, strict=False):
        event.add(name, time)
    event.add("summary", _Text(header_text(summary, LONGEST_SUMMARY)))
    if text := _CONTROL.sub("", description.replace("\r\n", "\n"))[:LONGEST_DESCRIPTION].strip():
        event.add("description", _Text(text))
    if content.meeting and (place := header_text(content.meeting.place, LONGEST_SUMMARY)):
        event.add("location", _Text(place))
    if content.meeting and (url := web_address(content.meeting.url)):
        event.add("url", vUri(quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")))
    event.add("status", "CANCELLED" if kind.calendar == "CANCEL" else "CONFIRMED")
    # A placement lasts for months, in which people have other appointments.
    event.add("transp", "OPAQUE" if content.meeting else "TRANSPARENT")
    event["organizer"] = _party(organizer)
    # A meeting asks for an answer; a placement was agreed to before.
    event.add("attendee", _party(mailbox, rsvp=content.meeting is not None and kind.calendar == "REQUEST"), encode=False)
    calendar = Object()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", kind.calendar)
    calendar.add_component(event)
    return Calendar(kind.calendar, calendar.to_ical())


def _times(content: MailContent) -> list[date] | list[datetime]:
    """Start and end (exclusive); only the start if no later end is known; empty if no date is known."""
    if content.meeting:
        starts, ends = content.meeting.starts.astimezone(UTC), content.meeting.ends.astimezone(UTC)
        return [starts, ends] if ends > starts else [starts]
    if content.starts:
        return [content.starts, max(content.starts, content.ends or content.starts) + _DAY]
    return []


def _party(party: tuple[str, str], rsvp: bool | None = None) -> vCalAddress:
    """``rsvp`` is whether an attendee is asked to answer; None for the organizer."""
    name, email = party
    address = vCalAddress(f"mailto:{wire_address(email)}")
    # A quote cannot be escaped here (RFC 5545, 3.2), and programs read a backslash differently.
    if shown := header_text(name, LONGEST_NAME).replace('"', "'").replace("\\", "/"):
        address.params["CN"] = shown
    if rsvp is not None:
        address.params["CUTYPE"] = "INDIVIDUAL"
        address.params["ROLE"] = "REQ-PARTICIPANT"
        address.params["PARTSTAT"] = "NEEDS-ACTION" if rsvp else "ACCEPTED"
        address.params["RSVP"] = "TRUE" if rsvp else "FALSE"
    return address
