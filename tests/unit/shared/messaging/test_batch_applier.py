"""What becomes of a batch, without servers: who is tried again, who is dead-lettered, and when nobody is."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from shared.contract.envelope import PUBLISHER, Event, Received, Record, Rejected
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Tx
from shared.messaging.batch_applier import BatchApplier, Halted, UnappliedRecord
from shared.settings import ServiceSettings
from shared.transient_errors import TooSlow

Fails = Callable[[Event], Exception | None]


class Desk:
    """A batch applier with a handler that fails as it is told, and what came of it."""

    def __init__(self, fails: Fails, **settings: Any) -> None:
        self.fails = fails
        self.applied: list[str] = []
        self.buried: list[str] = []
        self.reasons: list[str] = []
        self.transactions = 0
        self.applier = BatchApplier(
            {"attendance.inbound": ATTENDANCE_INBOUND},
            self.handle,
            self.transact,
            self.bury,
            ServiceSettings(retry_seconds=0.001, **settings),
            self.note,
            self.takes_writes,
        )
        self.noted: list[tuple[str, str, bool]] = []
        self.away = False
        self.works = True

    async def takes_writes(self) -> bool:
        return self.works

    async def handle(self, events: list[Event], tx: Tx) -> None:
        for event in events:
            if error := self.fails(event):
                raise error
        self.applied += [event.id for event in events]

    async def transact(self, work: Callable[[Tx], Awaitable[list[tuple[Event, str]]]]) -> list[tuple[Event, str]]:
        self.transactions += 1
        return await work(Tx(None, "test"))  # type: ignore[arg-type]

    async def note(self, letters: Sequence[UnappliedRecord]) -> None:
        if self.away:
            raise AutoReconnect("away")
        self.noted += [(letter.event.id if letter.event else "", letter.reason, letter.failed) for letter in letters]

    async def bury(self, record: Record, reason: str, attempts: int) -> None:
        self.buried.append(dict(record.headers)["ce_id"].decode())  # type: ignore[union-attr]
        self.reasons.append(f"{reason} ({attempts})")


def records(count: int, *, sources: int = 1, first: int = 0) -> Sequence[Received]:
    return [
        Received(
            "attendance.inbound",
            json.dumps({"conference_id": "c", "attendee": {"email": "ada@example.org"}}).encode(),
            [
                ("ce_specversion", b"1.0"),
                ("ce_id", str(number).encode()),
                ("ce_source", f"s{number % sources}".encode()),
                ("ce_type", b"attendance.checked_in.v1"),
                ("ce_time", b"2026-07-08T10:00:00Z"),
            ],
            key=f"k{number}".encode(),
            partition=0,
            offset=number,
        )
        for number in range(first, first + count)
    ]


async def test_the_bad_ones_of_a_batch_are_dead_lettered_and_the_others_applied_in_order() -> None:
    desk = Desk(lambda event: ValueError("bad") if event.id in ("3", "7") else None)
    letters = await desk.applier.apply(records(10))
    assert desk.applied == ["0", "1", "2", "4", "5", "6", "8", "9"]
    assert desk.buried == ["3", "7"]
    assert len(letters) == 2
    assert desk.reasons == ["could not be applied: ValueError('bad') (3)"] * 2


async def test_a_batch_of_large_records_leaves_the_event_loop_free() -> None:
    # An escaped colon has the names read one by one.
    unknown = b',"\\u003a":0,' + b",".join(b'"name %d":0' % number for number in range(60_000)) + b"}"
    desk = Desk(lambda event: None)
    batch = records(20)
    for record in batch:
        record.value = (record.value or b"").removesuffix(b"}") + unknown
    begun = time.thread_time()
    await desk.applier.apply(batch)
    assert time.thread_time() - begun < 0.3  # of the loop's thread; read there, it would be a second
    assert len(desk.applied) == 20


async def test_what_a_handler_rejects_by_an_exception_is_not_tried_again() -> None:
    desk = Desk(lambda event: Rejected("no such session") if event.id == "3" else None)
    await desk.applier.apply(records(4))
    assert desk.applied == ["0", "1", "2"]
    assert desk.reasons == ["no such session (1)"]


@pytest.mark.parametrize("error", [AutoReconnect("away"), OperationFailure("out of disk", 1), OSError(28, "no space")])
async def test_nothing_is_dead_lettered_while_there_is_trouble_that_passes(error: Exception) -> None:
    desk = Desk(lambda event: error if event.id == "9" else ValueError("bad") if event.id == "1" else None)
    for _ in range(3):
        with pytest.raises(type(error)):
            await desk.applier.apply(records(10))
    assert desk.buried == []
    desk.fails = lambda event: ValueError("bad") if event.id == "1" else None
    await desk.applier.apply(records(10))
    assert desk.buried == ["1"]


async def test_a_bad_deployment_halts_without_a_dead_letter_and_goes_on_by_itself() -> None:
    desk = Desk(lambda event: KeyError("bug"), halt_after=20)
    for _ in range(3):
        with pytest.raises(Halted, match="100 records in a row failed, of 5 sources"):
            await desk.applier.apply(records(100, sources=5))
    assert desk.buried == []
    desk.fails = lambda event: None
    await desk.applier.apply(records(100, sources=5))
    assert len(desk.applied) == 100


async def test_a_bad_deployment_halts_though_records_come_one_by_one() -> None:
    desk = Desk(lambda event: KeyError("bug"), halt_after=5)
    for one in records(5, sources=3):
        await desk.applier.apply([one])
    for _ in range(3):
        with pytest.raises(Halted):
            await desk.applier.apply(records(1, first=5))
    assert desk.buried == ["0", "1", "2", "3", "4"]


async def test_a_bad_record_at_the_head_does_not_keep_a_halt_for_ever() -> None:
    desk = Desk(lambda event: KeyError("bug"), halt_after=5)
    with pytest.raises(Halted):
        await desk.applier.apply(records(50, sources=5))
    desk.fails = lambda event: ValueError("its own") if event.id == "0" else None
    await desk.applier.apply(records(50, sources=5))
    assert desk.buried == ["0"]
    assert len(desk.applied) == 49


async def test_bad_records_of_one_source_never_halt_and_cost_others_no_more_than_a_pause() -> None:
    desk = Desk(lambda event: ValueError("bad") if event.source == "s0" else None, halt_after=20)
    for first in range(0, 500, 100):
        await desk.applier.apply(records(100, first=first))
    await desk.applier.apply(records(100, sources=4, first=500))
    assert len(desk.buried) == 525
    assert len(desk.applied) == 75
    assert desk.transactions < 6 * 500


async def test_a_fault_that_passes_by_itself_costs_no_record() -> None:
    seen: dict[str, int] = {}

    def fails(event: Event) -> Exception | None:
        seen[event.id] = seen.get(event.id, 0) + 1
        return ValueError("for a while") if event.id in ("2", "3") and seen[event.id] < 3 else None

    desk = Desk(fails)
    await desk.applier.apply(records(4))
    assert sorted(desk.applied) == ["0", "1", "2", "3"]
    assert desk.buried == []


async def test_what_the_handler_did_not_leave_out_itself_is_told_of_before_it_is_buried() -> None:
    def fails(event: Event) -> Exception | None:
        return {"1": ValueError("ours"), "2": Rejected("theirs")}.get(event.id)

    desk = Desk(fails, attempts=2)
    unreadable = Received("attendance.inbound", b"{}", [("ce_id", b"9")])
    desk.away = True
    with pytest.raises(AutoReconnect):
        await desk.applier.apply([unreadable])
    assert desk.buried == []
    desk.away = False
    await desk.applier.apply([*records(4), unreadable])
    assert sorted(desk.buried) == ["1", "2", "9"]
    assert {(id, failed) for id, _, failed in desk.noted} == {("", False), ("1", True), ("2", False)}
    assert "theirs" in [reason for _, reason, _ in desk.noted]


async def test_what_the_handler_left_out_is_told_of_by_the_handler() -> None:
    class Leaving(Desk):
        async def handle(self, events: list[Event], tx: Tx) -> None:
            tx.reject(events[0], "left out")

    desk = Leaving(lambda _: None)
    await desk.applier.apply(records(2))
    assert (desk.buried, desk.noted) == (["0"], [])


async def test_what_one_api_key_brings_never_halts_whatever_its_sources_and_keys() -> None:
    desk = Desk(lambda event: KeyError("bug"), halt_after=20)
    some = records(100, sources=100)
    for record in some:
        record.headers = [*record.headers, (PUBLISHER, b"A")]
    await desk.applier.apply(some)
    assert len(desk.buried) == 100


def slow(*ids: str) -> Fails:
    return lambda event: TooSlow("60 s") if event.id in ids else None


async def test_a_record_that_alone_is_too_slow_is_dead_lettered_and_the_others_applied() -> None:
    desk = Desk(slow("3"))
    await desk.applier.apply(records(10))
    assert desk.applied == ["0", "1", "2", "4", "5", "6", "7", "8", "9"]
    assert desk.buried == ["3"]
    assert desk.reasons == ["could not be applied: TooSlow('it did not finish in time on its own, 3 times') (3)"]


async def test_a_record_that_comes_alone_and_is_too_slow_is_dead_lettered_if_the_database_works() -> None:
    desk = Desk(slow("0"))
    desk.works = False
    for _ in range(5):
        with pytest.raises(TooSlow):
            await desk.applier.apply(records(1))
    assert desk.buried == []
    desk.works = True
    await desk.applier.apply(records(1))
    assert desk.buried == ["0"]


async def test_a_slow_database_costs_no_record() -> None:
    desk = Desk(lambda event: TooSlow("60 s"))
    for _ in range(40):
        with pytest.raises(TooSlow):
            await desk.applier.apply(records(10, sources=3))
    assert desk.buried == []
    desk.fails = slow()
    await desk.applier.apply(records(10, sources=3))
    assert sorted(desk.applied) == [str(n) for n in range(10)]
    assert desk.buried == []


async def test_several_that_are_too_slow_are_found_one_delivery_after_the_other() -> None:
    desk = Desk(slow("2", "5", "7"))
    deliveries = 0
    for _ in range(10):
        deliveries += 1
        try:
            await desk.applier.apply(records(10))
            break
        except TooSlow:
            continue
    assert deliveries == 3
    assert sorted(desk.buried) == ["2", "5", "7"]
    assert {"0", "1", "3", "4", "6", "8", "9"} == set(desk.applied)


async def test_what_was_too_slow_once_is_applied_when_it_is_fast_again() -> None:
    seen: list[str] = []

    def fails(event: Event) -> Exception | None:
        seen.append(event.id)
        return TooSlow("60 s") if event.id == "3" and seen.count("3") < 6 else None

    desk = Desk(fails)
    await desk.applier.apply(records(10))
    assert sorted(desk.applied) == [str(n) for n in range(10)]
    assert desk.buried == []


async def test_a_halt_over_what_is_too_slow_ends_with_its_cause() -> None:
    desk = Desk(slow(*(str(n) for n in range(9))), halt_after=3)
    for one in records(9, sources=9):
        try:
            await desk.applier.apply([one])
        except Halted:
            break
    assert len(desk.buried) == 3
    desk.fails = slow()
    await desk.applier.apply(records(1, sources=9, first=3))
    assert desk.applied == ["3"]
