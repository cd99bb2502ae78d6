"""The profile that is published of an attendee: what they know, heard and whom they met."""

from typing import Final

from registration.domain.conferences import Conference
from registration.domain.people import Evidence
from shared.events import registration
from shared.events.registration import AttendeeProfiled, Encounter, Interest

MOST_SESSIONS: Final = 8
"""Of one interest: more of them make it no surer."""


def profile(attendee_id: str, version: int, evidence: Evidence, conferences: dict[str, Conference]) -> AttendeeProfiled:
    """The profile that this evidence makes.

    A skill or topic written differently in two sessions ("NumPy", "numpy") is one; the first way of writing is kept.
    The same attendance gives the same profile, in whatever order it arrived. It is bounded, whatever came together:
    the surest interests are in it.
    """
    interests: dict[tuple[str, str], tuple[str, bool, list[registration.Evidence]]] = {}
    for skill in evidence.skills:
        interests.setdefault(("skill", skill.casefold()), (skill, True, []))
    visited: dict[str, None] = {}
    met = []
    for kind, conference_id, subject in sorted(evidence.attendance):
        visited.setdefault(conference_id)
        if kind == "person_met":
            met.append(Encounter(person_id=subject, conference_id=conference_id))
        conference = conferences.get(conference_id)
        session = conference.sessions.get(subject) if conference and kind == "session_attended" else None
        if session is None:
            continue  # not a session, or one that has since left the schedule
        seen_in = registration.Evidence(conference_id=conference_id, session_id=session.id, title=session.title)
        for kind_of_term, terms in (("skill", session.skills), ("topic", session.topics)):
            for term in terms:
                _, _, seen = interests.setdefault((kind_of_term, term.casefold()), (term, False, []))
                if seen_in not in seen[-1:] and len(seen) < MOST_SESSIONS:
                    seen.append(seen_in)
    surest = sorted(interests.items(), key=lambda interest: (not interest[1][1], -len(interest[1][2])))  # stable
    return AttendeeProfiled(
        attendee_id=attendee_id,
        version=version,
        conference_ids=list(visited)[: registration.MOST_CONFERENCES],
        interests=[
            Interest(kind="skill" if kind == "skill" else "topic", term=term, declared=declared, evidence=seen)
            for (kind, _), (term, declared, seen) in surest[: registration.MOST_INTERESTS]
        ],
        met=met[: registration.MOST_ENCOUNTERS],
        sharing_consent=evidence.sharing,
    )
