"""Recording the steps of many senders in one transaction (group commit): while one group is being written, the next one gathers.

A sender that has ended one mail begins the next a moment later. Nobody waits for the end of a mail alone, so ends wait for that
moment: then one transaction has both. It is little beside the time that a transaction takes, in which a crash leaves open, too,
whether a mail that was handed over has arrived.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from notifications.delivery.use_cases import DeliveryRecorder
from notifications.messages.domain.records import Begun, DeliveryStep
from shared import clock
from shared.database.mongo import Database
from shared.transient_errors import TooSlow

log = structlog.get_logger(__name__)

_PAUSE_SECONDS: Final = 0.5
GATHER_SECONDS: Final = 0.01
"""How long the ends of mails wait for the beginnings of the next ones."""
_Waiting = tuple[DeliveryStep, asyncio.Future[bool]]


class GroupCommit:
    """Records the steps of claimed messages, in the order in which they are given to it."""

    def __init__(self, records: DeliveryRecorder, database: Database, lease: timedelta) -> None:
        """``lease``: how long to keep trying while the database does not answer."""
        self._records = records
        self._database = database
        self._lease = lease
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._waited_for = asyncio.Event()
        """Set while a sender waits for one of the steps that gather."""

    def record(self, step: DeliveryStep) -> asyncio.Future[bool]:
        """A future of whether the message was still under its claim; if not, nothing was changed.

        Shield it from cancellation. It raises ``PyMongoError`` or ``TooSlow`` if the database does not answer for as long as a
        lease lasts.
        """
        recorded: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, recorded))
        if isinstance(step, Begun):
            self._waited_for.set()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return recorded

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._waited_for.wait(), GATHER_SECONDS)
                await asyncio.sleep(0)  # lets senders that are ready now join the group
                self._waited_for.clear()
                group, self._waiting = self._waiting, []
                await self._write(group)
        finally:
            self._writing = None

    async def _write(self, group: list[_Waiting]) -> None:
        try:
            results = await self._write_until_committed([step for step, _ in group])
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            if len(group) > 1 and not isinstance(error, PyMongoError | TooSlow):
                for waiting in group:  # one of the steps is faulty: record the others
                    await self._write([waiting])
                return
            for _, recorded in group:
                recorded.set_exception(error)
                recorded.exception()  # not an unhandled error if nobody waits any more
        else:
            for (_, recorded), result in zip(group, results, strict=True):
                recorded.set_result(result)

    async def _write_until_committed(self, steps: list[DeliveryStep]) -> list[bool]:
        """Keep trying while the database does not answer: only this process knows what became of these mails."""
        give_up_at = clock.now() + self._lease
        while True:
            try:
                return await self._database.transact(lambda tx: self._records.record(steps, tx))
            except (PyMongoError, TooSlow) as error:
                if clock.now() > give_up_at:
                    raise
                log.warning("mails_not_recorded_yet", mails=len(steps), error=type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)
