"""Derives facts from attendance events."""

from collections.abc import Callable
from datetime import datetime

from registration.attendance.domain.pending import session_of
from registration.attendees.domain.attendance import Fact, Kind, content_digest, details_of, fact_id
from registration.attendees.domain.mentions import account_key
from shared.contract.envelope import Event, Rejected
from shared.contract.events.attendance import Attendance, CheckedIn, Left, Person, PersonMet, Reverted, SessionAttended


def checked(event: Event) -> Attendance | Reverted:
    """The event's data, if the event is valid by itself.

    Raises:
        Rejected: it is not valid, whatever else is known.
    """
    data = event.data
    if isinstance(data, Reverted):
        if data.reverts == event.id:
            raise Rejected("reverts: must not be the event's own id", [("reverts", "must not be the event's own id")])
    elif not isinstance(data, Attendance):
        raise Rejected(f"type: {event.type} is not attendance", [("type", "is not attendance")])
    elif isinstance(data, PersonMet) and _name(data.met, event.source) == _name(data.attendee, event.source):
        raise Rejected("met: must be somebody other than the attendee", [("met", "must be somebody other than the attendee")])
    return data


def fact_of(event: Event, id: str, now: datetime, person_id: Callable[[str], str]) -> Fact:
    """The fact that the event states. A time later than ``now`` becomes ``now``, because the publisher's clock is wrong.

    ``id`` is the event's ``fact_id``. ``person_id`` makes a person's id from an address, or from an account as ``account_key``
    writes it.

    Raises:
        Rejected: see ``checked``.
    """
    data, at, digest = checked(event), min(event.time, now), content_digest(event)
    if isinstance(data, Reverted):
        return Fact(id, "reverted", at, subject=fact_id(event.source, data.reverts), digest=digest)
    attendee, subject = known_by(data.attendee, event.source, person_id), session_of(data)
    match data:
        case SessionAttended():
            kind: Kind = "session_attended"
        case Left():
            kind = "left"
        case PersonMet():
            kind, subject = "person_met", known_by(data.met, event.source, person_id)
        case CheckedIn():
            kind = "checked_in"
    return Fact(id, kind, at, attendee, data.conference_id, subject, details_of(data.attendee), digest=digest)


def known_by(person: Person, source: str, person_id: Callable[[str], str]) -> str:
    """The id of a person as this source knows them: by their (normalised) address, or by an account there."""
    return person_id(_name(person, source))


def persons_of(event: Event, person_id: Callable[[str], str]) -> tuple[str, ...]:
    """The ids of all persons that the event is about."""
    data = event.data
    if not isinstance(data, Attendance):
        return ()
    persons = (data.attendee, data.met) if isinstance(data, PersonMet) else (data.attendee,)
    return tuple({known_by(person, event.source, person_id) for person in persons})


def _name(person: Person, source: str) -> str:
    """The text from which a person's id is made."""
    return person.email or account_key(source, person.account or "")
