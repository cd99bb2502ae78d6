"""Writing down what becomes of mails, many senders in one transaction (group commit).

There is no timer: while one group is being written, the next gathers.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from notifications.delivery.use_cases import DeliveryRecords
from notifications.messages.domain import DeliveryStep
from shared import clock
from shared.database.mongo import Database
from shared.failures import TooSlow

log = structlog.get_logger(__name__)

_PAUSE_SECONDS: Final = 0.5
Waiting = tuple[DeliveryStep, asyncio.Future[bool]]


class Recorder:
    """Records the steps of messages in hand, in the order in which they are given to it."""

    def __init__(self, records: DeliveryRecords, database: Database, lease: timedelta) -> None:
        """``lease``: for how long to insist where the database is away."""
        self._records = records
        self._database = database
        self._lease = lease
        self._waiting: list[Waiting] = []
        self._message_writer: asyncio.Task[None] | None = None

    def record(self, step: DeliveryStep) -> asyncio.Future[bool]:
        """Whether the message was still in hand, once that is known and kept; where not, nothing was changed.

        To be shielded from cancellation. Raises ``PyMongoError`` or ``TooSlow`` where the database was away for as long as a
        lease lasts.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, done))
        if self._message_writer is None:
            self._message_writer = asyncio.create_task(self._write_all())
        return done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # who is ready now comes along
                group, self._waiting = self._waiting, []
                await self._write(group)
        finally:
            self._message_writer = None

    async def _write(self, group: list[Waiting]) -> None:
        try:
            kept = await self._insist([step for step, _ in group])
        except Exception as error:  # noqa: BLE001 - it is told to those who wait
            if len(group) > 1 and not isinstance(error, PyMongoError | TooSlow):
                for one in group:  # whatever is wrong with one of them, the others are kept
                    await self._write([one])
                return
            for _, done in group:
                done.set_exception(error)
                done.exception()  # whoever does not wait for it any more need not hear of it
        else:
            for (_, done), was_kept in zip(group, kept, strict=True):
                done.set_result(was_kept)

    async def _insist(self, steps: list[DeliveryStep]) -> list[bool]:
        """Record what became of mails, also where the database is away for a while: nobody else knows it."""
        give_up_at = clock.now() + self._lease
        while True:
            try:
                return await self._database.transact(lambda tx: self._records.record(steps, tx))
            except (PyMongoError, TooSlow) as error:
                if clock.now() > give_up_at:
                    raise
                log.warning("mails_not_recorded_yet", mails=len(steps), error=type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)
