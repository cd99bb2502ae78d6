"""Facts about attendees one batch after the other, and what is published of them."""

from datetime import UTC, date, datetime, timedelta

import orjson

from registration.attendees.domain.attendance import Fact, details_of
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import ProfileEvidence
from registration.attendees.domain.profiles import profile as made_profile
from registration.conferences.domain import Conference
from shared.contract.envelope import Event, Received
from shared.contract.events.attendance import Consent, Person, Reverted
from shared.contract.events.registration import (
    AttendeeProfiled,
    Session,
)

START = datetime(2024, 7, 8, tzinfo=UTC)
AGREES = Consent(mail=True, sharing=True)


def event(number: int) -> Event:
    return Event(str(number), "test", "t", START + timedelta(minutes=number), "", Reverted(reverts="x"), Received("t", b"", []))


def fact(number: int, attendee: str, kind: str, subject: str = "", consent: Consent | None = AGREES, **said: object) -> Fact:
    person = Person(email=f"{attendee}@example.org", consent=consent, **said)
    at = START + timedelta(minutes=number)
    return Fact(f"f{number}", kind, at, attendee, "c1", subject, details_of(person))  # type: ignore[arg-type]


def profile(attendee_id: str, version: int, evidence: ProfileEvidence, conferences: dict[str, Conference]) -> AttendeeProfiled:
    """The profile as its readers have it. All that a reader may look for is in what is published."""
    made = made_profile(attendee_id, version, evidence, conferences)
    read = AttendeeProfiled.model_validate_json(orjson.dumps(made))
    assert read.model_dump(mode="json") == made
    return read


def reversal(number: int, of: str) -> Fact:
    return Fact(f"r{number}", "reverted", START + timedelta(minutes=number), subject=of)


def take_back(changes: AttendeeChanges, number: int, of: str) -> None:
    """As the use case does: where the last word on something goes, all that still stands is added up anew."""
    changes.revert(reversal(number, of), event(number))
    for id in changes.outdated:
        attendee = changes.attendees[id]
        attendee.reset()
        for one in changes.facts.values():
            if one.attendee_id == id and not one.reverted and one.kind != "reverted":
                attendee.add(one)


def record(changes: AttendeeChanges, *facts: Fact) -> AttendeeChanges:
    for number, one in enumerate(facts):
        changes.record(one, f"{one.attendee_id}@example.org", event(number))
    return changes


def conference(sessions: int, terms: int = 1) -> dict[str, Conference]:
    made = [
        Session(id=f"s{n}", title=f"T{n}", skills=[f"k{n}.{t}" for t in range(terms)], topics=["common"]) for n in range(sessions)
    ]
    return {"c1": Conference("c1", 1, "C", date(2024, 7, 8), date(2024, 7, 9), {one.id: one for one in made})}
