"""Conferences, and what their sessions are about. Pure."""

from dataclasses import dataclass, field

from matching.model.terms import Terms
from shared.contract.events.registration import ConferenceBrand, ConferenceScheduled


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a schedule."""

    id: str
    title: str
    terms: list[str]
    """The keys of its terms: those that the schedule names, then those found in title and abstract."""


@dataclass(slots=True)
class Conference:
    """A conference as matching knows it."""

    id: str
    version: int
    name: str
    sessions: list[Session] = field(default_factory=list)
    brand: ConferenceBrand | None = None
    """None: it looks like the rest of the site."""


def conference_of(schedule: ConferenceScheduled, terms: Terms) -> Conference:
    """The conference that the schedule describes."""
    sessions = []
    for session in schedule.sessions:
        named = [terms.normalise(term) for term in (*session.skills, *session.topics)]
        found = terms.find(f"{session.title}\n{session.abstract or ''}")
        sessions.append(Session(session.id, session.title, list(dict.fromkeys(key for key in (*named, *found) if key))))
    return Conference(schedule.conference_id, schedule.version, schedule.name, sessions, schedule.brand)
