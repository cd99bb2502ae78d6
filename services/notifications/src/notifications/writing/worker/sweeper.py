"""Forgets what was kept long enough, a little in each transaction. Several instances may do so at once."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from notifications.batches import batched
from notifications.messages.repository.messages import Messages
from notifications.rules.repository.plans import Plans
from notifications.rules.repository.projections import Surroundings
from shared import clock
from shared.database.mongo import Database

_PAUSE_SECONDS: Final = 0.1
"""After each transaction: where much is to be forgotten, mails go on meanwhile."""


class Sweeper:
    """``keep``: for how long ended plans are kept; ``keep_records``: ended messages, and what they were about."""

    def __init__(
        self,
        messages: Messages,
        plans: Plans,
        surroundings: Surroundings,
        database: Database,
        keep: timedelta,
        keep_records: timedelta,
    ) -> None:
        self._messages = messages
        self._plans = plans
        self._surroundings = surroundings
        self._database = database
        self._keep = keep
        self._keep_records = keep_records

    async def sweep(self) -> None:
        """Forget all that was kept long enough by now."""
        now = clock.now()
        before = now - self._keep_records
        for some in (
            partial(self._messages.sweep_bodies, now),
            partial(self._plans.sweep, now - self._keep),
            partial(self._messages.sweep, before),
            partial(self._surroundings.sweep_applications, before),
            partial(self._surroundings.sweep_courses, before),
        ):
            more = True
            while more:
                more = await self._database.transact(some)
                await asyncio.sleep(_PAUSE_SECONDS)
        # Last: what was forgotten by now needs its listing no more.
        for ids in batched(await self._surroundings.listings_closed(before)):
            await self._database.transact(partial(self._surroundings.drop_listings, ids, before))
            await asyncio.sleep(_PAUSE_SECONDS)
