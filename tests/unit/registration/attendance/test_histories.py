"""Whatever happens, in whatever order it arrives and however often: the same persons, with the same that is known of them.

The use cases run as they are, on stores kept in memory. What must come of a history is worked out anew from all of it, by
a small model that shares nothing with them.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.contract.envelope import Event
from shared.contract.events.attendance import CheckedIn, Consent, PersonMet, Reverted, SessionAttended
from support.memory import START, World, make, name_of, person

NAMES = ("ada@example.org", "ada@work.example", "ticket-1", "bob@example.org")
"""Addresses, and an account."""
DECLARATIONS: list[dict[str, Any]] = [
    {"skills": [], "levels": []},
    {"skills": ["A"], "levels": [["A", 4]]},
    {"skills": ["C", "A"], "levels": [["C", 1]]},
    {"research_interests": ["lenses", "k0"]},
    {"research_interests": []},
    {"equipment": ["Laser"], "discipline": "ict"},
    {"discipline": None, "availability": None},
    {"availability": {"hours_per_week": 20, "countries": ["SE"]}},
]
"""What a person says at once, in the words that the API makes of it."""


@dataclass
class Known:
    """What must be known of one person, by the model."""

    attendance: set[tuple[str, str]] = field(default_factory=set)
    mail: bool = False
    matching: bool = False
    names: set[str | None] = field(default_factory=lambda: {None})
    """One of these."""
    skills: list[str] = field(default_factory=list)
    declared: dict[str, Any] = field(default_factory=dict)
    """The last word on all else that is declared."""


class Histories(RuleBasedStateMachine):
    """Builds a history, and lets it happen in this world at once."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.events: list[Event] = []
        self.reverted: set[str] = set()
        self.merged: dict[str, str] = {}
        self.decisions: list[tuple[Any, ...]] = []
        self.said: list[tuple[datetime, str, str, bool]] = []
        self.declared: list[tuple[datetime, str, dict[str, Any]]] = []
        self.organizers: dict[str, str | None] = {}
        """By their addresses, with the names that were given with these."""
        self.erased: dict[str, int] = {}
        """Of each name, how many events there were when it was last erased."""

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()

    @rule(
        who=st.sampled_from(NAMES),
        kind=st.sampled_from(["checked_in", "s0", "s1", "s2", "met"]),
        other=st.sampled_from(NAMES),
        name=st.sampled_from([None, "N1", "N2"]),
        skills=st.sampled_from([[], [], ["A"], ["A", "B"]]),
        consent=st.sampled_from([Consent(mail=True)] * 4 + [None, Consent(mail=False), Consent(mail=False, matching=True)]),
        revert=st.sampled_from(["no", "no", "before", "after"]),
        copies=st.integers(1, 3),
    )
    def happens(
        self,
        who: str,
        kind: str,
        other: str,
        name: str | None,
        skills: list[str],
        consent: Consent | None,
        revert: str,
        copies: int,
    ) -> None:
        attendee = person(who, name=name, skills=skills, consent=consent)
        if kind == "met" and other == who:
            return
        data: Any = (
            PersonMet(conference_id="c1", attendee=attendee, met=person(other))
            if kind == "met"
            else CheckedIn(conference_id="c1", attendee=attendee)
            if kind == "checked_in"
            else SessionAttended(conference_id="c1", attendee=attendee, session_id=kind)
        )
        number = len(self.events)
        # Later by the clock of the world: an erasure tells what was before it from what comes after.
        event = make(f"e{number}", self.world.clock + timedelta(seconds=1), data)
        taken_back = make(f"r{number}", self.world.clock, Reverted(reverts=event.id))
        self.events.append(event)
        if revert != "no":
            self.reverted.add(event.id)
        batch = {"no": [event], "before": [taken_back, event], "after": [event, taken_back]}[revert]
        for one in batch * copies:
            self.world.record(one)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def is_taken_back_later(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.events))
        self.reverted.add(event.id)
        self.world.record(make(f"late {event.id}", START, Reverted(reverts=event.id)))

    @precondition(lambda self: self.events)
    @rule(seed=st.integers(0, 2**16))
    def all_of_it_comes_again(self, seed: int) -> None:
        again = list(self.events)
        random.Random(seed).shuffle(again)
        self.world.record(*again)

    @rule(absorbed=st.sampled_from(NAMES), kept=st.sampled_from(NAMES))
    def are_merged(self, absorbed: str, kept: str) -> None:
        if self.world.decide("merge", self.world.id(absorbed), self.world.id(kept), "test"):
            self.merged[absorbed] = kept

    @rule(who=st.sampled_from(NAMES))
    def are_split(self, who: str) -> None:
        if self.world.decide("split", self.world.id(who)):
            del self.merged[who]

    @rule(who=st.sampled_from(NAMES), agreed=st.booleans())
    def says_it_here(self, who: str, agreed: bool) -> None:
        if self.world.decide("declare", self.world.id(who), {"mail": agreed}, "test"):
            self.said += [(self.world.clock, name, "mail", agreed) for name in self.group(who)]

    @rule(who=st.sampled_from(NAMES), said=st.sampled_from(DECLARATIONS))
    def declares(self, who: str, said: dict[str, Any]) -> None:
        if self.world.decide("declare", self.world.id(who), said, "test"):
            self.declared += [(self.world.clock, name, said) for name in self.group(who)]

    @rule(
        organizers=st.dictionaries(st.sampled_from([name for name in NAMES if "@" in name]), st.sampled_from([None, "O1", "O2"]))
    )
    def organize(self, organizers: dict[str, str | None]) -> None:
        self.world.organize("c1", organizers)
        self.organizers = organizers

    @rule(who=st.sampled_from(NAMES))
    def is_erased(self, who: str) -> None:
        group = self.group(who)
        if self.world.decide("erase", self.world.id(who)):
            for name in group:
                self.erased[name] = len(self.events)
                self.organizers.pop(name, None)
                self.merged.pop(name, None)
            self.said = [one for one in self.said if one[1] not in group]
            self.declared = [one for one in self.declared if one[1] not in group]

    # The model

    def root(self, name: str) -> str:
        while name in self.merged:
            name = self.merged[name]
        return name

    def group(self, name: str) -> list[str]:
        return [other for other in NAMES if self.root(other) == self.root(name)]

    def standing(self) -> list[Event]:
        def gone(name: str, number: int) -> bool:
            return number < self.erased.get(name, 0)

        return [
            event
            for number, event in enumerate(self.events)
            if event.id not in self.reverted
            and not gone(name_of(event.data.attendee), number)  # type: ignore[union-attr]
            and not (isinstance(event.data, PersonMet) and gone(name_of(event.data.met), number))
        ]

    def expected(self) -> dict[str, Known]:
        mail: dict[str, list[tuple[Any, bool]]] = defaultdict(list)
        matching: dict[str, list[tuple[Any, bool]]] = defaultdict(list)
        names: dict[str, list[tuple[Any, str]]] = defaultdict(list)
        skills: dict[str, list[tuple[Any, list[str]]]] = defaultdict(list)
        attendance: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for event in self.standing():
            data: Any = event.data
            who, when = name_of(data.attendee), (event.time, f'["test","{event.id}"]')
            if consent := data.attendee.consent:
                mail[who].append((when, consent.mail))
                matching[who].append((when, consent.mail if consent.matching is None else consent.matching))
            if data.attendee.name:
                names[self.root(who)].append((when, data.attendee.name))
            if data.attendee.skills:
                skills[self.root(who)].append((when, data.attendee.skills))
            if isinstance(data, PersonMet):
                group = self.group(name_of(data.met))
                if self.root(who) != self.root(name_of(data.met)):
                    attendance[self.root(who)] |= {("person_met", self.world.id(name)) for name in group}
            elif isinstance(data, SessionAttended):
                attendance[self.root(who)].add(("session_attended", data.session_id))
            else:
                attendance[self.root(who)].add(("checked_in", ""))
        for at, who, _, agreed in self.said:  # in the order of time; no event overrides it
            mail[who] = [((at, "test"), agreed)]
        given = {name: {self.organizers[one] for one in self.group(name) if self.organizers.get(one)} for name in NAMES}
        declared: dict[str, dict[str, Any]] = defaultdict(dict)
        for at, who, words in self.declared:  # in the order of time
            if "skills" in words:
                skills[self.root(who)] = [((at, "test"), words["skills"])]
            declared[self.root(who)] |= words
        return {
            name: Known(
                attendance[name],
                all(any(mail[one]) and max(mail[one])[1] for one in self.group(name)),
                all(any(matching[one]) and max(matching[one])[1] for one in self.group(name)),
                {max(names[name])[1]} if names[name] else given[name] or {None},
                max(skills[name])[1] if skills[name] else [],
                declared[name],
            )
            for name in NAMES
            if self.root(name) == name
        }

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        if not hasattr(self, "world"):
            return
        expected = self.expected()
        for name in NAMES:
            id, known = self.world.id(name), expected.get(name)
            profile, contact = self.world.profiles.get(id), self.world.contacts.get(id)
            met = {("person_met", encounter.person_id) for encounter in profile.met} if profile else set()
            heard = (
                {("session_attended", seen.session_id) for one in profile.interests for seen in one.evidence}
                if profile
                else set()
            )
            attended = {("session_attended", one.session_id) for one in profile.sessions} if profile else set()
            assert attended == heard, name
            declared = [one for one in profile.interests if one.declared] if profile else []
            there = {("checked_in", "")} if profile and profile.conference_ids else set()
            if known is None or not known.matching:
                assert not met | heard | there, f"{name}: a profile is published of whoever did not agree, or is merged"
                assert not declared, name
                assert not (profile and (profile.discipline or profile.availability)), name
            else:
                right = {one for one in known.attendance if one[0] != "checked_in"}
                assert met | heard == right, name
                said, levels = known.declared, dict(known.declared.get("levels", ()))
                assert [(one.term, one.level) for one in declared if one.kind == "skill"] == [
                    (term, levels.get(term)) for term in known.skills
                ], name
                assert [one.term for one in declared if one.kind == "topic"] == [
                    *said.get("research_interests", ()),
                    *said.get("equipment", ()),
                ], name
                if profile:
                    times = profile.availability.model_dump(exclude_none=True) if profile.availability else None
                    assert (profile.discipline, times) == (said.get("discipline"), said.get("availability")), name
                assert bool(there) == bool(known.attendance), name
            if contact:
                assert contact.mail_consent == bool(known and known.mail), name
                assert contact.name in (known.names if known else {None}), name
            else:
                # Nobody speaks of mail to whoever is not known by an address.
                assert not (known and known.mail and any("@" in one for one in self.group(name))), name
                # Who organizes a conference can sign in.
                assert name not in self.organizers, name
        if scheduled := self.world.conferences.get("c1"):
            assert scheduled.organizers == sorted({self.world.id(self.root(name)) for name in self.organizers})
        else:
            assert not self.organizers


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=200, stateful_step_count=30)
