"""Deleting what was kept long enough, a batch in each transaction. Several instances may do so at once."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from notifications.messages.repository.messages import Messages
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.work_batches import batched
from shared import clock
from shared.database.mongo import Database

_PAUSE_SECONDS: Final = 0.1
"""After each transaction, so that sending goes on while much is deleted."""


class Sweeper:
    """Deletes ended messages and scheduled mails, and the projections that they needed."""

    def __init__(
        self,
        messages: Messages,
        scheduled_mails: ScheduledMails,
        projections: Projections,
        database: Database,
        keep: timedelta,
        keep_records: timedelta,
    ) -> None:
        """``keep``: how long ended scheduled mails are kept; ``keep_records``: ended messages, and what they were about."""
        self._messages = messages
        self._scheduled_mails = scheduled_mails
        self._projections = projections
        self._database = database
        self._keep = keep
        self._keep_records = keep_records

    async def sweep(self) -> None:
        """Delete all that was kept long enough."""
        now = clock.now()
        before = now - self._keep_records
        for sweep_batch in (
            partial(self._messages.sweep_mails, now),
            partial(self._scheduled_mails.sweep, now - self._keep),
            partial(self._messages.sweep, before),
            partial(self._projections.sweep_applications, before),
            partial(self._projections.sweep_progress, before),
            partial(self._projections.ideas.sweep, before),
        ):
            more = True
            while more:
                more = await self._database.transact(sweep_batch)
                await asyncio.sleep(_PAUSE_SECONDS)
        # Last, as only what is left now still needs its listing.
        for ids in batched(await self._projections.listings_closed(before)):
            await self._database.transact(partial(self._projections.drop_listings, ids, before))
            await asyncio.sleep(_PAUSE_SECONDS)
