"""What an event of attendance states."""

from collections.abc import Callable
from datetime import datetime

from registration.domain.attendance import Fact, Kind, content_digest, fact_id, told
from registration.domain.pending import session_of
from registration.domain.traces import account_key
from shared.envelope import Event, Rejected
from shared.events.attendance import Attendance, CheckedIn, Left, Person, PersonMet, Reverted, SessionAttended


def fact_of(event: Event, now: datetime, person_id: Callable[[str], str]) -> Fact:
    """The fact that the event states. Nothing has happened later than it is told: a clock that is ahead is not believed.

    ``person_id`` makes the id of a person of their address, or of an account written as ``account_key`` does.

    Raises:
        Rejected: it makes no sense, whatever is known here.
    """
    id, at, digest = fact_id(event.source, event.id), min(event.time, now), content_digest(event)
    data = event.data
    if isinstance(data, Reverted):
        if data.reverts == event.id:
            raise Rejected("reverts: is the event's own id", [("reverts", "is the event's own id")])
        return Fact(id, "reverted", at, subject=fact_id(event.source, data.reverts), digest=digest)
    if not isinstance(data, Attendance):
        raise Rejected(f"type: {event.type} is no attendance", [("type", "is no attendance")])
    attendee, subject = known_by(data.attendee, event.source, person_id), session_of(data)
    match data:
        case SessionAttended():
            kind: Kind = "session_attended"
        case Left():
            kind = "left"
        case PersonMet():
            kind, subject = "person_met", known_by(data.met, event.source, person_id)
            if subject == attendee:
                raise Rejected("met: is the attendee; nobody meets themselves", [("met", "is the attendee")])
        case CheckedIn():
            kind = "checked_in"
    return Fact(id, kind, at, attendee, data.conference_id, subject, told(data.attendee), digest=digest)


def known_by(person: Person, source: str, person_id: Callable[[str], str]) -> str:
    """The id of a person as this source knows them: by their (normalised) address, or an account there."""
    return person_id(person.email or account_key(source, person.account or ""))


def persons_of(event: Event, person_id: Callable[[str], str]) -> tuple[str, ...]:
    """The ids of all that the event is about."""
    data = event.data
    if not isinstance(data, Attendance):
        return ()
    persons = (data.attendee, data.met) if isinstance(data, PersonMet) else (data.attendee,)
    return tuple({known_by(person, event.source, person_id) for person in persons})
