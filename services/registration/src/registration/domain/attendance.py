"""What attendance says of attendees: facts, and what they add up to."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import orjson

from shared.envelope import Event
from shared.events import registration
from shared.events.attendance import Person

Purpose = Literal["matching", "mail", "sharing"]
PURPOSES: Final[tuple[Purpose, ...]] = ("matching", "mail", "sharing")
"""What an attendee can agree to: to be matched, to get mails about it, to be shown to the hosts of matches."""

Kind = Literal["checked_in", "session_attended", "person_met", "left", "reverted", "unknown"]

MOST_FACTS: Final = 50_000
"""Of one attendee: nobody attends that much, so what is beyond it is a publisher's mistake."""

Key = tuple[str, str, str]
"""What a fact is about: its kind, conference, and subject (the session attended or left, or the person met, else "")."""

MOST_KEPT: Final = {
    "checked_in": registration.MOST_CONFERENCES,
    "session_attended": registration.MOST_SESSIONS,
    "person_met": registration.MOST_ENCOUNTERS,
}
"""How many things of each kind an attendee's attendance holds: as many as a profile can tell. They alone are evidence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of attendance, known by its publisher's source and id. A reverted one counts for nothing.

    A "reverted" fact is the event that took another one (``subject``) back. A placeholder (``kind`` "unknown") stands for a
    fact that was taken back before it arrived.
    """

    id: str
    kind: Kind
    at: datetime
    attendee_id: str = ""
    conference_id: str = ""
    subject: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    """What its event said of the attendee: those of name, locale, time zone, skills and the purposes that it gave."""
    reverted_by: str = ""
    """The id of the fact that took this one back; empty while it stands."""
    digest: bytes = b""
    """Of the event's content (see ``content_digest``)."""
    warnings: tuple[tuple[str, str], ...] = ()
    """What was ignored in the event and may be a slip: fields, each with what is said of it."""

    @property
    def reverted(self) -> bool:
        return bool(self.reverted_by)

    @property
    def key(self) -> Key:
        return self.kind, self.conference_id, self.subject


def fact_id(source: str, id: str) -> str:
    """The id of the fact that an event states: its source and id, kept apart whatever they contain."""
    return orjson.dumps([source, id]).decode()


def content_digest(event: Event) -> bytes:
    """16 bytes that tell two events of one id apart. How the JSON is written, and fields unknown here, do not matter."""
    data = event.data.model_dump_json() if event.data else ""
    content = f"{event.type}\n{event.time.isoformat()}\n{data}"
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=16).digest()


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

    It is bounded, however many facts there are: these are kept apart from it.
    """

    id: str
    email: str | None
    told: dict[str, Word] = field(default_factory=dict)
    """The latest that standing facts told of name, locale, time zone, skills and each purpose."""
    given: dict[str, Word] = field(default_factory=dict)
    """What the attendee said here. No fact overrides it. Besides what facts tell: ``levels`` ([skill, level] each),
    ``research_interests``, ``equipment``, ``discipline`` and ``availability``. Values are plain JSON."""
    attendance: dict[Key, int] = field(default_factory=dict)
    """How many facts stand about each thing: scanned twice and reverted once, it stands."""
    cut: bool = False
    """Whether there may be more things that the facts are about than ``attendance`` holds."""
    facts: int = 0
    """How many facts are kept of the attendee, standing or not."""
    also: dict[str, list[str]] = field(default_factory=dict)
    """Of a person met who is known by several ids: all of them."""
    contact_version: int = 0
    profile_version: int = 0
    regrouped: int = 0
    """How often it was merged or split. To count it makes every write of the attendee meanwhile a conflict."""

    def word(self, name: str) -> Word | None:
        """The last word on something: the attendee's own, else the facts'."""
        return self.given.get(name) or self.told.get(name)

    def words(self) -> dict[str, Word]:
        """The last word on everything that anything was said of."""
        return self.told | self.given

    def agrees(self, purpose: Purpose) -> bool:
        """Whether the attendee agreed. What was never asked was not agreed to."""
        word = self.word(purpose)
        return word is not None and bool(word.value)

    def say(self, said: Mapping[str, Any], at: datetime, by: str) -> None:
        """Record what the attendee says here."""
        self.given |= {name: Word(at, by, value) for name, value in said.items()}

    def add(self, fact: Fact) -> None:
        """Count a fact as standing, and take over what it told; of several the latest wins, in whatever order they arrive."""
        if fact.kind in MOST_KEPT:
            self.attendance[fact.key] = self.attendance.get(fact.key, 0) + 1
        for name, value in fact.told.items():
            known = self.told.get(name)
            if known is None or (fact.at, fact.id) >= (known.at, known.by):
                self.told[name] = Word(fact.at, fact.id, value)

    def remove(self, fact: Fact) -> bool:
        """Count a fact as standing no more. Returns whether the attendee is to be added up anew, from all that still stand."""
        left = self.attendance.get(fact.key, 0) - 1
        if left > 0:
            self.attendance[fact.key] = left
        else:
            self.attendance.pop(fact.key, None)
        return (left <= 0 and self.cut) or any(word.by == fact.id for word in self.told.values())

    def begin_anew(self) -> None:
        """Know nothing of any fact, so that all that stand can be added."""
        self.told, self.attendance, self.cut = {}, {}, False

    def is_over_full(self) -> bool:
        """Whether ``attendance`` may hold more than ``MOST_KEPT``."""
        return len(self.attendance) > min(MOST_KEPT.values()) and bool(self._excess())

    def keep_newest(self, began: Callable[[str], int]) -> None:
        """Keep ``MOST_KEPT`` of each kind, those of the newest conferences. ``began`` tells the day on which one began."""
        for kind in self._excess():
            keys = sorted((key for key in self.attendance if key[0] == kind), key=lambda key: (-began(key[1]), key))
            for key in keys[MOST_KEPT[kind] :]:
                del self.attendance[key]
            self.cut = True

    def _excess(self) -> list[str]:
        held = dict.fromkeys(MOST_KEPT, 0)
        for kind, _, _ in self.attendance:
            held[kind] += 1
        return [kind for kind, most in MOST_KEPT.items() if held[kind] > most]

    def met(self) -> set[str]:
        """The ids, as the facts name them, of the persons met."""
        return {subject for kind, _, subject in self.attendance if kind == "person_met"}
