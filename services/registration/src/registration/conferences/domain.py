"""Conferences and their schedules."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final, Literal, NamedTuple

from pydantic_core import to_json

from registration.abstracts import MAX_ABSTRACT, shortened
from shared.contract.envelope import MAX_EVENT_BYTES
from shared.contract.events.registration import ConferenceScheduled, Session

_MIN_ABSTRACT: Final = 20
"""Characters below which an abstract says nothing any more."""


class ConferenceTooLarge(Exception):
    """The sessions do not fit into one event, even without their abstracts."""


class Term(NamedTuple):
    """A skill or topic of a session. Written differently ("NumPy", "numpy") it has the same key."""

    kind: Literal["skill", "topic"]
    key: str
    text: str


@dataclass
class Conference:
    """A conference and its schedule."""

    id: str
    version: int
    name: str
    starts: date
    ends: date
    sessions: dict[str, Session]

    @cached_property
    def terms(self) -> dict[str, list[Term]]:
        """Of each session, the skills, then the topics."""
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
        )

    def fit(self, most_bytes: int = MAX_EVENT_BYTES - 1024) -> None:
        """Cut the abstracts, all to the same length, until the conference fits into one event. Again, it changes nothing.

        Raises:
            TooLarge: it does not fit without any abstract. The text says how large it is.
        """
        bare = replace(self, version=self.version + 1).scheduled().model_dump(mode="json")  # which will be told
        abstracts = [session.pop("abstract") for session in bare["sessions"]]
        # An abstract takes its text with what JSON escapes, and its name.
        room = most_bytes - len(to_json(bare)) - len(b',"abstract":null') * len(abstracts)
        if room < 0:
            raise ConferenceTooLarge(
                f"ids, titles, topics and skills of {len(abstracts):,} sessions take {most_bytes - room:,} bytes as JSON; "
                f"{most_bytes:,} are the most that one event takes: leave out sessions, topics or skills"
            )

        def too_much(most: int) -> bool:
            return sum(len(to_json(shortened(text, most))) for text in abstracts if text) > room

        if not too_much(MAX_ABSTRACT):
            return
        most = bisect_right(range(MAX_ABSTRACT), False, lo=1, key=too_much) - 1
        for session in self.sessions.values():
            if session.abstract and shortened(session.abstract, most) != session.abstract:
                text = shortened(session.abstract, most) if most >= _MIN_ABSTRACT else ""
                self.sessions[session.id] = session.model_copy(update={"abstract": text or None})
