"""Applying a batch of records: one transaction; a bad record goes to the dead-letter topic and stops nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError

from shared.envelope import Event, Record, Rejected, unpack
from shared.mongo import TooSlow, Tx
from shared.settings import ServiceSettings
from shared.topics import Topic

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 10.0
"""In seconds, before something is tried again."""

Handler = Callable[[list[Event], Tx], Awaitable[None]]
"""Applies a batch of events in the transaction given; ``tx.reject`` leaves one out, an exception fails the batch."""

Bury = Callable[[Record, str, int], Awaitable[None]]
"""Puts a record into the dead-letter topic, with the reason and the number of attempts; returns once it is kept."""

Transact = Callable[[Callable[[Tx], Awaitable[list[tuple[Event, str]]]]], Awaitable[list[tuple[Event, str]]]]


class Halted(Exception):
    """Too many records in a row failed: this looks like a fault of ours, not of theirs."""


class Delivery:
    """Applies the records of some topics by a handler."""

    def __init__(
        self, topics: dict[str, Topic], handler: Handler, transact: Transact, bury: Bury, settings: ServiceSettings
    ) -> None:
        self._topics = topics
        self._handler = handler
        self._transact = transact
        self._bury = bury
        self._settings = settings
        self._failed_in_a_row = 0

    async def apply(self, records: Sequence[Record]) -> None:
        """Apply or dead-letter every record. On return all of it is kept, and the offsets may be committed.

        Raises:
            Halted: an operator must look.
            Exception: trouble that passes (a server is away); nothing may be committed, all is to be delivered again.
        """
        events, unreadable = [], []
        for record in records:
            try:
                events.append(unpack(record, self._topics[record.topic]))
            except Rejected as rejected:
                unreadable.append((record, str(rejected)))
            except Exception as error:
                log.error("record_unreadable", exc_info=error)
                unreadable.append((record, f"cannot be read: {type(error).__name__}"))
        if events:
            await self._apply(events)
        # Last: while the database is away the batch comes again and again, and would bury them each time.
        await asyncio.gather(*(self._bury(record, reason, 1) for record, reason in unreadable))

    async def _apply(self, events: list[Event]) -> None:
        try:
            await self._apply_together(events)
        except Exception as error:
            if passes(error):
                raise
            if len(events) == 1:
                if isinstance(error, TooSlow):
                    raise
                await self._apply_alone(events[0], error)
                return
            # One of them is bad: halve until it is alone. Halves stay in order.
            log.warning("batch_halved", records=len(events), error=described(error))
            middle = len(events) // 2
            await self._apply(events[:middle])
            await self._apply(events[middle:])

    async def _apply_together(self, events: list[Event]) -> None:
        async def work(tx: Tx) -> list[tuple[Event, str]]:
            await self._handler(events, tx)
            return tx.rejected

        rejected = await self._transact(work)
        self._failed_in_a_row = 0
        await asyncio.gather(*(self._bury(event.record, reason, 1) for event, reason in rejected))

    async def _apply_alone(self, event: Event, error: Exception) -> None:
        for attempt in range(1, self._settings.attempts):
            await asyncio.sleep(min(self._settings.retry_seconds * 2 ** (attempt - 1), LONGEST_PAUSE))
            try:
                await self._apply_together([event])
                return
            except Exception as again:
                if passes(again) or isinstance(again, TooSlow):
                    raise
                error = again
        self._failed_in_a_row += 1
        if self._failed_in_a_row > self._settings.halt_after:
            raise Halted(f"{self._settings.halt_after} records in a row failed, the last with {described(error)}") from error
        log.error("record_failed", type=event.type, id=event.id, correlation_id=event.correlation_id, error=described(error))
        await self._bury(event.record, f"could not be applied: {described(error)}", self._settings.attempts)


def described(error: BaseException) -> str:
    """What went wrong, for logs: MongoDB's errors quote whole documents, so of those only kind and code."""
    if isinstance(error, PyMongoError):
        return f"{type(error).__name__}(code={getattr(error, 'code', None)})"
    return repr(error)


def passes(error: Exception) -> bool:
    """Whether this is trouble that passes by itself: a server away or too slow, a conflict with another transaction."""
    if isinstance(error, TooSlow):
        return False  # fewer at once may do
    if isinstance(error, ConnectionFailure | ExecutionTimeout | KafkaError | TimeoutError | OSError):
        return True
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")
