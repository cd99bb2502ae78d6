"""Applies a batch of records in one transaction; a bad record goes to the dead-letter topic and blocks nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from shared.backoff import Backoff
from shared.contract.envelope import Event, Record, Rejected, unpack
from shared.contract.topics import Topic
from shared.database.mongo import Tx
from shared.messaging.dead_letters.letters import size
from shared.messaging.failure_streak import Streak
from shared.messaging.lossless_consumer import UndecodableRecord
from shared.messaging.slow_records import SlowRecords
from shared.settings import ServiceSettings
from shared.transient_errors import TooSlow, described, passes

log = structlog.get_logger(__name__)

_LARGE_BATCH = 64 * 1024
"""A batch with more bytes is read in a thread, because publishers can make reading slow."""

LONGEST_PAUSE = 10.0
"""The longest pause before a retry, in seconds."""

Handler = Callable[[list[Event], Tx], Awaitable[None]]
"""Applies a batch of events in the transaction given. It leaves an event out with ``tx.reject``; an exception fails the batch."""

Bury = Callable[[Record, str, int], Awaitable[None]]
"""Dead-letters a record with the reason and the number of attempts. Returns once the dead letter is stored."""

Transact = Callable[[Callable[[Tx], Awaitable[list[tuple[Event, str]]]]], Awaitable[list[tuple[Event, str]]]]


class Halted(Exception):
    """Too many records in a row failed, from several sources: the fault is probably ours."""


@dataclass(frozen=True, slots=True)
class UnappliedRecord:
    """A record to dead-letter, because it cannot be applied, and the reason."""

    record: Record
    reason: str
    attempts: int = 1
    event: Event | None = None
    """The event, if the record could be read."""
    failed: bool = False
    """Whether it failed again and again, so that the fault may be ours."""


NoteUnapplied = Callable[[Sequence[UnappliedRecord]], Awaitable[None]]
"""Notes records that will be dead-lettered without the handler's knowledge: it did not leave them out itself."""


class _Batch:
    """The state of one batch: which of its records were applied, left out, or failed."""

    def __init__(self) -> None:
        self.applied = 0
        self.left_out: list[UnappliedRecord] = []
        """The records that the handler left out."""
        self.unapplied: list[UnappliedRecord] = []
        """The records that could not be read, or on which the handler failed."""
        self.failed: list[tuple[Event, Exception]] = []
        """The events that fail alone, in order."""
        self.slow: tuple[Event, TooSlow] | None = None
        """The event that was too slow alone."""


async def _always() -> bool:
    return True


class BatchApplier:
    """Applies the records of some topics by a handler."""

    def __init__(
        self,
        topics: dict[str, Topic],
        handler: Handler,
        transact: Transact,
        bury: Bury,
        settings: ServiceSettings,
        unapplied: NoteUnapplied | None = None,
        takes_writes: Callable[[], Awaitable[bool]] = _always,
    ) -> None:
        self.stepped_at = 0.0
        """When it last began a step, by the monotonic clock. If that is long ago, it is stuck."""
        self._topics = topics
        self._handler = handler
        self._transact = transact
        self._bury = bury
        self._unapplied = unapplied
        self._settings = settings
        self._backoff = Backoff(timedelta(seconds=settings.retry_seconds), timedelta(seconds=LONGEST_PAUSE))
        self._takes_writes = takes_writes
        self._streak = Streak(settings.halt_after)
        self._slow = SlowRecords()

    async def apply(self, records: Sequence[Record]) -> list[UnappliedRecord]:
        """Apply or dead-letter every record, so that the offsets may be committed. Returns the dead-lettered records.

        Raises:
            Halted: the fault is probably ours. Nothing was dead-lettered, and nothing may be committed; try again later.
            Exception: a passing failure, such as a server that is down. The same applies.
        """
        batch = _Batch()
        if sum(map(size, records)) > _LARGE_BATCH:
            events = await asyncio.to_thread(self._read, records, batch)
        else:
            events = self._read(records, batch)
        slow: list[Event] = []
        if events:
            slow = [event for event in events if event in self._slow]
            if others := [event for event in events if event not in self._slow]:
                await self._apply(others, batch)
            if batch.slow:
                slow.append(batch.slow[0])
            too_slow = await self._apply_slow(slow, batch)
            await self._apply_again(batch)
            batch.failed += too_slow
            self._judge(batch)
        if self._unapplied and batch.unapplied:
            await self._unapplied(batch.unapplied)
        to_bury = batch.left_out + batch.unapplied
        # Last: while the database is down, the batch is delivered again and again, and each time would dead-letter them.
        await asyncio.gather(*(self._bury(letter.record, letter.reason, letter.attempts) for letter in to_bury))
        for event in slow:
            self._slow.forget(event)
        return to_bury

    def _read(self, records: Sequence[Record], batch: _Batch) -> list[Event]:
        events = []
        for record in records:
            self.stepped_at = time.monotonic()
            if isinstance(record, UndecodableRecord):
                batch.unapplied.append(UnappliedRecord(record, record.reason))
                continue
            try:
                events.append(unpack(record, self._topics[record.topic]))
            except Rejected as rejected:
                batch.unapplied.append(UnappliedRecord(record, str(rejected)))
            except Exception as error:
                log.error("record_unreadable", exc_info=error)
                batch.unapplied.append(UnappliedRecord(record, f"cannot be read: {type(error).__name__}"))
        return events

    async def _apply(self, events: list[Event], batch: _Batch) -> None:
        self.stepped_at = time.monotonic()
        try:
            await self._apply_together(events, batch)
        except Rejected as rejected:
            if len(events) > 1:
                await self._apply_halves(events, batch)
            else:
                batch.unapplied.append(UnappliedRecord(events[0].record, str(rejected), event=events[0]))
        except Exception as error:
            if passes(error):
                raise
            if len(events) == 1 and isinstance(error, TooSlow):
                if batch.slow:
                    raise  # a second slow one: the database is probably slow
                batch.slow = events[0], error
                self._slow.remember(events[0])
                return
            if len(events) == 1:
                batch.failed.append((events[0], error))
                return
            log.warning("batch_halved", records=len(events), error=described(error))
            await self._apply_halves(events, batch)

    async def _apply_halves(self, events: list[Event], batch: _Batch) -> None:
        """Apply both halves, in order, to find the bad event among them."""
        middle = len(events) // 2
        await self._apply(events[:middle], batch)
        await self._apply(events[middle:], batch)

    async def _apply_together(self, events: list[Event], batch: _Batch) -> None:
        async def work(tx: Tx) -> list[tuple[Event, str]]:
            await self._handler(events, tx)
            return tx.rejected

        rejected = await self._transact(work)
        batch.applied += len(events)
        batch.left_out += [UnappliedRecord(event.record, reason) for event, reason in rejected]

    async def _apply_slow(self, events: list[Event], batch: _Batch) -> list[tuple[Event, Exception]]:
        """Try the events that were too slow again, each alone and after all others. Returns the events that are to blame.

        An attempt counts only if the database takes writes: others of the batch were applied, or a probe succeeds.

        Raises:
            TooSlow: the database may be slow.
        """
        to_blame: list[tuple[Event, Exception]] = []
        for event in events:
            while self._slow.blamed(event) < self._settings.attempts:
                batch.slow = None
                await self._apply([event], batch)
                if batch.slow is None:
                    break
                if not (batch.applied or (len(events) == 1 and await self._takes_writes())):
                    raise batch.slow[1]
                self._slow.blame(event)
            else:
                to_blame.append((event, TooSlow(f"it did not finish in time on its own, {self._slow.blamed(event)} times")))
        return to_blame

    async def _apply_again(self, batch: _Batch) -> None:
        """Try the events that failed again, each alone. They pause together, so that many pause no longer than one."""
        for attempt in range(1, self._settings.attempts):
            if not batch.failed:
                return
            await asyncio.sleep(self._backoff.pause(attempt).total_seconds())
            failed, batch.failed = batch.failed, []
            for event, _ in failed:
                await self._apply([event], batch)

    def _judge(self, batch: _Batch) -> None:
        """Decide whether the events that failed are to blame.

        Raises:
            Halted: the fault is probably ours, because most events fail, whoever sent them.
        """
        if batch.applied >= len(batch.failed):
            self._streak = Streak(self._settings.halt_after)
        else:
            streak = self._streak.after((event, self._topics[event.record.topic].publisher) for event, _ in batch.failed)
            if streak.is_ours:
                self._slow.forget_all()  # so that they are tried again, and the halt can end
                raise Halted(f"{streak}, the last with {described(batch.failed[-1][1])}")
            self._streak = streak
        for event, error in batch.failed:
            log.error("record_failed", type=event.type, id=event.id, correlation_id=event.correlation_id, error=described(error))
            reason = f"could not be applied: {described(error)}"
            batch.unapplied.append(UnappliedRecord(event.record, reason, self._settings.attempts, event, failed=True))
