"""Writing down what becomes of mails, many senders in one transaction (group commit).

There is no timer: while one group is being written, the next gathers.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from notifications.bounces.repository.addresses import Addresses
from notifications.contacts.repository import People
from notifications.delivery.repository import Change, Ended, Postponed, Sending
from notifications.messages.domain import Message
from notifications.messages.repository.messages import Messages
from shared import clock
from shared.database.mongo import Database, Tx
from shared.failures import TooSlow

log = structlog.get_logger(__name__)

_PAUSE_SECONDS: Final = 0.5
Waiting = tuple[Change, asyncio.Future[bool]]


class Recorder:
    """Records the changes of messages in hand, in the order in which they are given to it."""

    def __init__(
        self, sending: Sending, messages: Messages, addresses: Addresses, people: People, database: Database, lease: timedelta
    ) -> None:
        self._sending = sending
        self._messages = messages
        self._addresses = addresses
        self._people = people
        self._database = database
        self._lease = lease
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    def record(self, change: Change) -> asyncio.Future[bool]:
        """Whether the message was still in hand, once that is known and kept; where not, nothing was changed.

        To be shielded from cancellation. Raises ``PyMongoError`` or ``TooSlow`` where the database was away for as long as a
        lease lasts.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # who is ready now comes along
                group, self._waiting = self._waiting, []
                await self._write(group)
        finally:
            self._writing = None

    async def _write(self, group: list[Waiting]) -> None:
        try:
            kept = await self._insist([change for change, _ in group])
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

    async def _insist(self, changes: list[Change]) -> list[bool]:
        """Record what became of mails, also where the database is away for a while: nobody else knows it."""
        give_up_at = clock.now() + self._lease
        while True:
            try:
                return await self._database.transact(lambda tx: self._record(changes, tx))
            except (PyMongoError, TooSlow) as error:
                if clock.now() > give_up_at:
                    raise
                log.warning("mails_not_recorded_yet", mails=len(changes), error=type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _record(self, changes: list[Change], tx: Tx) -> list[bool]:
        kept = await self._sending.record(changes, self._lease, tx)
        for change, was_kept in zip(changes, kept, strict=True):
            if was_kept and isinstance(change, Ended) and change.suppress:
                message = change.claimed.message
                await self._addresses.suppress(change.suppress, change.answer, change.claimed.token, tx)
                await self._messages.requeue(message.recipient, tx)  # to be looked up again
            unsent = isinstance(change, Postponed) or (isinstance(change, Ended) and change.state == "suppressed")
            if was_kept and unsent and change.claimed.message.listing_ids:
                await self._tell_later(change.claimed.message, tx)
        return kept

    async def _tell_later(self, message: Message, tx: Tx) -> None:
        """What a digest would have told that is not wanted any more is news again."""
        if not await self._sending.is_suppressed(message, tx):
            return
        for person in (await self._people.people([message.recipient], tx)).values():
            person.forget_mailed(message.listing_ids, tx.now)
            await self._people.save([], [person], tx)
