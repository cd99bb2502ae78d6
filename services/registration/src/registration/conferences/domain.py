"""Conferences and their schedules."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Final, Literal, NamedTuple

from pydantic_core import to_json

from registration.schedules.schedule import Note
from registration.session_abstracts import MAX_ABSTRACT, shortened
from shared.contract.envelope import MAX_EVENT_BYTES
from shared.contract.events.registration import MOST_ORGANIZERS, ConferenceBrand, ConferenceScheduled, Session

_MIN_ABSTRACT: Final = 20
"""An abstract with fewer characters is useless and is removed."""
_MOST_ORGANIZERS: Final = {id: id for id in (f"{number:032x}" for number in range(MOST_ORGANIZERS))}


class ConferenceTooLarge(Exception):
    """The sessions do not fit into one event, even without their abstracts."""


class Term(NamedTuple):
    """A skill or topic of a session. Different spellings ("NumPy", "numpy") have the same key."""

    kind: Literal["skill", "topic"]
    key: str
    text: str


class ConferenceName(NamedTuple):
    """A conference's name and dates."""

    id: str
    name: str
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class ScheduleImport:
    """What an import of a schedule did."""

    sessions: int
    notes: list[Note]
    """The first things that were left out or changed."""
    noted: int
    """How many there were."""
    changed: bool
    """Whether the conference changed."""


@dataclass
class Conference:
    """A conference, its schedule and its organizers."""

    id: str
    version: int
    name: str
    starts: date
    ends: date
    sessions: dict[str, Session]
    organizers: dict[str, str] = field(default_factory=dict)
    """Each organizer's attendee id, derived from the address, and the attendee's current person id."""
    brand: ConferenceBrand | None = None
    """The conference's brand; None if it looks like the rest of the site."""

    @cached_property
    def terms(self) -> dict[str, list[Term]]:
        """The terms of each session: its skills, then its topics."""
        return {
            id: [
                *(Term("skill", skill.casefold(), skill) for skill in session.skills),
                *(Term("topic", topic.casefold(), topic) for topic in session.topics),
            ]
            for id, session in self.sessions.items()
        }

    def scheduled(self) -> ConferenceScheduled:
        """The event that announces it."""
        return ConferenceScheduled(
            conference_id=self.id,
            version=self.version,
            name=self.name,
            starts=self.starts,
            ends=self.ends,
            sessions=list(self.sessions.values()),
            organizers=sorted({*self.organizers.values()}),
            brand=self.brand,
        )

    def identify(self, person_ids: Mapping[str, str | None]) -> bool:
        """Update the organizers' person ids; None: erased. Returns whether any of the attendees is an organizer."""
        before = self.organizers
        identified = {id: person_ids.get(id, person_id) for id, person_id in before.items()}
        self.organizers = {id: person_id for id, person_id in identified.items() if person_id is not None}
        return self.organizers != before

    def fit(self, max_bytes: int = MAX_EVENT_BYTES - 1024) -> None:
        """Shorten all abstracts to the same length, so that the conference fits into one event even with the most organizers.

        If it still does not fit, leave out where and when the sessions are. Repeating it changes nothing.

        Raises:
            ConferenceTooLarge: it does not fit even without abstracts. The text says how large it is.
        """
        most = replace(self, version=self.version + 1, organizers=_MOST_ORGANIZERS)  # the largest published form
        bare = most.scheduled().model_dump(mode="json")
        abstracts = [session.pop("abstract") for session in bare["sessions"]]
        # Each abstract takes its text, escaped as JSON, and the field's name.
        room = max_bytes - len(to_json(bare)) - len(b',"abstract":null') * len(abstracts)
        if room < 0 and any(session.url or session.starts for session in self.sessions.values()):
            nowhere = {"url": None, "starts": None}
            self.sessions = {id: session.model_copy(update=nowhere) for id, session in self.sessions.items()}
            self.fit(max_bytes)
            return
        if room < 0:
            raise ConferenceTooLarge(
                f"ids, titles, topics and skills of {len(abstracts):,} sessions take {max_bytes - room:,} bytes as JSON; "
                f"{max_bytes:,} are the most that fit into one event: leave out sessions, topics or skills"
            )

        def too_long(length: int) -> bool:
            return sum(len(to_json(shortened(text, length))) for text in abstracts if text) > room

        if not too_long(MAX_ABSTRACT):
            return
        length = bisect_right(range(MAX_ABSTRACT), False, lo=1, key=too_long) - 1
        for session in self.sessions.values():
            if session.abstract and shortened(session.abstract, length) != session.abstract:
                text = shortened(session.abstract, length) if length >= _MIN_ABSTRACT else ""
                self.sessions[session.id] = session.model_copy(update={"abstract": text or None})
