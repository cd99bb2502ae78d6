"""The changes that a batch of events, or a decision, makes to facts and attendees."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from registration.attendees.domain.attendance import Attendee, Fact
from registration.attendees.domain.people import NO_EVIDENCE, Contact, Group, Person, ProfileEvidence
from shared.contract.envelope import Event


class AttendeeChanges:
    """Stored facts and attendees, and their changes. It needs all attendees of each person."""

    def __init__(
        self, facts: Mapping[str, Fact], attendees: dict[str, Attendee], groups: Mapping[str, Group] | None = None
    ) -> None:
        """``facts``: the stored facts that events state or take back. ``groups``: those of merged attendees."""
        self.facts = dict(facts)
        self.attendees = attendees
        self.changed: dict[str, Event | None] = {}
        """The attendees that changed, each with the last event that changed it, or None if a decision did."""
        self.groups = dict(groups or {})
        self.outdated: set[str] = set()
        """The attendees to aggregate again from all of their facts, because a detail came from a fact that was taken back."""
        self._known_facts = set(self.facts)
        self._touched_facts: dict[str, None] = {}
        self._published: dict[str, tuple[Contact | None, ProfileEvidence]] = {id: self._publication(id) for id in attendees}

    def person(self, attendee_id: str) -> Person:
        """The person with this id, without attendees of the group about whom nothing is stored."""
        group = self.groups.get(attendee_id, (attendee_id,))
        return Person(tuple(self.attendees[id] for id in group if id in self.attendees))

    def _publication(self, attendee_id: str) -> tuple[Contact | None, ProfileEvidence]:
        attendee, person = self.attendees[attendee_id], self.person(attendee_id)
        return person.contact(attendee), person.evidence(attendee)

    def record(self, fact: Fact, email: str | None, cause: Event) -> bool:
        """Add a fact about the person with this address. Returns whether it counts now and did not before.

        A known fact changes nothing. A fact that was reverted before it arrived is stored and does not count.
        """
        known = self.facts.get(fact.id)
        if known and known.kind != "unknown":
            return False
        attendee = self.attendees.setdefault(fact.attendee_id, Attendee(fact.attendee_id, email))
        attendee.facts += 1
        self.changed[attendee.id] = cause
        if known:
            self._keep(replace(fact, reverted_by=known.reverted_by))
            if reversal := self.facts.get(known.reverted_by):  # only now is it known whom it is about
                self._keep(replace(reversal, attendee_id=attendee.id))
                attendee.facts += 1
            return False
        self._keep(fact)
        attendee.add(fact)
        return True

    def revert(self, reversal: Fact, cause: Event | None) -> None:
        """Take back the fact that is the subject of this one. If it has not arrived yet, it will not count when it does."""
        if reversal.id in self.facts:
            return
        fact = self.facts.get(reversal.subject)
        self._keep(replace(reversal, attendee_id=fact.attendee_id if fact else ""))
        if fact is None:
            self._keep(Fact(reversal.subject, "unknown", reversal.at, reverted_by=reversal.id))
            return
        if attendee := self.attendees.get(fact.attendee_id):
            attendee.facts += 1
            self.changed[attendee.id] = cause
            if not fact.reverted and attendee.remove(fact):
                self.outdated.add(attendee.id)
        if not fact.reverted:
            self._keep(replace(fact, reverted_by=reversal.id))

    def change(self, attendee_id: str) -> Attendee:
        """The attendee, marked as changed by a decision rather than by an event."""
        self.changed.setdefault(attendee_id, None)
        return self.attendees[attendee_id]

    def cause(self, attendee_id: str) -> Event | None:
        """The event that changed an attendee of this person; None if a decision did."""
        events = (self.changed.get(member.id) for member in self.person(attendee_id).members)
        return next((event for event in events if event), None)

    def _keep(self, fact: Fact) -> None:
        self.facts[fact.id] = fact
        self._touched_facts[fact.id] = None

    def new_facts(self) -> list[Fact]:
        return [self.facts[id] for id in self._touched_facts if id not in self._known_facts]

    def changed_facts(self) -> list[Fact]:
        return [self.facts[id] for id in self._touched_facts if id in self._known_facts]

    def raise_versions(self) -> tuple[dict[str, Contact | None], dict[str, ProfileEvidence]]:
        """Raise the versions of changed contacts and profiles.

        Returns the changed contacts (None if an attendee no longer has one), and the evidence of the changed profiles, by
        attendee id.
        """
        contacts: dict[str, Contact | None] = {}
        profiles: dict[str, ProfileEvidence] = {}
        for id in self._affected():
            attendee = self.attendees[id]
            contact, evidence = self._publication(id)
            known_contact, known_evidence = self._published.get(id, (None, NO_EVIDENCE))
            if contact != known_contact:
                attendee.contact_version += contact is not None
                contacts[id] = contact
            if evidence != known_evidence:
                attendee.profile_version += 1
                profiles[id] = evidence
        return contacts, profiles

    def _affected(self) -> Iterable[str]:
        """The changed attendees, and all other attendees of the same persons."""
        return {member.id: None for changed in self.changed for member in self.person(changed).members}

    def new_attendees(self) -> list[Attendee]:
        return [self.attendees[id] for id in self._affected() if id not in self._published]

    def changed_attendees(self) -> list[Attendee]:
        # A change of one attendee can raise the versions of the person's other attendees.
        return [self.attendees[id] for id in self._affected() if id in self._published]
