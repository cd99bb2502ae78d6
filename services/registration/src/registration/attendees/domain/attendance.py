"""Facts about attendees, and their aggregate, the attendee."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import orjson

from shared.contract.envelope import Event
from shared.contract.events import registration
from shared.contract.events.attendance import Person
from shared.refusals import Conflict
from shared.worded import Worded

Purpose = Literal["matching", "mail", "sharing"]
PURPOSES: Final[tuple[Purpose, ...]] = ("matching", "mail", "sharing")
"""The purposes of consent: being matched, getting mails about matches, being shown to the hosts of matches."""

Kind = Literal["checked_in", "session_attended", "person_met", "left", "reverted", "unknown"]

MAX_ORGANIZED: Final = 100
"""The most conferences that one attendee organizes."""

MAX_PLACEMENTS: Final = 50
"""The most placements of one attendee."""

MAX_FACTS: Final = 50_000
"""The most facts of one attendee. Nobody attends that much: anything beyond is a publisher's mistake."""

Key = tuple[str, str, str]
"""What a fact is about: its kind, conference, and subject (the session attended or left, or the person met, else "")."""

MAX_KEPT: Final = {
    "checked_in": registration.MOST_CONFERENCES,
    "session_attended": registration.MOST_SESSIONS,
    "person_met": registration.MOST_ENCOUNTERS,
}
"""The most subjects of each kind that an attendee keeps: as many as fit into a profile. Only these kinds are evidence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one attendance event states. A fact that was taken back does not count.

    A fact of kind "reverted" takes back another one (its ``subject``). A fact of kind "unknown" is a placeholder for one that
    was taken back before it arrived.
    """

    id: str
    kind: Kind
    at: datetime
    attendee_id: str = ""
    conference_id: str = ""
    subject: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    """The details that its event gives of the attendee (see ``details_of``)."""
    reverted_by: str = ""
    """The id of the fact that took this one back; empty if none did."""
    digest: bytes = b""
    """The event's ``content_digest``."""
    warnings: tuple[tuple[str, str], ...] = ()
    """Ignored fields of the event that may be mistakes, each with a warning."""

    @property
    def reverted(self) -> bool:
        return bool(self.reverted_by)

    @property
    def key(self) -> Key:
        return self.kind, self.conference_id, self.subject


def fact_id(source: str, id: str) -> str:
    """The id of the fact that an event states, made from the event's source and id. No two pairs give the same."""
    return orjson.dumps([source, id]).decode()


def source_and_id(fact_id: str) -> tuple[str, str]:
    """The source and id of the event that a fact's id was made from."""
    source, id = orjson.loads(fact_id)
    return source, id


def content_digest(event: Event) -> bytes:
    """16 bytes by which two events with the same id are compared. The JSON's formatting and unknown fields do not matter."""
    data = event.data.model_dump_json() if event.data else ""
    content = f"{event.type}\n{event.time.isoformat()}\n{data}"
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=16).digest()


def details_of(person: Person) -> dict[str, Any]:
    """The details that an event gives of a person: name, locale, time zone, skills, and consent to each purpose."""
    details: dict[str, Any] = {
        "name": person.name,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "skills": list(person.skills) or None,
    }
    if consent := person.consent:
        details |= {"mail": consent.mail, "sharing": consent.sharing}
        details["matching"] = consent.mail if consent.matching is None else consent.matching
    return {name: value for name, value in details.items() if value is not None}


Skills = tuple[tuple[str, int | None], ...]
"""Skills, each with its level, if one is known."""


HostAnswers = dict[str, tuple[bool, str]]
"""Whether the attendee agrees to be shown to each host, and when they answered (ISO 8601), by host."""


class Detail(NamedTuple):
    """The latest value of something: when it was given, by what (a fact's id, or who declared it), and the value."""

    at: datetime
    by: str
    value: Any

    @property
    def how(self) -> str:
        """Where the value comes from, for people to read."""
        return f"event {self.by}" if self.by.startswith("[") else self.by


@dataclass(slots=True)
class Attendee:
    """Somebody known by one address or account, with the aggregate of the facts about them.

    Its size is bounded, however many facts there are: facts are stored separately.
    """

    id: str
    email: str | None
    event_details: dict[str, Detail] = field(default_factory=dict)
    """The latest values of name, locale, time zone, skills and each purpose, from facts that were not taken back."""
    own_details: dict[str, Detail] = field(default_factory=dict)
    """What the attendee declared. No fact overrides it. Besides what facts hold: ``levels`` ([skill, level] each),
    ``excluded_skills``, ``research_interests``, ``equipment``, ``discipline``, ``availability`` and ``hosts`` (see
    ``HostAnswers``). Values are plain JSON."""
    attendance: dict[Key, int] = field(default_factory=dict)
    """How many facts support each thing. If somebody was scanned twice and one scan is taken back, the other still counts."""
    cut: bool = False
    """Whether there may be facts about more things than ``attendance`` keeps."""
    facts: int = 0
    """How many facts about the attendee are stored, including those taken back."""
    met_aliases: dict[str, list[str]] = field(default_factory=dict)
    """All ids of each person met who has several, by the id that the fact names."""
    organizes: dict[str, str | None] = field(default_factory=dict)
    """The conferences that the attendee organizes, each with the name that was given with it, if any."""
    placements: dict[str, Skills] = field(default_factory=dict)
    """The attendee's placements, by their ids, each with the skills that were gained in it and confirmed."""
    contact_version: int = 0
    profile_version: int = 0
    regrouped: int = 0
    """How often it was merged, split or held. The count makes every concurrent write of the attendee a conflict."""

    def detail(self, name: str) -> Detail | None:
        """The latest value of one detail: the attendee's own, else the one from facts."""
        return self.own_details.get(name) or self.event_details.get(name)

    def details(self) -> dict[str, Detail]:
        """The latest value of each detail."""
        return self.event_details | self.own_details

    def agrees(self, purpose: Purpose) -> bool:
        """Whether the attendee consented. No answer is no consent."""
        consent = self.detail(purpose)
        return consent is not None and bool(consent.value)

    def hosts(self) -> HostAnswers:
        """The attendee's answers about individual hosts."""
        answers = self.own_details.get("hosts")
        return {host: (agreed, at) for host, agreed, at in answers.value} if answers else {}

    def declare_hosts(self, said: Mapping[str, bool | None], at: datetime, by: str) -> None:
        """Record whether the attendee agrees to be shown to these hosts; None removes the answer, so the general one applies.

        Repeating an answer keeps its time. Raises ``Conflict`` if there are too many answers.
        """
        answers = self.hosts()
        for host, agreed in said.items():
            if agreed is None:
                answers.pop(host, None)
            elif host not in answers or answers[host][0] != agreed:
                answers[host] = agreed, at.isoformat()
        if len(answers) > registration.MOST_HOSTS:
            raise Conflict(
                Worded(
                    "you have already decided for %(most)s hosts; withdraw some of these decisions first",
                    most=registration.MOST_HOSTS,
                )
            )
        self.declare({"hosts": [[host, *answer] for host, answer in sorted(answers.items())]}, at, by)

    def declare(self, details: Mapping[str, Any], at: datetime, by: str) -> None:
        """Record what the attendee declares. An excluded skill that they name again is not excluded any more, unless
        ``details`` says which skills are."""
        if "skills" in details and (excluded := self.own_details.get("excluded_skills")):
            named = {skill.casefold() for skill in details["skills"]}
            details = {"excluded_skills": [skill for skill in excluded.value if skill.casefold() not in named], **details}
        self.own_details |= {name: Detail(at, by, value) for name, value in details.items()}

    def add(self, fact: Fact) -> None:
        """Count a fact, and adopt its details. The latest fact wins, whatever the order of arrival."""
        if fact.kind in MAX_KEPT:
            self.attendance[fact.key] = self.attendance.get(fact.key, 0) + 1
        for name, value in fact.details.items():
            known = self.event_details.get(name)
            if known is None or (fact.at, fact.id) >= (known.at, known.by):
                self.event_details[name] = Detail(fact.at, fact.id, value)

    def remove(self, fact: Fact) -> bool:
        """Stop counting a fact. Returns whether the attendee must be computed again from all facts that still count."""
        left = self.attendance.get(fact.key, 0) - 1
        if left > 0:
            self.attendance[fact.key] = left
        else:
            self.attendance.pop(fact.key, None)
        return (left <= 0 and self.cut) or any(detail.by == fact.id for detail in self.event_details.values())

    def reset(self) -> None:
        """Forget all facts, before the ones that still count are added again."""
        self.event_details, self.attendance, self.cut = {}, {}, False

    def exceeds_limits(self) -> bool:
        """Whether ``attendance`` may hold more than ``MAX_KEPT``."""
        return len(self.attendance) > min(MAX_KEPT.values()) and bool(self._excess())

    def keep_newest(self, began: Callable[[str], int]) -> None:
        """Keep ``MAX_KEPT`` of each kind, from the newest conferences. ``began`` gives the day on which a conference began."""
        for kind in self._excess():
            keys = sorted((key for key in self.attendance if key[0] == kind), key=lambda key: (-began(key[1]), key))
            for key in keys[MAX_KEPT[kind] :]:
                del self.attendance[key]
            self.cut = True

    def _excess(self) -> list[str]:
        held = dict.fromkeys(MAX_KEPT, 0)
        for kind, _, _ in self.attendance:
            held[kind] += 1
        return [kind for kind, most in MAX_KEPT.items() if held[kind] > most]

    def met(self) -> set[str]:
        """The ids of the persons met, as the facts name them."""
        return {subject for kind, _, subject in self.attendance if kind == "person_met"}
