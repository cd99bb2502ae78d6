"""Events that wait: which do, for what, and how many."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from registration.attendance.domain.capacity import Amount
from registration.attendance.domain.pending import waits_for
from registration.conferences.domain import Conference
from shared.contract.envelope import Event
from shared.contract.events.attendance import CheckedIn, Consent, Left, Person, Reverted, SessionAttended
from shared.contract.events.registration import Session
from support.memory import CONFERENCE, START, World, make

ADA = Person(email="ada@example.org", consent=Consent(mail=True))


def attended(id: str, session: str = "late", conference: str = "c1", email: str = "ada@example.org") -> Event:
    person = ADA.model_copy(update={"email": email})
    return make(id, START, SessionAttended(conference_id=conference, attendee=person, session_id=session))


def learn(world: World, *sessions: str) -> None:
    """The conference has these sessions from now on."""
    more = {id: Session(id=id, title=id) for id in sessions}
    world.attendees.conferences["c1"] = replace(CONFERENCE, version=2, sessions=CONFERENCE.sessions | more)


def test_a_pending_event_says_what_it_waits_for() -> None:
    empty = Conference("c1", 1, "C", date(2024, 7, 8), date(2024, 7, 8), {})
    data = SessionAttended(conference_id="c1", attendee=ADA, session_id="s0")
    assert waits_for(data, None).startswith("conference unknown: there is no conference 'c1'")
    assert waits_for(data, empty).startswith("session unknown: conference 'c1' has no session 's0'")
    assert waits_for(data, CONFERENCE) == ""
    assert waits_for(CheckedIn(conference_id="c1", attendee=ADA), empty) == ""
    assert waits_for(Left(conference_id="c1", attendee=ADA), empty) == ""
    assert waits_for(Left(conference_id="c1", attendee=ADA, session_id="s9"), empty).startswith("session unknown")


def test_it_waits_once_and_is_recorded_when_it_can_be(world: World) -> None:
    world.record(attended("1"), attended("1"))
    world.record(attended("1"))
    assert (len(world.pending.waiting), world.facts.stated, world.rejected) == (1, {}, [])
    learn(world, "late")
    world.record(attended("1"))
    assert (world.pending.waiting, len(world.facts.stated)) == ({}, 1)


def test_other_content_of_an_id_that_waits_is_a_conflict(world: World) -> None:
    world.record(attended("1"), attended("1", "later"), attended("1", "s0"), make("1", START, Reverted(reverts="x")))
    assert len(world.pending.waiting) == 1
    assert [reason.partition(";")[0] for reason in world.rejected] == ["id: was used for another event of this source"] * 3
    assert [rejection.reason for rejection in world.rejections.known.values()] == world.rejected[:1]


def test_what_was_taken_back_meanwhile_counts_for_nothing(world: World) -> None:
    world.record(attended("1"))
    world.record(make("2", START, Reverted(reverts="1")))
    learn(world, "late")
    world.record(attended("1"))
    assert world.pending.waiting == {}
    assert all(fact.reverted for fact in world.facts.stated.values() if fact.kind == "session_attended")


def test_a_time_ahead_counts_as_the_arrival_and_not_as_when_it_is_applied(world: World) -> None:
    ahead = replace(attended("1"), time=START + timedelta(days=9999))
    world.record(ahead)
    (waiting,) = world.pending.waiting.values()
    world.clock += timedelta(days=20)
    learn(world, "late")
    world.record(ahead, arrived={waiting.id: waiting.received_at})
    (fact,) = world.facts.stated.values()
    assert fact.at == waiting.received_at


def test_nothing_waits_of_who_was_erased(world: World) -> None:
    world.record(attended("1", "s0"))
    assert world.decide("erase", world.id("ada@example.org"))
    world.record(attended("2"))
    assert world.pending.waiting == {}


@pytest.mark.parametrize("most", [Amount(3, 10**9), Amount(10**9, 3500)])
def test_what_one_source_has_waiting_is_bounded(most: Amount) -> None:
    world = World(of_source=most)
    world.record(*(attended(str(n)) for n in range(5)))
    assert len(world.pending.waiting) == 3
    assert len(world.rejected) == 2
    assert all(reason.startswith("session unknown") and "are already pending" in reason for reason in world.rejected)
    world.record(replace(attended("other"), source="other"))
    assert len(world.pending.waiting) == 4
    world.close()


def test_all_that_waits_is_bounded_and_what_waits_already_stays() -> None:
    world = World(of_all=Amount(8, 10**9))
    world.record(attended("first"))
    world.record(*(replace(attended("1"), source=f"invented {n}") for n in range(20)))
    assert len(world.pending.waiting) == 6
    assert len(world.rejected) == 15
    assert all("of all sources" in reason and "announce it" in reason for reason in world.rejected)
    world.record(attended("second"), replace(attended("1"), source="late"))
    assert {one.id for one in world.pending.waiting.values()} >= {'["test","first"]', '["test","second"]'}
    assert len(world.pending.waiting) == 7
    world.close()
