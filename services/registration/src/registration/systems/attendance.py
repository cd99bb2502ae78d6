"""Building blocks of attendance: persons, scans in and scans out, as every adapter makes them."""

from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from registration.systems.connection import Connection
from registration.systems.observations import ObservedAttendance
from shared.contract.events.attendance import CheckedIn, Left, Person, SessionAttended
from shared.contract.events.fields import Line, Locale
from shared.persons import normalise_email

_LINE: Final = TypeAdapter[str](Line)
_LOCALE: Final = TypeAdapter[str](Locale)


def person(account: str, email: str | None, name: str | None, locale: str | None = None) -> dict[str, Any]:
    """A person as stored in a part of an object: identified by their own valid address, else by their account."""
    try:
        person = {"email": normalise_email(email or "")}
    except ValueError:
        person = {"account": account}
    optional = {"name": _valid(_LINE, " ".join((name or "").split())), "locale": _valid(_LOCALE, locale)}
    return person | {key: value for key, value in optional.items() if value}


def _valid(kind: TypeAdapter[str], value: str | None) -> str | None:
    """The value of an optional field, or None if it is not valid: the attendance counts without it."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


def attendance(name: str, at: str, person: dict[str, Any], list_id: str | None, connection: Connection) -> ObservedAttendance:
    """The fact that somebody was scanned into a list or session of the system: into the conference if it is not mapped."""
    session_id = connection.sessions.get(list_id or "")
    fields = {"conference_id": connection.conference_id, "attendee": Person.model_validate(person)}
    data = SessionAttended(**fields, session_id=session_id) if session_id else CheckedIn(**fields)
    return ObservedAttendance(name, datetime.fromisoformat(at), data)


def departure(name: str, at: str, person: dict[str, Any], list_id: str | None, connection: Connection) -> ObservedAttendance:
    """The fact that somebody was scanned out of a list or session of the system: out of the conference if it is not mapped."""
    session_id = connection.sessions.get(list_id or "")
    data = Left(conference_id=connection.conference_id, attendee=Person.model_validate(person), session_id=session_id)
    return ObservedAttendance(name, datetime.fromisoformat(at), data)
