"""An attendee's published profile: what they know and attended, and whom they met."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import orjson

from registration.attendees.domain.people import ProfileEvidence
from registration.conferences.domain import Conference
from shared.contract.events import registration
from shared.contract.events.registration import Availability

MAX_SESSIONS_PER_INTEREST: Final = 8
"""The most sessions listed as evidence of one interest. More would not make it more certain."""

MAX_EVIDENCE_BYTES: Final = 380_000
"""The most bytes of the evidence of all interests, as JSON. One session for each interest always fits."""

_LARGEST_EVIDENCE: Final = 128 + 128 + 4 * 300 + 60  # two ids, a title at four bytes per character, and names

Json = dict[str, Any]


@dataclass(slots=True)
class _Interest:
    """An interest while the profile is made."""

    kind: Literal["skill", "topic"]
    term: str
    declared: bool = False
    level: int | None = None
    seen: list[Json] = field(default_factory=list)
    gained: list[Json] = field(default_factory=list)


def profile(attendee_id: str, version: int, evidence: ProfileEvidence, conferences: dict[str, Conference]) -> Json:
    """The profile that this evidence makes: the data of an ``AttendeeProfiled``, as plain JSON.

    Spellings that differ between sessions ("NumPy", "numpy") count as one skill or topic; the first spelling is kept.
    The same attendance gives the same profile, in whatever order it arrived. Its size is bounded, so that it always fits into
    an event: it has the most certain interests, and the sessions and encounters of the newest conferences.
    """
    visited: dict[str, None] = {}
    met: list[tuple[str, str]] = []
    attended: list[tuple[str, str]] = []
    for kind, conference_id, subject in sorted(evidence.attendance):
        visited[conference_id] = None
        if kind == "person_met":
            met.append((conference_id, subject))
        elif kind == "session_attended":
            attended.append((conference_id, subject))
    newest = sorted(visited, key=lambda conference_id: (-began(conference_id, conferences), conference_id))
    order = {id: place for place, id in enumerate(newest)}
    return {
        "attendee_id": attendee_id,
        "version": version,
        "conference_ids": newest[: registration.MOST_CONFERENCES],
        "interests": _interests(evidence, attended, conferences),
        "met": [
            {"person_id": person, "conference_id": conference_id}
            for conference_id, person in sorted(met, key=lambda one: order[one[0]])[: registration.MOST_ENCOUNTERS]
        ],
        "sharing_consent": evidence.sharing,
        "host_consents": [{"organization_id": host, "agreed": agreed, "at": at} for host, agreed, at in evidence.hosts],
        "excluded_skills": list(evidence.excluded),
        "sessions": [
            {"conference_id": conference_id, "session_id": session_id}
            for conference_id, session_id in sorted(attended, key=lambda one: order[one[0]])[: registration.MOST_SESSIONS]
        ],
        "discipline": evidence.discipline,
        "availability": Availability.model_validate(evidence.availability).model_dump(mode="json")
        if evidence.availability
        else None,
        "merged_into": evidence.merged_into,
    }


def began(conference_id: str, conferences: dict[str, Conference]) -> int:
    """The day on which a conference began, as a number. Unknown conferences sort before all others."""
    conference = conferences.get(conference_id)
    return (conference.starts if conference else date.min).toordinal()


def _interests(evidence: ProfileEvidence, attended: list[tuple[str, str]], conferences: dict[str, Conference]) -> list[Json]:
    """The most certain interests: gained in placements, declared, or from attended sessions. None is an excluded skill, or a
    topic of sessions by the same name."""
    excluded = {skill.casefold() for skill in evidence.excluded}
    interests: dict[tuple[str, str], _Interest] = {}
    for skill, level in evidence.skills:
        interests.setdefault(("skill", skill.casefold()), _Interest("skill", skill, True, level))
    for placement_id, skills in evidence.gained:
        for skill, level in skills:
            if skill.casefold() in excluded:
                continue
            gained = interests.setdefault(("skill", skill.casefold()), _Interest("skill", skill)).gained
            if len(gained) < registration.MOST_PLACEMENTS:
                gained.append({"placement_id": placement_id, "level": level})
    for topic in evidence.topics:
        interests.setdefault(("topic", topic.casefold()), _Interest("topic", topic, True))
    for conference_id, session_id in attended:
        conference = conferences.get(conference_id)
        session = conference.sessions.get(session_id) if conference else None
        if conference is None or session is None:
            continue  # it has since left the schedule
        seen_in = {"conference_id": conference_id, "session_id": session_id, "title": session.title}
        for kind, key, term in conference.terms[session_id]:
            noted = interests.get((kind, key))
            if noted is None and key in excluded:
                continue
            if noted is None:
                noted = interests[kind, key] = _Interest(kind, term)
            if len(noted.seen) < MAX_SESSIONS_PER_INTEREST and not (noted.seen and noted.seen[-1] is seen_in):
                noted.seen.append(seen_in)
    surest = sorted(interests.values(), key=lambda one: (not one.gained, not one.declared, -len(one.seen)))
    del surest[registration.MOST_INTERESTS :]
    most = _most_evidence(surest)
    return [
        {
            "kind": one.kind,
            "term": one.term,
            "declared": one.declared,
            "evidence": one.seen[:most],
            "level": one.level,
            "placements": one.gained,
        }
        for one in surest
    ]


def _most_evidence(interests: list[_Interest]) -> int:
    """How many sessions of each interest fit without exceeding ``MAX_EVIDENCE_BYTES`` in all."""
    if sum(len(interest.seen) for interest in interests) * _LARGEST_EVIDENCE <= MAX_EVIDENCE_BYTES:  # the usual case
        return MAX_SESSIONS_PER_INTEREST
    sizes = [[len(orjson.dumps(seen)) + 1 for seen in interest.seen] for interest in interests]
    fit = (
        count
        for count in range(MAX_SESSIONS_PER_INTEREST, 1, -1)
        if sum(sum(session_sizes[:count]) for session_sizes in sizes) <= MAX_EVIDENCE_BYTES
    )
    return next(fit, 1)
