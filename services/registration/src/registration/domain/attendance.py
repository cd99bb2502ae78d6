"""What attendance says of attendees: facts, and what they add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from shared.events.attendance import Person

Purpose = Literal["matching", "mail", "sharing"]
PURPOSES: Final[tuple[Purpose, ...]] = ("matching", "mail", "sharing")
"""What an attendee can agree to: to be matched, to get mails about it, to be shown to the hosts of matches."""

Key = tuple[str, str, str]
"""What a fact is about: its kind, conference, and subject (the session attended or left, or the person met, else "")."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, known by its publisher's source and id. A reverted one counts for nothing.

    A placeholder (``kind`` "unknown") stands for a fact that was reverted before it arrived.
    """

    id: str
    kind: Literal["checked_in", "session_attended", "person_met", "left", "unknown"]
    at: datetime
    attendee_id: str = ""
    conference_id: str = ""
    subject: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    """What its event said of the attendee: those of name, locale, time zone, skills and the purposes that it gave."""
    reverted: bool = False

    @property
    def key(self) -> Key:
        return self.kind, self.conference_id, self.subject


def told(person: Person) -> dict[str, Any]:
    """What an event says of a person; what it does not give is not in it."""
    said: dict[str, Any] = {
        "name": person.name,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "skills": list(person.skills) or None,
    }
    if consent := person.consent:
        said |= {"mail": consent.mail, "sharing": consent.sharing}
        said["matching"] = consent.mail if consent.matching is None else consent.matching
    return {name: value for name, value in said.items() if value is not None}


class Word(NamedTuple):
    """The last that was said of something: when, by what (a fact's id, or who it was here), and the value."""

    at: datetime
    by: str
    value: Any

    @property
    def how(self) -> str:
        """What said it, for people to read."""
        return f"event {self.by}" if self.by.startswith("[") else self.by


@dataclass(slots=True)
class Attendee:
    """Somebody who took part, known by one address or account, and what the facts about them add up to.

    ``attendance`` has the ids of the standing facts about each thing: scanned twice and reverted once, it stands.
    """

    id: str
    email: str | None
    words: dict[str, Word] = field(default_factory=dict)
    """What was said of name, locale, time zone, skills and each purpose, by facts that stand or here; and of ``levels`` ([skill,
    level] each), ``research_interests``, ``equipment``, ``discipline`` and ``availability``, here only. Values are plain JSON."""
    given: dict[str, Word] = field(default_factory=dict)
    """What the attendee said here rather than by an event."""
    attendance: dict[Key, list[str]] = field(default_factory=dict)
    reverted: list[str] = field(default_factory=list)
    """Facts that were taken back: kept to be erased with the rest."""
    also: dict[str, list[str]] = field(default_factory=dict)
    """Of a person met who is known by several ids: all of them."""
    contact_version: int = 0
    profile_version: int = 0
    regrouped: int = 0
    """How often it was merged or split. To count it makes every write of the attendee meanwhile a conflict."""

    def learn(self, said: Mapping[str, Any], at: datetime, by: str) -> None:
        """Take over what was said; of several the latest wins, in whatever order they arrive."""
        for name, value in said.items():
            known = self.words.get(name)
            if known is None or (at, by) >= (known.at, known.by):
                self.words[name] = Word(at, by, value)

    def learn_anew(self, facts: Iterable[Fact]) -> None:
        """Know only what these facts told, and what was said here."""
        self.words = dict(self.given)
        for fact in facts:
            self.learn(fact.told, fact.at, fact.id)

    def say(self, said: Mapping[str, Any], at: datetime, by: str) -> None:
        """Record what the attendee says here."""
        self.given |= {name: Word(at, by, value) for name, value in said.items()}
        self.learn(said, at, by)

    def agrees(self, purpose: Purpose) -> bool:
        """Whether the attendee agreed. What was never asked was not agreed to."""
        word = self.words.get(purpose)
        return word is not None and bool(word.value)

    def add(self, fact: Fact) -> None:
        """Count a fact as standing."""
        self.attendance.setdefault(fact.key, []).append(fact.id)

    def remove(self, fact: Fact) -> None:
        """Count a fact as standing no more."""
        self.attendance[fact.key].remove(fact.id)
        if not self.attendance[fact.key]:
            del self.attendance[fact.key]

    def fact_ids(self) -> list[str]:
        """The facts that stand."""
        return [id for ids in self.attendance.values() for id in ids]

    def met(self) -> set[str]:
        """The ids, as the facts name them, of the persons met."""
        return {subject for kind, _, subject in self.attendance if kind == "person_met"}
