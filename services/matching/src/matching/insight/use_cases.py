"""Insight is counted in the background: to ask for it costs nothing, however many people are counted."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from matching.insight.domain.report import insights
from matching.insight.domain.tallies import Tallies
from matching.insight.repository import Insights
from shared import clock

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
"""How long others wait for an instance that counts and was not heard of."""

REST: Final = 20
"""So many times as long as counting took, nobody counts: at most a twentieth of one core goes into it."""


class CountInsight:
    """Counts everybody, once in a while. Of several instances one does."""

    def __init__(self, repository: Insights, pause: timedelta, clock: Callable[[], datetime] = clock.now) -> None:
        self._repository = repository
        self._pause = pause
        self._clock = clock

    async def count(self) -> None:
        """Count, if it is time to. Cut off in between, it is begun anew once the lease has ended."""
        started = self._clock()
        leased = started + LEASE
        if not await self._repository.claim(started, leased):
            return
        placed = await self._repository.placed()
        taken = Counter(listing_id for listing_ids in placed.values() for listing_id in listing_ids)
        openings, conferences = await self._repository.openings(), await self._repository.conferences()
        # In a thread is what takes long at once: events and requests go on meanwhile.
        tallies = await asyncio.to_thread(Tallies, openings, conferences, taken, started)
        people = 0
        async for batch in self._repository.people(placed):
            for person in batch:
                tallies.add(person)
            people += len(batch)
            if self._clock() > leased - LEASE / 2:
                leased = self._clock() + LEASE
                await self._repository.rest(leased)
        figures = insights(tallies)
        while insight := await asyncio.to_thread(next, figures, None):
            await self._repository.save(insight)
        await self._repository.forget(started)
        ended = self._clock()
        await self._repository.rest(ended + max(self._pause, REST * (ended - started)))
        log.info(
            "insight_counted", people=people, conferences=len(tallies.conferences), seconds=(ended - started).total_seconds()
        )
