"""Ada, who applies, Grace, who hosts, and the dates in their mails."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar

ADA, GRACE = "ada@example.org", "grace@observatory.example"


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def interview(days: float = 2) -> dict[str, Any]:
    return {"starts": in_days(days), "ends": in_days(days + 0.04), "place": "Room 1", "url": "https://example.com/meet"}


def invitation(mail: EmailMessage) -> Any:
    (part,) = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    return calendar, event
