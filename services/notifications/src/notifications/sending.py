"""Sending what is queued: claim, hand over, record, so that a crash at any moment neither loses nor repeats a mail.

    queued → claimed → sending → sent | failed | unknown

A claim ends with its lease. One that ended before the mail was handed over is claimed again; one that ended afterwards
leaves a mail that the server may have taken: that is not repeated, but counted, logged and left to an operator.
"""

import asyncio
import logging
import random
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from prometheus_client import Counter, Gauge
from pymongo.errors import ConnectionFailure

from notifications.domain import Message, State, doubling, pause
from notifications.rendering import Renderer
from notifications.repository import Repository
from notifications.settings import Settings
from notifications.smtp import Away, Connection, NotNow, Refused, Server, Unclear
from notifications.use_cases import Composed, Notifications
from shared.logging import correlated
from shared.mongo import Database

log = structlog.get_logger(__name__)

MAILS = Counter("mails", "mails by how they ended; deferred ones are tried again", ["status"])
PENDING = Gauge("mails_pending", "attendees to whom a mail will be composed")

COMPOSED_TOGETHER: Final = 100
CLAIMED_TOGETHER: Final = 50
LOOK_SECONDS: Final = 1.0
"""How often a sender looks for mails that others queued, or that are due again."""
LONGEST_AWAY: Final = timedelta(seconds=30)
"""The longest wait before a mail server that was away is tried again."""


class Composer:
    """Queues the mails that are due. Several instances may do so at once: each mail is queued by one of them."""

    def __init__(self, notifications: Notifications, repository: Repository, database: Database) -> None:
        self._notifications = notifications
        self._repository = repository
        self._database = database
        self.queued = asyncio.Event()
        """Set when there are new mails, so that they need not wait for a sender's next look."""

    async def compose_due(self) -> None:
        while (composed := await self._compose()).attendees:
            for id, error in composed.failed.items():
                MAILS.labels("failed").inc()
                log.error("mail_not_composed", attendee_id=id, error=error)
            self.queued.set()

    async def _compose(self) -> Composed:
        return await self._database.transact(lambda tx: self._notifications.compose_some(COMPOSED_TOGETHER, tx))

    async def see_to_the_rest(self) -> None:
        """Take back what a crashed instance had in hand, and measure what waits."""
        PENDING.set(await self._repository.count_pending())
        if lost := await self._repository.end_leases(_now()):
            MAILS.labels("unknown").inc(lost)
            log.error("mails_cut_off", mails=lost, meaning="the mail server may have them; they are not sent again")


class Claims:
    """The mails that this instance has claimed, and its senders have not yet begun to send."""

    def __init__(self, repository: Repository, lease: timedelta) -> None:
        self._repository = repository
        self._lease = lease
        self._messages: deque[Message] = deque()
        self._refilling = asyncio.Lock()

    async def take(self) -> Message | None:
        """The next mail to send, None where none is due."""
        async with self._refilling:
            if not self._messages:
                self._messages.extend(await self._repository.claim_messages(uuid4().hex, _now(), self._lease, CLAIMED_TOGETHER))
            return self._messages.popleft() if self._messages else None

    async def release(self) -> None:
        """Leave the rest to other instances."""
        rest, self._messages = self._messages, deque()
        await self._repository.release(rest, _now())


class Sender:
    """Sends one mail after the other over one connection."""

    def __init__(
        self,
        notifications: Notifications,
        repository: Repository,
        database: Database,
        renderer: Renderer,
        settings: Settings,
        claims: Claims,
        queued: asyncio.Event,
    ) -> None:
        self._notifications = notifications
        self._repository = repository
        self._database = database
        self._claims = claims
        self._renderer = renderer
        self._connection = Connection(Server.parse(settings.smtp_url), settings.smtp_seconds)
        self._queued = queued
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._first_pause = timedelta(seconds=settings.mail_retry_seconds)
        self._give_up_after = timedelta(hours=settings.give_up_hours)
        self._away = 0
        """How many times in a row the mail server was away."""

    async def run(self) -> None:
        """Send until cancelled. A mail in hand is ended first: in the middle of it, nobody could say whether it went."""
        try:
            while True:
                # Cleared before looking: what is queued after the look sets it again.
                self._queued.clear()
                while await self._unbroken(self._send_next()):
                    if self._away:
                        await asyncio.sleep(self._away_pause().total_seconds())
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._queued.wait(), LOOK_SECONDS)
        finally:
            await self._connection.close()
            await self._claims.release()

    async def _unbroken(self, work: Coroutine[Any, Any, bool]) -> bool:
        task = asyncio.create_task(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await task
            raise

    async def _send_next(self) -> bool:
        """Send the next mail that is due. Returns whether there was one."""
        message = await self._claims.take()
        if message is None:
            return False
        with correlated(message.correlation_id):
            try:
                answer = await self._hand_over(message)
            except Refused as refused:
                await self._end(message, "failed", str(refused))
            except Unclear as unclear:
                await self._end(message, "unknown", str(unclear))
            except NotNow as not_now:
                await self._postpone(message, not_now)
            else:
                self._away = 0
                if answer is not None:
                    await self._end(message, "sent", answer)
        return True

    async def _hand_over(self, message: Message) -> str | None:
        """Returns the server's answer, or None where the message is not to be sent any more."""
        attendee = await self._repository.attendee(message.attendee_id)
        if attendee is None or attendee.contact is None or not attendee.may_be_mailed:
            await self._database.transact(lambda tx: self._notifications.cancel_unwanted(message.attendee_id, tx))
            log.info("mail_cancelled", message_id=message.id, attendee_id=message.attendee_id)
            return None
        address = attendee.contact.email
        try:
            mail = self._renderer.mail(message, attendee.contact, _now())
        except ValueError as error:
            raise Refused(f"the mail cannot be written: {type(error).__name__}") from None
        try:
            await self._connection.offer(self._renderer.sender, address)
            if not await self._repository.begin_sending(message, _now(), self._lease):
                await self._connection.withdraw()
                return None
            return await self._connection.transmit(mail)
        except (Refused, NotNow, Unclear) as outcome:
            # Servers like to quote the address, which is kept with the contact and nowhere else.
            raise type(outcome)(re.sub(re.escape(address), "(recipient)", str(outcome), flags=re.IGNORECASE)) from None

    async def _end(self, message: Message, state: State, answer: str) -> None:
        if not await self._insist(lambda: self._repository.end(message, state, answer, _now())):
            return
        MAILS.labels(state).inc()
        level = {"failed": logging.WARNING, "unknown": logging.ERROR}.get(state, logging.INFO)
        log.log(level, f"mail_{state}", message_id=message.id, attendee_id=message.attendee_id, answer=answer)

    async def _postpone(self, message: Message, reason: NotNow) -> None:
        now, deferrals = _now(), message.deferrals
        if now - message.created_at > self._give_up_after:
            await self._end(message, "failed", f"given up: {reason}")
            return
        if isinstance(reason, Away):
            self._away += 1
            wait = self._away_pause()
            log.warning("mail_server_away", answer=str(reason), pause=wait.total_seconds())
        else:
            deferrals += 1
            wait = pause(deferrals, self._first_pause, random.random())  # noqa: S311 - spreads load, keeps no secret
            MAILS.labels("deferred").inc()
            log.info("mail_deferred", message_id=message.id, attendee_id=message.attendee_id, answer=str(reason))
        if not await self._insist(lambda: self._repository.postpone(message, str(reason), now, now + wait, deferrals)):
            await self._end(message, "cancelled", "")  # its attendee was erased meanwhile

    def _away_pause(self) -> timedelta:
        return doubling(self._first_pause, self._away, LONGEST_AWAY)

    async def _insist(self, write: Callable[[], Awaitable[bool]]) -> bool:
        """Record what became of a mail, also where the database is away for a while: nobody else knows it."""
        give_up_at = _now() + self._lease
        while True:
            try:
                return await write()
            except ConnectionFailure:
                if _now() > give_up_at:
                    raise
                await asyncio.sleep(0.5)


def _now() -> datetime:
    return datetime.now(UTC)
