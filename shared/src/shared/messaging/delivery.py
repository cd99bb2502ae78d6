"""Applying a batch of records: one transaction; a bad record goes to the dead-letter topic and stops nobody."""

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
from shared.messaging.fetching import UndecodableRecord
from shared.settings import ServiceSettings
from shared.transient_errors import TooSlow, described, passes

log = structlog.get_logger(__name__)

_LARGE_BATCH = 64 * 1024
"""Bytes of a batch's records. What is larger is read in a thread: strangers can make it slow, and a batch of it very slow."""

LONGEST_PAUSE = 10.0
"""In seconds, before something is tried again."""

Handler = Callable[[list[Event], Tx], Awaitable[None]]
"""Applies a batch of events in the transaction given; ``tx.reject`` leaves one out, an exception fails the batch."""

Bury = Callable[[Record, str, int], Awaitable[None]]
"""Puts a record into the dead-letter topic, with the reason and the number of attempts; returns once it is kept."""

Transact = Callable[[Callable[[Tx], Awaitable[list[tuple[Event, str]]]]], Awaitable[list[tuple[Event, str]]]]


class Halted(Exception):
    """Too many records in a row failed, of several sources: this looks like a fault of ours, not of theirs."""


@dataclass(frozen=True, slots=True)
class UnappliedRecord:
    """A record that cannot be applied, and why: it is to be dead-lettered."""

    record: Record
    reason: str
    attempts: int = 1
    event: Event | None = None
    """Where it could be read."""
    failed: bool = False
    """Whether it was tried again and again, so that the fault may be ours."""


OnUnapplied = Callable[[Sequence[UnappliedRecord]], Awaitable[None]]
"""Is told of records that are to be dead-lettered, and that the handler knows nothing of: it left none of them out."""


Place = tuple[str, int, int, str, str]
"""Where a record is, and which event it holds."""

_MOST_SLOW = 1000
"""Records that are remembered as too slow."""


class _Batch:
    """What has become of one batch so far."""

    def __init__(self) -> None:
        self.applied = 0
        self.left_out: list[UnappliedRecord] = []
        """Those that the handler left out."""
        self.unapplied: list[UnappliedRecord] = []
        """Those that could not be read, or that it failed on."""
        self.failed: list[tuple[Event, Exception]] = []
        """Those that fail alone, in their order."""
        self.slow: tuple[Event, TooSlow] | None = None
        """The one that was too slow alone."""


async def _always() -> bool:
    return True


class Delivery:
    """Applies the records of some topics by a handler."""

    def __init__(
        self,
        topics: dict[str, Topic],
        handler: Handler,
        transact: Transact,
        bury: Bury,
        settings: ServiceSettings,
        unapplied: OnUnapplied | None = None,
        takes_writes: Callable[[], Awaitable[bool]] = _always,
    ) -> None:
        self.stepped_at = 0.0
        """When it last began something, by the monotonic clock: where that is long ago, it is stuck."""
        self._topics = topics
        self._handler = handler
        self._transact = transact
        self._bury = bury
        self._unapplied = unapplied
        self._settings = settings
        self._backoff = Backoff(timedelta(seconds=settings.retry_seconds), timedelta(seconds=LONGEST_PAUSE))
        self._takes_writes = takes_writes
        self._streak = Streak(settings.halt_after)
        self._slow: dict[Place, int] = {}
        """Records that were too slow alone, and how often they alone were to blame. Their batch comes again meanwhile."""

    async def apply(self, records: Sequence[Record]) -> list[UnappliedRecord]:
        """Apply or dead-letter every record. On return all of it is kept, and the offsets may be committed.

        Returns those that were dead-lettered.

        Raises:
            Halted: the fault seems to be ours; nothing was dead-lettered, and nothing may be committed. It may be tried again.
            Exception: trouble that passes (a server is away); the same.
        """
        batch = _Batch()
        if sum(map(size, records)) > _LARGE_BATCH:
            events = await asyncio.to_thread(self._read, records, batch)
        else:
            events = self._read(records, batch)
        slow: list[Event] = []
        if events:
            slow = [event for event in events if _place(event) in self._slow]
            if others := [event for event in events if _place(event) not in self._slow]:
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
        # Last: while the database is away the batch comes again and again, and would bury them each time.
        await asyncio.gather(*(self._bury(letter.record, letter.reason, letter.attempts) for letter in to_bury))
        for event in slow:
            self._slow.pop(_place(event), None)
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
                    raise  # a second one: rather is it the database that is slow
                batch.slow = events[0], error
                self._remember_slow(events[0])
                return
            if len(events) == 1:
                batch.failed.append((events[0], error))
                return
            log.warning("batch_halved", records=len(events), error=described(error))
            await self._apply_halves(events, batch)

    async def _apply_halves(self, events: list[Event], batch: _Batch) -> None:
        """One of them is bad: halve until it is alone. Halves stay in order."""
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
        """Try those that were too slow some times more, each alone and after all others. Returns those that are to blame.

        A try counts only while the database takes writes: others of the batch were applied, or a probe succeeds.

        Raises:
            TooSlow: the database may be slow.
        """
        to_blame: list[tuple[Event, Exception]] = []
        for event in events:
            place = _place(event)
            while (tries := self._slow.get(place, 0)) < self._settings.attempts:
                batch.slow = None
                await self._apply([event], batch)
                if batch.slow is None:
                    break
                if not (batch.applied or (len(events) == 1 and await self._takes_writes())):
                    raise batch.slow[1]
                self._slow[place] = tries + 1
            else:
                to_blame.append((event, TooSlow(f"it alone did not end in time, {tries} times")))
        return to_blame

    def _remember_slow(self, event: Event) -> None:
        while len(self._slow) >= _MOST_SLOW:
            del self._slow[next(iter(self._slow))]
        self._slow.setdefault(_place(event), 0)

    async def _apply_again(self, batch: _Batch) -> None:
        """Try those that failed some times more, each alone. They wait together: many cost the others no more than one."""
        for attempt in range(1, self._settings.attempts):
            if not batch.failed:
                return
            await asyncio.sleep(self._backoff.pause(attempt).total_seconds())
            failed, batch.failed = batch.failed, []
            for event, _ in failed:
                await self._apply([event], batch)

    def _judge(self, batch: _Batch) -> None:
        """Decide whether those that failed are to blame.

        Raises ``Halted`` where it is rather us: then all fail, or most, whoever sent them.
        """
        if batch.applied >= len(batch.failed):
            self._streak = Streak(self._settings.halt_after)
        else:
            streak = self._streak.after((event, self._topics[event.record.topic].publisher) for event, _ in batch.failed)
            if streak.is_ours:
                self._slow.clear()  # or those would not be tried again, and the halt not end
                raise Halted(f"{streak}, the last with {described(batch.failed[-1][1])}")
            self._streak = streak
        for event, error in batch.failed:
            log.error("record_failed", type=event.type, id=event.id, correlation_id=event.correlation_id, error=described(error))
            reason = f"could not be applied: {described(error)}"
            batch.unapplied.append(UnappliedRecord(event.record, reason, self._settings.attempts, event, failed=True))


def _place(event: Event) -> Place:
    record = event.record
    return record.topic, record.partition, record.offset, event.source, event.id
