"""Counts insight in the background, so that requests for it are cheap however many people are counted."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog

from matching.insight.domain.report import insights
from matching.insight.domain.tallies import Tallies
from matching.insight.repository import Insights
from shared import clock
from shared.database.leases import Lease

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
"""How long the lease on counting lasts unless it is renewed."""

_LEASED: Final = "insight"

REST: Final = 20
"""How many times as long as a count took, nobody counts: counting takes at most a twentieth of one core."""


class InsightCounter:
    """Counts everybody from time to time. One of several instances does it."""

    def __init__(self, repository: Insights, pause: timedelta, clock: Callable[[], datetime] = clock.now) -> None:
        self._repository = repository
        self._pause = pause
        self._clock = clock

    async def count(self) -> None:
        """Count, if it is time to. After an interruption, the count begins again once the lease has ended.

        Raises:
            LeaseLost: the count took so long that another instance has begun.
        """
        started = self._clock()
        lease = Lease(uuid4().hex, started + LEASE)
        if not await self._repository.leases.take(_LEASED, lease, started):
            return  # another instance counts, or it is too early
        placed = await self._repository.placed()
        taken = Counter(listing_id for listing_ids in placed.values() for listing_id in listing_ids)
        listings, conferences = await self._repository.listings(), await self._repository.conferences()
        # Slow steps run in a thread, so that events and requests are handled meanwhile.
        tallies = await asyncio.to_thread(Tallies, listings, conferences, taken, started)
        people = 0
        async for batch in self._repository.people(placed):
            for person in batch:
                tallies.add(person)
            people += len(batch)
            if self._clock() > lease.until - LEASE / 2:
                lease = replace(lease, until=self._clock() + LEASE)
                await self._repository.leases.renew(_LEASED, lease)
        figures = insights(tallies)
        while insight := await asyncio.to_thread(next, figures, None):
            await self._repository.save(insight)
        await self._repository.forget(started)
        ended = self._clock()
        rest = max(self._pause, REST * (ended - started))
        await self._repository.leases.renew(_LEASED, replace(lease, until=ended + rest))
        log.info(
            "insight_counted", people=people, conferences=len(tallies.conferences), seconds=(ended - started).total_seconds()
        )
