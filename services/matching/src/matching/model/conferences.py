"""Conferences, and the terms of their sessions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from matching.model.terms import Terms
from matching.model.words import words_of_session
from shared.contract.events.registration import ConferenceBrand, ConferenceScheduled


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a schedule."""

    id: str
    title: str
    terms: list[str]
    """The keys of the session's terms: those named in the schedule, then those found in title and abstract."""
    words: Mapping[str, float] = field(default_factory=dict)
    """What attending the session adds for each word in title and abstract, by stem."""
    mentioned: list[str] = field(default_factory=list)
    """Those of the terms that only the abstract mentions."""
    url: str | None = None
    """Its page in the public schedule."""
    starts: datetime | None = None

    @property
    def heard(self) -> dict[str, bool]:
        """The keys of the terms, each with whether only the abstract mentions it."""
        return {key: key in self.mentioned for key in self.terms}


@dataclass(slots=True)
class Conference:
    """A conference as matching knows it."""

    id: str
    version: int
    name: str
    sessions: list[Session] = field(default_factory=list)
    brand: ConferenceBrand | None = None
    """The conference's brand; None if it looks like the rest of the site."""


def conference_of(schedule: ConferenceScheduled, terms: Terms) -> Conference:
    """The conference that the schedule describes."""
    sessions = []
    for session in schedule.sessions:
        named = [terms.normalise(term) for term in (*session.skills, *session.topics)]
        found = terms.find(f"{session.title}\n{session.abstract or ''}")
        keys = list(dict.fromkeys(key for key in (*named, *found) if key))
        about = {*named, *terms.find(session.title)}
        title = " ".join((session.title, *session.skills, *session.topics))
        sessions.append(
            Session(
                session.id,
                session.title,
                keys,
                words_of_session(title, session.abstract or ""),
                [key for key in keys if key not in about],
                session.url,
                session.starts,
            )
        )
    return Conference(schedule.conference_id, schedule.version, schedule.name, sessions, schedule.brand)
