"""The expected state after a load: a small model of registration's rules, independent of its code."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from e2e.delivery.load import Person, Statement

Interests = dict[tuple[str, str], tuple[bool, frozenset[tuple[str, str]]]]
"""Of each (kind, case-folded term): whether it was declared, and the (conference, session) where it was heard."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A document of the `attendance` collection, without its id."""

    kind: str
    attendee_id: str
    conference_id: str
    subject: str
    reverted: bool
    at: datetime | None


@dataclass(slots=True)
class Attendee:
    """What all events together say of a person, in whatever order they came."""

    email: str
    name: str | None = None
    locale: str | None = None
    skills: tuple[str, ...] = ()
    mail_consent: bool = False
    matching_consent: bool = False
    attendance: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How many facts stand about each thing: its kind, conference and subject."""

    def tell(self, person: Person) -> None:
        self.name = person.name or self.name
        self.locale = person.locale or self.locale
        self.skills = person.skills or self.skills
        if person.mail is not None:
            self.mail_consent = person.mail
            self.matching_consent = person.mail if person.matching is None else person.matching

    def met(self) -> set[tuple[str, str]]:
        """(person, conference) of each encounter."""
        return {(subject, conference) for kind, conference, subject in self.attendance if kind == "person_met"}

    def conferences(self) -> set[str]:
        return {conference for _, conference, _ in self.attendance}

    def interests(self, conferences: dict[str, dict[str, Any]]) -> Interests:
        heard: dict[tuple[str, str], set[tuple[str, str]]] = {}
        declared = {("skill", skill.casefold()) for skill in self.skills}
        for kind, conference, subject in self.attendance:
            if kind == "session_attended":
                session = next(one for one in conferences[conference]["sessions"] if one["id"] == subject)
                terms = [("skill", term) for term in session["skills"]] + [("topic", term) for term in session["topics"]]
                for kind_of_term, term in terms:
                    heard.setdefault((kind_of_term, term.casefold()), set()).add((conference, subject))
        return {term: (term in declared, frozenset(heard.get(term, ()))) for term in declared | heard.keys()}


@dataclass
class Expected:
    """The state in which registration must end."""

    facts: dict[str, Fact]
    attendees: dict[str, Attendee]


def expect(statements: Iterable[Statement], person_key: str) -> Expected:
    """What becomes of these statements, each taken once."""
    ordered = sorted(statements, key=lambda statement: statement.at)
    reverted = {fact_id(one.source, one.subject): one for one in ordered if one.kind == "reverted"}
    facts: dict[str, Fact] = {}
    attendees: dict[str, Attendee] = {}
    for one in ordered:
        if one.person is None:
            continue
        id, attendee_id = fact_id(one.source, one.id), person_id(one.person.email, person_key)
        subject = person_id(one.subject, person_key) if one.kind == "person_met" else one.subject
        facts[id] = Fact(one.kind, attendee_id, one.conference, subject, id in reverted, one.at)
        attendee = attendees.setdefault(attendee_id, Attendee(one.person.email))
        if id not in reverted:  # what was taken back counts for nothing, whichever of both came first
            attendee.tell(one.person)
            attendee.attendance[one.kind, one.conference, subject] += 1
    for id in reverted.keys() - facts.keys():
        facts[id] = Fact("unknown", "", "", "", True, reverted[id].at)
    for one in ordered:
        if one.kind == "reverted":
            target = fact_id(one.source, one.subject)
            facts[fact_id(one.source, one.id)] = Fact("reverted", facts[target].attendee_id, "", target, False, one.at)
    return Expected(facts, attendees)


def fact_id(source: str, id: str) -> str:
    """Under which a fact is kept."""
    return json.dumps([source, id], ensure_ascii=False, separators=(",", ":"))


def person_id(email: str, key: str) -> str:
    """The opaque id of the person with this address."""
    return hmac.new(key.encode(), email.encode(), hashlib.sha256).hexdigest()[:32]
