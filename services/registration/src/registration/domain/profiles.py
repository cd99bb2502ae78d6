"""The profile that is published of an attendee: what they know, heard and whom they met."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from registration.domain.conferences import Conference
from registration.domain.people import Evidence
from shared.events import registration
from shared.events.registration import Attended, AttendeeProfiled, Availability, Encounter, Interest, Session

Kind = Literal["skill", "topic"]

MOST_SESSIONS: Final = 8
"""Of one interest: more of them make it no surer."""

MOST_EVIDENCE_BYTES: Final = 380_000
"""Of all interests, as JSON: one session each, however long its title and ids are, is always less."""

_LARGEST_EVIDENCE: Final = 128 + 128 + 4 * 300 + 60  # two ids, a title of four bytes a character, and names


@dataclass(slots=True)
class _Noted:
    """An interest in the making."""

    kind: Kind
    term: str
    declared: bool = False
    level: int | None = None
    seen: list[registration.Evidence] = field(default_factory=list)


def profile(attendee_id: str, version: int, evidence: Evidence, conferences: dict[str, Conference]) -> AttendeeProfiled:
    """The profile that this evidence makes.

    A skill or topic written differently in two sessions ("NumPy", "numpy") is one; the first way of writing is kept.
    The same attendance gives the same profile, in whatever order it arrived. It is bounded, whatever came together:
    the surest interests are in it, and of conferences, sessions and encounters the newest conferences'. So it is always an
    event that can be read.
    """
    interests: dict[tuple[str, str], _Noted] = {}
    for skill, level in evidence.skills:
        interests.setdefault(("skill", skill.casefold()), _Noted("skill", skill, True, level))
    for topic in evidence.topics:
        interests.setdefault(("topic", topic.casefold()), _Noted("topic", topic, True))
    visited: dict[str, None] = {}
    met: list[tuple[str, str]] = []
    attended: list[tuple[str, str]] = []
    for kind, conference_id, subject in sorted(evidence.attendance):
        if kind == "left":
            continue  # that somebody left is no evidence of attendance by itself
        visited.setdefault(conference_id)
        if kind == "person_met":
            met.append((conference_id, subject))
        if kind != "session_attended":
            continue
        attended.append((conference_id, subject))
        conference = conferences.get(conference_id)
        session = conference.sessions.get(subject) if conference else None
        if session is None:
            continue  # it has since left the schedule
        seen_in = registration.Evidence(conference_id=conference_id, session_id=session.id, title=session.title)
        for kind_of_term, terms in _terms(session):
            for term in terms:
                noted = interests.setdefault((kind_of_term, term.casefold()), _Noted(kind_of_term, term))
                if seen_in not in noted.seen[-1:] and len(noted.seen) < MOST_SESSIONS:
                    noted.seen.append(seen_in)
    surest = sorted(interests.values(), key=lambda one: (not one.declared, -len(one.seen)))[: registration.MOST_INTERESTS]
    most = _most_evidence(surest)
    newest = sorted(visited, key=lambda conference_id: (-_began(conference_id, conferences), conference_id))
    order = {id: place for place, id in enumerate(newest)}
    return AttendeeProfiled(
        attendee_id=attendee_id,
        version=version,
        conference_ids=newest[: registration.MOST_CONFERENCES],
        interests=[
            Interest(kind=one.kind, term=one.term, declared=one.declared, evidence=one.seen[:most], level=one.level)
            for one in surest
        ],
        met=[
            Encounter(person_id=person, conference_id=conference_id)
            for conference_id, person in sorted(met, key=lambda one: order[one[0]])[: registration.MOST_ENCOUNTERS]
        ],
        sharing_consent=evidence.sharing,
        sessions=[
            Attended(conference_id=conference_id, session_id=session_id)
            for conference_id, session_id in sorted(attended, key=lambda one: order[one[0]])[: registration.MOST_SESSIONS]
        ],
        discipline=evidence.discipline,
        availability=Availability.model_validate(evidence.availability) if evidence.availability else None,
    )


def _terms(session: Session) -> tuple[tuple[Kind, list[str]], tuple[Kind, list[str]]]:
    return ("skill", session.skills), ("topic", session.topics)


def _most_evidence(interests: list[_Noted]) -> int:
    """How many sessions of each interest can be told without exceeding ``MOST_EVIDENCE_BYTES`` in all."""
    if sum(len(one.seen) for one in interests) * _LARGEST_EVIDENCE <= MOST_EVIDENCE_BYTES:  # as of nearly everybody
        return MOST_SESSIONS
    sizes = [[len(seen.model_dump_json().encode()) + 1 for seen in one.seen] for one in interests]
    fit = (most for most in range(MOST_SESSIONS, 1, -1) if sum(sum(some[:most]) for some in sizes) <= MOST_EVIDENCE_BYTES)
    return next(fit, 1)


def _began(conference_id: str, conferences: dict[str, Conference]) -> int:
    """The day, as a number; one that is not known began before all others."""
    conference = conferences.get(conference_id)
    return (conference.starts if conference else date.min).toordinal()
