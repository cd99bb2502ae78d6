"""Objects of other systems: the same facts stand whatever the order of arrival, and what is published agrees with them."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.attendance.domain.pending import waits_for
from registration.conferences.domain import Conference
from registration.connections.domain.retries import MAX_PAUSE, pause
from registration.systems import ATTENDANCE_ADAPTERS, FETCH_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.adapter import Fetch, WebhookRequest
from registration.systems.connection import Connection
from registration.systems.observations import (
    MAX_BYTES,
    MAX_PARTS,
    ObjectTooLarge,
    Observation,
    ObservedAttendance,
    ObservedObject,
    ObservedPart,
)
from shared.contract.events.registration import Session
from support.payloads import (
    connection,
    encoded,
    eventbrite_attendee,
    hievents_attendee,
    hievents_checkin,
    hievents_webhook,
    pretix_order,
    pretix_position,
    scan,
    swapcard_webhook,
)

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
Heard = list[list[Observation]]


def at(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat()


def hievents(moves: list[int]) -> Iterator[dict[str, Any]]:
    for minute, move in enumerate(moves):
        match move % 4:
            case 0:
                yield hievents_checkin(id=minute, sent_at=at(minute), attendee=hievents_attendee(updated_at=at(minute)))
            case 1:
                yield hievents_checkin("checkin.deleted", id=max(minute - 1, 0), sent_at=at(minute), attendee=None)
            case 2:
                yield hievents_webhook(
                    "attendee.updated", hievents_attendee(email=f"a{minute}@x.org", updated_at=at(minute)), at(minute)
                )
            case 3:
                kind = "attendee.cancelled" if move > 3 else "attendee.updated"
                yield hievents_webhook(kind, hievents_attendee(updated_at=at(minute)), at(minute))


def eventbrite(moves: list[int], of: Connection) -> Iterator[list[Observation]]:
    """What each fetch said, of an attendee who is scanned in and out, corrects their address, and is cancelled."""
    barcode = {"status": "unused", "created": at(-1), "changed": at(-1)}
    state: dict[str, Any] = {"checked_in": False, "cancelled": False}
    for minute, move in enumerate(moves):
        match move % 4:
            case 0 | 1:
                state |= {"checked_in": move % 4 == 0}
                barcode |= {"status": "used" if move % 4 == 0 else "unused", "changed": at(minute)}
            case 2:
                state |= {"profile": {"name": f"Ada {minute}"}}
            case 3:
                state |= {"cancelled": not state["cancelled"]}
        answer = encoded(eventbrite_attendee(**state, barcodes=[barcode]))
        yield FETCH_ADAPTERS["eventbrite"].observations(
            Fetch("", {}, "attendee/2"), answer, START + timedelta(minutes=minute), of
        )


def heard(moves: list[int], of: Connection) -> Heard:
    """What a system told, or was fetched of it, while these things happened to one object one after the other."""
    if of.system == "hievents":
        return [
            [*WEBHOOK_ADAPTERS["hievents"].read(WebhookRequest({}, {}, encoded(one)), of).observations] for one in hievents(moves)
        ]
    if of.system == "swapcard":
        actions = ("CHECKED_IN", "CHECKED_OUT", "UNCHECKED_IN")
        webhooks = [swapcard_webhook(actions[move % 3], at(minute)) for minute, move in enumerate(moves)]
        return [[*WEBHOOK_ADAPTERS["swapcard"].read(WebhookRequest({}, {}, encoded(one)), of).observations] for one in webhooks]
    if of.system == "eventbrite":
        return [[*one] for one in eventbrite(moves, of)]
    answers: Heard = []
    scans: list[dict[str, Any]] = []
    email, status, canceled = None, "p", False
    for minute, move in enumerate(moves):
        match move % 6:
            case 0 | 1:
                scans = [*scans, scan(minute + 1, at(minute), type="exit" if move % 6 else "entry")]
            case 2:
                scans = scans[:-1]
            case 3:
                email = f"a{minute}@x.org"
            case 4:
                status = "p" if status == "c" else "c"
            case 5:
                canceled = not canceled
        position = pretix_position(*scans, attendee_email=email, canceled=canceled)
        whole = move % 6 >= 4 or move > 5  # what says only that an order changed has the order fetched
        fetch = Fetch("", {}, "order/ABC23" if whole else "position/23442")
        answer = pretix_order(position, status=status) if whole else position
        answers.append(FETCH_ADAPTERS["pretix"].observations(fetch, encoded(answer), START + timedelta(minutes=minute), of))
    return answers


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]


class Desk:
    """Receives and publishes, and follows what it published as its readers do: what was reverted stays so for ever."""

    def __init__(self, of: Connection) -> None:
        self.of = of
        self.objects: dict[str, ObservedObject] = {}
        self.events: dict[str, ObservedAttendance] = {}
        self.reverted: set[str] = set()

    def see(self, observations: list[Observation]) -> None:
        for observation in observations:
            one = self.objects.setdefault(observation.object_id, ObservedObject(observation.object_id, "c1"))
            if not one.update(observation.parts):
                continue
            change = one.reconcile(ATTENDANCE_ADAPTERS[self.of.system].facts(one.id, one.parts, self.of), digest)
            for id, fact in change.added:
                assert id not in self.events, "an id was used twice"
                self.events[id] = fact
            assert not self.reverted & set(change.reverted), "reverted twice"
            self.reverted |= set(change.reverted)

    def standing(self) -> set[tuple[datetime, str]]:
        return {(fact.at, fact.data.model_dump_json()) for id, fact in self.events.items() if id not in self.reverted}


@given(
    system=st.sampled_from(["hievents", "swapcard", "pretix", "eventbrite"]),
    moves=st.lists(st.integers(0, 11), min_size=1, max_size=12),
    repeats=st.lists(st.integers(0, 11), max_size=6),
    seed=st.integers(0, 2**32),
)
def test_shuffled_and_repeated_deliveries_leave_the_same_facts_standing(
    system: Any, moves: list[int], repeats: list[int], seed: int
) -> None:
    of = connection(system)
    in_order = heard(moves, of)
    straight, shuffled = Desk(of), Desk(of)
    for observations in in_order:
        straight.see(observations)
    arriving = in_order + [in_order[n % len(in_order)] for n in repeats]
    Random(seed).shuffle(arriving)
    for observations in arriving:
        shuffled.see(observations)
    assert shuffled.standing() == straight.standing()


@given(moves=st.lists(st.integers(0, 11), min_size=1, max_size=12))
def test_what_was_published_agrees_with_the_state_after_every_step(moves: list[int]) -> None:
    of = connection("pretix")
    desk = Desk(of)
    for observations in heard(moves, of):
        desk.see(observations)
        facts = [fact for one in desk.objects.values() for fact in ATTENDANCE_ADAPTERS["pretix"].facts(one.id, one.parts, of)]
        assert desk.standing() == {(fact.at, fact.data.model_dump_json()) for fact in facts}


def test_an_address_that_changes_there_and_back_moves_the_fact_each_time() -> None:
    desk = Desk(connection("hievents"))
    desk.see(heard([0], desk.of)[0])
    first = desk.standing()
    for minute, email in ((1, "b@x.org"), (2, "a@example.org"), (3, "b@x.org"), (4, "a@example.org")):
        webhook = hievents_webhook("attendee.updated", hievents_attendee(email=email, updated_at=at(minute)), at(minute))
        desk.see([*WEBHOOK_ADAPTERS["hievents"].read(WebhookRequest({}, {}, encoded(webhook)), desk.of).observations])
        assert len(desk.standing()) == 1
    assert desk.standing() == first
    assert (len(desk.events), len(desk.reverted)) == (5, 4)
    assert not any("@" in id or len(id) > 240 for id in desk.events)


def test_of_two_versions_with_one_rank_the_same_one_is_kept_whichever_came_first() -> None:
    one, other = ObservedPart("p", "1", {"a": 1}), ObservedPart("p", "1", {"a": 2})
    ends = []
    for parts in ((one, other), (other, one)):
        seen = ObservedObject("o", "c1")
        for part in parts:
            seen.update([part])
        assert not seen.update(parts)
        ends.append(seen.parts)
    assert ends[0] == ends[1]


def test_pauses_double_up_to_an_hour_and_are_no_shorter_than_asked_for() -> None:
    first = timedelta(seconds=4)
    assert [pause(n, first, 1.0).total_seconds() for n in (1, 2, 3)] == [4, 8, 16]
    assert pause(1, first, 0.0).total_seconds() == 2
    assert pause(10_000, first, 1.0) == pause(1, first, 1.0, retry_after=1e9) == MAX_PAUSE
    assert pause(1, first, 0.5, retry_after=60).total_seconds() == 60


def test_of_one_object_a_bounded_number_of_parts_is_kept_and_what_is_known_can_still_change() -> None:
    one = ObservedObject("order/A", "c1")
    one.update(ObservedPart(f"position/{n}", "1", {}) for n in range(MAX_PARTS))
    with pytest.raises(ObjectTooLarge, match="order/A"):
        one.update([ObservedPart("one more", "1", {}), ObservedPart("position/1", "2", {})])
    assert one.parts["position/1"].rank == "1"
    assert one.update([ObservedPart("position/1", "2", {})])
    with pytest.raises(ObjectTooLarge, match="bytes"):
        one.update([ObservedPart("position/1", "3", {"x": "x" * MAX_BYTES})])


def test_a_fact_that_waits_for_a_session_is_stated_once_it_is_known_and_stays_when_it_leaves_the_schedule() -> None:
    one, of = ObservedObject("attendee/2", "c1"), connection("hievents", sessions={"3": "s1"})
    one.update(heard([0], of)[0][0].parts)
    facts = ATTENDANCE_ADAPTERS["hievents"].facts(one.id, one.parts, of)
    known = Conference("conf", 1, "PyConf", START.date(), START.date(), {"s1": Session(id="s1", title="Arrays")})
    for conference, pending, stated in (
        (None, "conference unknown", 0),
        (replace(known, sessions={}), "session unknown", 0),
        (known, "", 1),
        (None, "", 0),
    ):
        change = one.reconcile(facts, digest, lambda fact, of=conference: waits_for(fact.data, of))  # type: ignore[misc]
        assert change.pending.startswith(pending)
        assert bool(change.pending) == bool(pending)
        assert (len(change.added), change.reverted) == (stated, [])
