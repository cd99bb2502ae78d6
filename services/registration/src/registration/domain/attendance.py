"""What attendance makes of an attendee."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from registration.domain.conferences import Conference
from shared.envelope import Event
from shared.events.attendance import Person
from shared.events.registration import AttendeeProfiled, ContactChanged, Encounter, Evidence, Interest

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, known by its publisher's source and id. A reverted one counts for nothing.

    A placeholder (``kind`` "unknown") stands for a fact that was reverted before it arrived.
    """

    id: str
    kind: Literal["checked_in", "session_attended", "person_met", "unknown"]
    at: datetime
    attendee_id: str = ""
    conference_id: str = ""
    subject: str = ""
    """The session attended or the person met."""
    told: dict[str, Any] = field(default_factory=dict)
    """What its event said of the attendee: those of name, locale, skills and mail_consent that it gave."""
    reverted: bool = False


def told(person: Person) -> dict[str, Any]:
    """What an event says of a person; what it does not give is not in it."""
    said = {
        "name": person.name,
        "locale": person.locale,
        "skills": list(person.skills) or None,
        "mail_consent": person.consent.mail if person.consent else None,
    }
    return {name: value for name, value in said.items() if value is not None}


@dataclass(slots=True)
class Attendee:
    """A person who took part, and what the facts about them add up to.

    ``attendance`` has the ids of the standing facts of each (kind, conference, subject): scanned twice and reverted once, it
    stands.
    """

    id: str
    email: str | None
    name: str | None = None
    locale: str | None = None
    skills: list[str] = field(default_factory=list)
    mail_consent: bool = False
    told_at: dict[str, datetime] = field(default_factory=dict)
    """When each of name, locale, skills and mail_consent was last told."""
    consent_given: dict[str, Any] = field(default_factory=dict)
    """The consent given here rather than by an event: its ``mail``, and when it was given, ``at``."""
    attendance: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    contact_version: int = 0
    profile_version: int = 0

    def learn(self, said: dict[str, Any], at: datetime) -> None:
        """Take over what an event says; of several events the latest wins, in whatever order they arrive."""
        for name, value in said.items():
            if at >= self.told_at.get(name, NEVER):
                setattr(self, name, value)
                self.told_at[name] = at

    def learn_anew(self, facts: Iterable[Fact]) -> None:
        """Know only what these facts told, and what was given here."""
        self.name = self.locale = None
        self.skills, self.mail_consent, self.told_at = [], False, {}
        if self.consent_given:
            self.learn({"mail_consent": self.consent_given["mail"]}, self.consent_given["at"])
        for fact in sorted(facts, key=lambda fact: (fact.at, fact.id)):
            self.learn(fact.told, fact.at)

    def add(self, fact: Fact) -> None:
        """Count a fact as standing."""
        self.attendance.setdefault((fact.kind, fact.conference_id, fact.subject), []).append(fact.id)

    def remove(self, fact: Fact) -> None:
        """Count a fact as standing no more."""
        key = (fact.kind, fact.conference_id, fact.subject)
        self.attendance[key].remove(fact.id)
        if not self.attendance[key]:
            del self.attendance[key]

    def fact_ids(self) -> list[str]:
        """The facts that stand."""
        return [id for ids in self.attendance.values() for id in ids]

    def contact(self) -> ContactChanged:
        """How to reach the attendee, as of now. Only for one with an address."""
        assert self.email  # noqa: S101
        return ContactChanged(
            attendee_id=self.id,
            version=self.contact_version,
            email=self.email,
            name=self.name,
            locale=self.locale,
            mail_consent=self.mail_consent,
        )

    def reached_by(self) -> tuple[str | None, str | None, str | None, bool]:
        """All that the contact is made of: it changes exactly when this does."""
        return self.email, self.name, self.locale, self.mail_consent

    def evidence(self) -> tuple[frozenset[tuple[str, str, str]], tuple[str, ...]]:
        """All that the profile is made of: it changes exactly when this does."""
        return frozenset(self.attendance), tuple(self.skills)


class Ledger:
    """The facts and attendees that a batch of events touches: what they were, and what the batch makes of them."""

    def __init__(self, facts: dict[str, Fact], attendees: dict[str, Attendee], history: Iterable[Fact] = ()) -> None:
        """``history``: the standing facts of the attendees of whom something may be taken back."""
        self.facts = {fact.id: fact for fact in history} | facts
        self.attendees = attendees
        self.causes: dict[str, Event] = {}
        """For each attendee that changed, the last event that did it."""
        self._known_facts = set(self.facts)
        self._touched_facts: dict[str, None] = {}
        self._known_attendees = {id: (attendee.reached_by(), attendee.evidence()) for id, attendee in attendees.items()}

    def record(self, fact: Fact, email: str | None, cause: Event) -> None:
        """Add a fact about the person with this address.

        A known one changes nothing; one that was reverted before it came is only kept.
        """
        known = self.facts.get(fact.id)
        if known and known.kind != "unknown":
            return
        self._keep(replace(fact, reverted=known is not None))
        if known:
            return
        attendee = self.attendees.setdefault(fact.attendee_id, Attendee(fact.attendee_id, email))
        attendee.learn(fact.told, fact.at)
        attendee.add(fact)
        self.causes[attendee.id] = cause

    def revert(self, fact_id: str, cause: Event) -> None:
        """Take a fact back, or make sure that it will count for nothing when it comes."""
        fact = self.facts.get(fact_id)
        if fact is None:
            self._keep(Fact(fact_id, "unknown", cause.time, reverted=True))
        elif not fact.reverted:
            self._keep(replace(fact, reverted=True))
            attendee = self.attendees[fact.attendee_id]
            attendee.remove(fact)
            attendee.learn_anew(one for one in self.facts.values() if one.attendee_id == attendee.id and not one.reverted)
            self.causes[attendee.id] = cause

    def _keep(self, fact: Fact) -> None:
        self.facts[fact.id] = fact
        self._touched_facts[fact.id] = None

    def new_facts(self) -> list[Fact]:
        return [self.facts[id] for id in self._touched_facts if id not in self._known_facts]

    def changed_facts(self) -> list[Fact]:
        return [self.facts[id] for id in self._touched_facts if id in self._known_facts]

    def new_attendees(self) -> list[Attendee]:
        return [self.attendees[id] for id in self.causes if id not in self._known_attendees]

    def changed_attendees(self) -> list[Attendee]:
        return [self.attendees[id] for id in self.causes if id in self._known_attendees]

    def raise_versions(self) -> tuple[list[Attendee], list[Attendee]]:
        """Count up the versions of what changed. Returns the attendees whose contact, and those whose profile changed."""
        contacts, profiles = [], []
        for attendee in map(self.attendees.__getitem__, self.causes):
            contact, evidence = self._known_attendees.get(attendee.id, (None, None))
            if attendee.email and attendee.reached_by() != contact:
                attendee.contact_version += 1
                contacts.append(attendee)
            if attendee.evidence() != evidence:
                attendee.profile_version += 1
                profiles.append(attendee)
        return contacts, profiles


def conferences_of(attendees: list[Attendee]) -> set[str]:
    """The ids of the conferences that these attendees' attendance speaks of."""
    return {conference_id for attendee in attendees for _, conference_id, _ in attendee.attendance}


def profile(attendee: Attendee, conferences: dict[str, Conference]) -> AttendeeProfiled:
    """What the attendee knows, heard and whom they met.

    A skill or topic written differently in two sessions ("NumPy", "numpy") is one; the first way of writing is kept.
    The same attendance gives the same profile, in whatever order it arrived.
    """
    interests: dict[tuple[str, str], tuple[str, bool, list[Evidence]]] = {}
    for skill in attendee.skills:
        interests.setdefault(("skill", skill.casefold()), (skill, True, []))
    visited: dict[str, None] = {}
    met = []
    for kind, conference_id, subject in sorted(attendee.attendance):
        visited.setdefault(conference_id)
        if kind == "person_met":
            met.append(Encounter(person_id=subject, conference_id=conference_id))
        conference = conferences.get(conference_id)
        session = conference.sessions.get(subject) if conference and kind == "session_attended" else None
        if session is None:
            continue  # not a session, or one that has since left the schedule
        evidence = Evidence(conference_id=conference_id, session_id=session.id, title=session.title)
        for kind_of_term, terms in (("skill", session.skills), ("topic", session.topics)):
            for term in terms:
                _, _, seen = interests.setdefault((kind_of_term, term.casefold()), (term, False, []))
                if evidence not in seen[-1:]:
                    seen.append(evidence)
    return AttendeeProfiled(
        attendee_id=attendee.id,
        version=attendee.profile_version,
        conference_ids=list(visited),
        interests=[
            Interest(kind="skill" if kind == "skill" else "topic", term=term, declared=declared, evidence=evidence)
            for (kind, _), (term, declared, evidence) in interests.items()
        ],
        met=met,
    )
