"""Writes the mails that are due, and sees to what waits. Several instances may do so at once: each mail is written by one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge

from notifications.metrics import MAILS
from notifications.repository.messages import Messages
from notifications.repository.people import People
from notifications.repository.plans import Plans
from notifications.use_cases.writing import Composed, Writing
from shared.mongo import Database, Tx

log = structlog.get_logger(__name__)

PENDING: Final = Gauge("mails_pending", "mails that are due and not yet written")
PLANNED: Final = Gauge("mails_planned", "plans for mails, those for later days too")

DIGESTS_TOGETHER: Final = 100
PLANS_TOGETHER: Final = 10


class Composer:
    """``queued`` is set when there are new mails, so that they need not wait for a sender's next look."""

    def __init__(
        self,
        writing: Writing,
        people: People,
        plans: Plans,
        messages: Messages,
        database: Database,
        queued: asyncio.Event,
        keep: timedelta,
    ) -> None:
        self._writing = writing
        self._people = people
        self._plans = plans
        self._messages = messages
        self._database = database
        self._queued = queued
        self._keep = keep

    async def compose_due(self) -> None:
        """Write all that is due now: plans first, as offers are among them."""
        more = True
        while more:
            plans = await self._compose(lambda tx: self._writing.write_plans(PLANS_TOGETHER, tx))
            digests = await self._compose(lambda tx: self._writing.write_digests(DIGESTS_TOGETHER, tx))
            more = bool(plans.seen or digests.seen)

    async def _compose(self, write: Callable[[Tx], Awaitable[Composed]]) -> Composed:
        composed = await self._database.transact(write)
        for id, error in composed.failed.items():
            MAILS.labels("failed").inc()
            log.error("mail_not_written", message_id=id, error=error)
        if composed.seen:
            self._queued.set()
        return composed

    async def see_to_the_rest(self) -> None:
        """Measure what waits, and drop what was kept long enough."""
        now = datetime.now(UTC)
        PENDING.set(await self._people.count_pending(now) + await self._plans.count_due(now))
        PLANNED.set(await self._plans.count_open())
        await self._plans.sweep(now - self._keep)
        await self._messages.sweep_bodies(now)
