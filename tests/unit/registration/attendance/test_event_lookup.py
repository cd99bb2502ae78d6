"""What publishers are answered about their events, and how much is looked up for it."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from registration.attendance.use_cases.event_lookup import EventLookup
from registration.attendees.domain.attendance import content_digest, fact_id
from registration.conferences.domain import Conference
from shared.contract.envelope import Event
from shared.contract.events.attendance import CheckedIn, Person, PersonMet, Reverted, SessionAttended
from support.memory import CONFERENCE, START, make

ADA = Person(email="ada@example.org")


class Known:
    """Stands for the repositories of facts, of what waits and of conferences; notes each query."""

    def __init__(self) -> None:
        self.recorded: dict[str, bytes] = {}
        self.waiting: dict[str, bytes] = {}
        self.conferences = {"c1": CONFERENCE}
        self.recently = {"c1": CONFERENCE}
        self.queries: list[str] = []

    def event_lookup(self) -> EventLookup:
        facts: Any = _Repository(self, "facts", self.recorded)
        pending: Any = _Repository(self, "pending", self.waiting)
        conferences: Any = _Conferences(self)
        none: Any = None
        return EventLookup(facts, pending, none, conferences)

    async def say(self, *events: Event, in_order: bool = True) -> list[str]:
        self.queries = []
        return [answer.status for answer in await self.event_lookup().answers(events, in_order=in_order)]


class _Repository:
    def __init__(self, known: Known, name: str, digests: dict[str, bytes]) -> None:
        self._known, self._name, self._digests = known, name, digests

    async def digests(self, ids: Collection[str]) -> dict[str, bytes]:
        self._known.queries.append(self._name)
        return {id: self._digests[id] for id in ids if id in self._digests}

    async def any_of(self, sources: Collection[str]) -> bool:
        return bool(self._digests)


class _Conferences:
    def __init__(self, known: Known) -> None:
        self._known = known

    async def recent(self, ids: Collection[str]) -> dict[str, Conference]:
        return {id: self._known.recently[id] for id in ids if id in self._known.recently}

    async def get_many(self, ids: Collection[str]) -> dict[str, Conference]:
        self._known.queries.append("conferences")
        return {id: self._known.conferences[id] for id in ids if id in self._known.conferences}


def attended(id: str, session: str = "s0", conference: str = "c1") -> Event:
    return make(id, START, SessionAttended(conference_id=conference, attendee=ADA, session_id=session))


def keep(kept: dict[str, bytes], *events: Event) -> None:
    kept |= {fact_id(event.source, event.id): content_digest(event) for event in events}


async def test_new_events_of_a_known_conference_take_one_query() -> None:
    known = Known()
    assert await known.say(*(attended(str(n)) for n in range(100))) == ["accepted"] * 100
    assert known.queries == ["facts"]
    assert await known.say() == []
    assert known.queries == []


async def test_only_new_events_and_those_that_wait_from_now_on_are_published() -> None:
    known = Known()
    keep(known.recorded, attended("old"))
    keep(known.waiting, attended("waits", "s9"))
    events = [attended("new"), attended("old"), attended("old", "s1"), attended("waits", "s9"), attended("later", "s9")]
    answers = await known.event_lookup().answers(events)
    assert [(one.status, one.publish) for one in answers] == [
        ("accepted", True), ("repeated", False), ("conflict", False), ("pending", False), ("pending", True),
    ]  # fmt: skip


async def test_an_event_is_judged_as_if_those_before_it_were_recorded() -> None:
    events = attended("1"), attended("1"), attended("1", "s1"), attended("2", "s9"), attended("2", "s9"), attended("2")
    assert await Known().say(*events) == ["accepted", "repeated", "conflict", "pending", "pending", "conflict"]


async def test_of_events_that_are_in_no_order_each_is_judged_as_if_it_came_alone() -> None:
    known = Known()
    keep(known.recorded, attended("old"))
    events = [attended("1"), attended("1"), attended("1", "s1"), attended("old"), attended("old", "s1")]
    assert await known.say(*events, in_order=False) == ["accepted", "accepted", "accepted", "repeated", "conflict"]
    assert known.queries == ["facts"]


async def test_an_id_that_waits_with_other_content_is_a_conflict_also_where_nothing_lacks() -> None:
    known = Known()
    keep(known.waiting, attended("1", "s9"))
    assert await known.say(attended("1")) == ["conflict"]
    assert known.queries == ["pending", "facts"], "what is recorded in between is found by the second"


async def test_what_waited_for_what_is_known_now_is_a_repeat() -> None:
    known = Known()
    keep(known.waiting, attended("1"))
    assert await known.say(attended("1")) == ["repeated"]


async def test_a_session_announced_a_moment_ago_is_known() -> None:
    known = Known()
    known.recently = {}
    assert await known.say(attended("1")) == ["accepted"]
    known.recently = {"c1": replace(CONFERENCE, sessions={})}
    assert await known.say(attended("1")) == ["accepted"]
    assert await known.say(attended("2", conference="c9")) == ["pending"]


async def test_an_event_recorded_whose_session_is_gone_is_a_repeat() -> None:
    known = Known()
    keep(known.recorded, attended("1", "s9"))
    assert await known.say(attended("1", "s9")) == ["repeated"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (Reverted(reverts="1"), "reverts"),
        (PersonMet(conference_id="c9", attendee=ADA, met=ADA), "met"),
        (PersonMet(conference_id="c1", attendee=Person(account="7"), met=Person(account="7", name="x")), "met"),
        (None, "type"),
    ],
)
async def test_an_event_that_makes_no_sense_is_rejected_and_takes_no_id(data: Any, field: str) -> None:
    nonsense = make("1", START, data)
    (rejected, accepted) = await Known().event_lookup().answers([nonsense, attended("1")])
    assert (rejected.status, [name for name, _ in rejected.faults], rejected.publish) == ("rejected", [field], False)
    assert accepted.status == "accepted"


async def test_who_is_met_under_an_account_is_not_the_attendee_with_that_address() -> None:
    met = PersonMet(conference_id="c1", attendee=Person(email="a@x.org"), met=Person(account="a@x.org"))
    assert (
        await Known().say(make("1", START, met), make("2", START, CheckedIn(conference_id="c1", attendee=ADA)))
        == ["accepted"] * 2
    )


async def test_a_thousand_events_of_one_id_are_compared_with_the_first_which_is_read_once() -> None:
    dumped: list[str] = []

    class Large(SessionAttended):
        def model_dump_json(self, **options: Any) -> str:
            dumped.append(self.session_id)
            return super().model_dump_json(**options)

    first = make("1", START, Large(conference_id="c1", attendee=ADA, session_id="s0"))
    answers = await Known().say(first, *(attended("1", "s1") for _ in range(999)))
    assert answers == ["accepted", *["conflict"] * 999]
    assert dumped == ["s0"]
