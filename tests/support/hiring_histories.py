"""Plays hosts, attendees, organizers and the clock at random, and compares the results with a separate model."""

from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from matching.model.candidates import Availability, Candidate, Interest
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import Placement as Placed
from matching.placements.domain.requests import Completion, End, Extension, Feedback, ManualPlacement, NoShow, Release, Start
from shared.refusals import Refusal
from support.hiring import START, Hiring
from support.hiring import listing as listed
from support.hiring_checks import HiringChecks
from support.hiring_model import DAY, FROM, LIVE, OTHER_TERMS, PEOPLE, TERMS, Listing, Model, Placement, Terms

HOUR: Final = timedelta(hours=1)
who = st.sampled_from(sorted(PEOPLE))
where = st.sampled_from(sorted(TERMS))


class Histories(HiringChecks, RuleBasedStateMachine):
    """Builds a history, and plays it in the services and in the model at the same time."""

    hiring: ClassVar[type[Hiring]] = Hiring
    leap: ClassVar = timedelta(hours=12)
    """The interval at which the clock and the mails are processed."""

    def make(self) -> Hiring:
        return self.hiring()

    @initialize(
        capacities=st.tuples(*[st.sampled_from([1, 1, 2])] * len(TERMS)), applied=st.sets(st.tuples(who, where), min_size=4)
    )
    def begin(self, capacities: tuple[int, ...], applied: set[tuple[str, str]]) -> None:
        self.world, self.model = self.make(), Model(START)
        self.versions = dict.fromkeys(TERMS, 1)
        self.profiles: dict[str, int] = {}
        self.busy = False
        """Whether notifications have not read the latest events yet."""
        self.number = 0
        for (id, terms), capacity in zip(TERMS.items(), capacities, strict=True):
            self.model.listings[id] = Listing(terms, capacity)
            self.publish(id)
        for id in PEOPLE:
            self.agree(id)
        for one in sorted(applied):
            self.applies(*one, twice=False)

    # What all rules need

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.world.run(work)

    def try_(self, work: Coroutine[Any, Any, Any], possible: bool) -> Any:
        """Run this, expecting it to be refused unless the model says that it is possible. Returns the result."""
        if possible:
            return self.run(work)
        with pytest.raises(Refusal):
            self.run(work)
        return None

    def publish(self, id: str) -> None:
        known, version = self.model.listings[id], self.versions[id]
        self.versions[id] += 1
        one = listed(id, known.terms.days, known.terms.hours, capacity=known.capacity)
        self.run(self.world.publish(replace(one, version=version, open=known.open, closed=not known.open)))

    def agree(self, id: str, hours: int | None = None) -> None:
        known = id in self.profiles
        self.profiles[id] = self.profiles.get(id, 0) + 1
        self.model.merged.pop(id, None)  # they were split again
        self.model.people[id] = hours = PEOPLE[id] if hours is None else hours
        times = Availability(hours_per_week=hours)
        interests = {"numpy": Interest(declared=True)}
        candidate = Candidate(id, 0, self.profiles[id], interests, conference_ids={"c1"}, availability=times)
        self.run(self.world.profile(candidate, known=known))

    # Attendees and hosts

    @rule(people=st.permutations(sorted(PEOPLE)), where=where, most=st.integers(1, 3), twice=st.booleans())
    def apply(self, people: list[str], where: str, most: int, twice: bool) -> None:
        for one in people[:most]:
            self.applies(one, where, twice)

    def applies(self, who: str, where: str, twice: bool) -> None:
        known = self.model.applications.get((who, where))
        if known and known.state in LIVE:  # the same letter again changes nothing
            assert self.run(self.world.apply(who, where)).version == known.version
            return
        made = self.try_(self.world.apply(who, where), self.model.may_apply(who, where))
        if made:
            self.model.apply(who, where, known.version + 1 if known else 1)
            if twice:
                assert self.run(self.world.apply(who, where)) == made

    @precondition(lambda self: self.model.applications)
    @rule(
        data=st.data(),
        count=st.integers(2, 6),
        days=st.integers(2, 20),
        slots=st.integers(1, 2),
        slot=st.integers(0, 1),
        twice=st.booleans(),
    )
    def decide(self, data: st.DataObject, count: int, days: int, slots: int, slot: int, twice: bool) -> None:
        """Attendees and hosts give some commands, mostly possible ones, and often ones that lead to a placement."""
        for _ in range(count):
            key = data.draw(st.sampled_from(sorted(self.model.applications)))
            possible = [one for one in FROM if self.model.may(one, key)]
            ahead = [one for one in ("offer", "accept") if self.model.applications[key].state in FROM[one]]
            name = data.draw(st.sampled_from([*FROM, *possible * 3, *ahead * 8]))
            self.command(key, name, days, slots, slot, twice)

    def command(self, key: tuple[str, str], name: Any, days: int, slots: int, slot: int, twice: bool) -> None:
        before = self.model.applications[key]
        stored = self.run(self.world.get_by_id(self.ids()[key]))
        times = [self.model.now + (days + n) * DAY for n in range(slots)]
        deadline = self.model.now + days * DAY
        bodies: dict[str, dict[str, Any]] = {
            "interview": {"slots": [{"starts": at, "ends": at + HOUR, "place": "Room 1"} for at in times]},
            "pick-slot": {"slot": slot},
            "offer": {"deadline": deadline},
        }
        body = bodies.get(name, {})
        may = self.model.may(name, key, slot)
        was = (before.state, before.picked, before.changed)
        after = self.try_(self.world.do(name, stored, **body), may)
        if not may:
            return
        if name == "accept":
            terms = self.model.listings[key[1]].terms
            placement = Placement(*key, before.offered, terms.hours)
            self.model.turn(key, "accepted")
            self.model.place(after.placement_id, placement, but=key)
        else:
            self.model.do(name, key, slots=times, slot=slot, deadline=deadline)
        changed = (before.state, before.picked, before.changed) != was or name in ("interview", "call-off")
        before.version += changed
        if twice:
            assert self.run(self.world.do(name, stored, **body)) == after

    @rule(who=who, agrees=st.sampled_from([True, True, False]))
    def changes_mind(self, who: str, agrees: bool) -> None:
        """The person agrees to be matched, or no longer does."""
        if agrees:
            self.agree(who)
        elif who in self.profiles and who not in self.model.merged:
            self.profiles[who] += 1
            self.model.people.pop(who, None)
            self.run(self.world.profile(Candidate(who, 0, self.profiles[who]), known=True))

    @rule(pair=st.permutations(sorted(PEOPLE)))
    def are_merged(self, pair: list[str]) -> None:
        """Merge two attendees. What they already have stays."""
        absorbed, kept = pair[:2]
        if absorbed not in self.profiles or kept not in self.profiles or self.model.merged:
            return
        self.profiles[absorbed] += 1
        self.model.merged[absorbed] = kept
        self.model.people.pop(absorbed, None)
        self.run(self.world.profile(Candidate(absorbed, 0, self.profiles[absorbed], merged_into=kept), known=True))

    @rule(where=where, capacity=st.integers(0, 3), open=st.sampled_from([True, True, True, False]))
    def changes_listing(self, where: str, capacity: int, open: bool) -> None:
        known = self.model.listings[where]
        known.capacity, known.open = capacity, open
        self.publish(where)
        self.model.follow(where)

    @rule(where=where, terms=st.sampled_from(OTHER_TERMS))
    def changes_terms(self, where: str, terms: Terms) -> None:
        self.model.listings[where].terms = terms
        self.publish(where)
        self.model.follow(where)

    # Organizers and operators

    @precondition(lambda self: not self.model.rounds)
    @rule(places=st.sets(where, min_size=1, max_size=2))
    def locks_round(self, places: set[str]) -> None:
        self.number += 1
        id = f"r{self.number}"
        held = self.run(self.world.lock_round(id, sorted(places)))
        self.model.rounds[id] = {one: count for one in places if (count := max(0, self.model.free(one)))}
        assert held == dict.fromkeys(places, 0) | self.model.rounds[id]

    @precondition(lambda self: self.model.rounds)
    @rule(data=st.data(), cancelled=st.sampled_from([True, False, False]))
    def ends_round(self, data: st.DataObject, cancelled: bool) -> None:
        draw: Any = data.draw
        id = draw(st.sampled_from(sorted(self.model.rounds)))
        if cancelled:
            self.run(self.world.cancel_round(id))
            del self.model.rounds[id]
            return
        left = dict(self.model.rounds[id])
        seated: list[tuple[str, str, str | None]] = []
        for person in sorted(self.profiles):
            sources = sorted(one for one, count in left.items() if count)
            if sources and draw(st.booleans()):
                source = draw(st.sampled_from(sources))
                target = draw(st.sampled_from([source, source, *left]))
                left[source] -= 1
                seated.append((person, target, source if source != target else None))
        refused = self.run(self.world.publish_round(id, seated))
        for person, target, moved_from in seated:
            terms = self.model.listings[target].terms
            may = self.model.may_be_placed(person, target, terms.days)
            assert may == (person not in refused)
            if may:
                self.model.rounds[id][moved_from or target] -= 1
                if moved_from:
                    self.model.listings[moved_from].moved -= 1
                    self.model.listings[target].moved += 1
                self.model.place(f"{id}:{person}", Placement(person, target, terms.days, terms.hours, round=id))
        del self.model.rounds[id]

    @precondition(lambda self: len(self.model.placements) < 3)
    @rule(who=who, where=where)
    def assigns(self, who: str, where: str) -> None:
        """An operator assigns a seat manually: only while there are few placements, or hardly any seats would be left."""
        terms = self.model.listings[where].terms
        request = ManualPlacement(attendee_id=who, listing_id=where, reason="by hand")
        by_hand = any(one.by_hand and (one.who, one.where) == (who, where) for one in self.model.of(who))
        may = self.model.free(where) > 0 and self.model.may_be_placed(who, where, terms.days)
        over = terms.days and terms.days[1] < self.model.now.date() - DAY
        possible = who in self.model.people and (may or by_hand) and not over
        made = self.try_(self.operate(self.world.operations.assign, request), possible)
        if made:  # repeating it still ends what the placement rules out, for example after a merge
            placement, is_new = made
            assert is_new != by_hand
            new = Placement(who, where, terms.days, terms.hours, by_hand=True)
            self.model.place(placement.id, self.model.placements[placement.id] if by_hand else new)

    # Placements. Other tests cover which steps are possible; here, only the consequences matter.

    @precondition(lambda self: self.model.placements)
    @rule(data=st.data(), side=st.sampled_from(["attendee", "host"]), days=st.integers(1, 60))
    def goes_on(self, data: st.DataObject, side: Any, days: int) -> None:
        id = data.draw(st.sampled_from(sorted(self.model.placements)))
        known, stored = self.model.placements[id], self.run(self.world.placements.get(id))
        ends = known.days[1] + days * DAY if known.days else date(2026, 12, 24)
        steps: dict[str, Any] = {
            "start": Start(),
            "no_show": NoShow(),
            "complete": Completion(),
            "end": End(reason="agreed"),
            "extend": Extension(ends=ends),
            "give_feedback": Feedback(moment=data.draw(st.sampled_from(["middle", "end"])), rating=3, ended_early=False),
        }
        step = data.draw(st.sampled_from(sorted(steps)))
        operation = getattr(self.world.operations, step)
        with suppress(Refusal):
            self.moved(known, self.run(self.operate(operation, id, stored.version, Speaker(side, side), steps[step])))

    @precondition(lambda self: any(one.round for one in self.model.placements.values()))
    @rule(data=st.data())
    def is_released(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from([one for one in self.model.placements.values() if one.round]))
        request = Release(reason="agreed", why="ill")
        with suppress(Refusal):
            self.moved(known, self.run(self.operate(self.world.operations.release, known.round, known.who, request)))

    def moved(self, known: Placement, after: Placed) -> None:
        days = (after.starts, after.ends) if after.starts and after.ends else None
        if after.live and days != known.days:
            others = [one for one in self.model.of(known.who) if one is not known]
            assert self.model.fits(known.who, days, known.hours, others), "extended into another placement"
        known.state, known.days = after.state, days
        known.said = {(one.moment, one.side, one.due) for one in after.answers if one.due}

    def operate(self, operation: Any, *arguments: Any) -> Coroutine[Any, Any, Any]:
        return self.world.database.transact(lambda tx: operation(*arguments, tx))

    # Time

    @rule(
        days=st.sampled_from([0.1, 1, 3, 8, 22, 60]),
        clock=st.sampled_from([True, True, True, False]),
    )
    def time_passes(self, days: float, clock: bool) -> None:
        self.pass_time(days, clock=clock)

    def pass_time(self, days: float, *, clock: bool, leap: timedelta | None = None) -> None:
        """Let time pass in steps, sending mails at each one. The ``clock`` of applications may be down."""
        until, self.busy = self.model.now + days * DAY, False
        while self.model.now < until:
            now = min(until, self.model.now + (leap or self.leap))
            self.world.set_time(now)
            self.model.pass_time(now)
            if clock:
                self.run(self.world.worker.pass_time(now))
                self.model.clock()
            self.mail()

    @rule()
    def notifications_are_late(self) -> None:
        self.busy = True

    def mail(self) -> None:
        self.known_ids = {id: key for key, id in self.ids().items()}
        self.run(self.world.deliver())
        self.run(self.world.post.send_due(self.check))

    # Erasure

    @precondition(lambda self: len(self.model.applications) + len(self.model.placements) > 3)
    @rule(who=who, contact_first=st.booleans())
    def is_erased(self, who: str, contact_first: bool) -> None:
        """Erase the person with all their ids. Tombstones of contact and applications reach notifications in any order."""
        ids = [one for one in PEOPLE if self.model.person(one) == self.model.person(who)]
        for id in ids:
            self.erase(id, contact_first)
        for id in ids:
            self.check_erased(id)

    def erase(self, who: str, contact_first: bool) -> None:
        self.profiles.pop(who, None)
        self.model.erase(who)
        self.run(self.world.erase(who))
        if contact_first:
            self.run(self.world.post.forget(who))
        self.run(self.world.deliver())
        if not contact_first:
            self.run(self.world.post.forget(who))

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        if not hasattr(self, "model"):
            return
        self.compare_applications()
        self.compare_seats()
        if not self.busy:
            self.mail()
            self.compare_mails()

    def teardown(self) -> None:
        """Check that after enough time, every application has ended, or was never live."""
        if not hasattr(self, "model"):
            return
        self.pass_time(300, clock=True, leap=5 * DAY)
        assert not any(one.state in LIVE for one in self.model.applications.values())
        self.all_is_as_it_must_be()
