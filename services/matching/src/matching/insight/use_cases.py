"""Counts insight in the background, so that requests for it are cheap however many people are counted."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from matching.insight.domain.report import insights
from matching.insight.domain.tallies import Tallies
from matching.insight.repository import Insights
from shared import clock
from shared.contract.envelope import Event
from shared.contract.events.registration import TurnoutCounted
from shared.database.mongo import Tx
from shared.database.spaced_work import Keep, SpacedWork

log = structlog.get_logger(__name__)


class InsightCounter:
    """Counts everybody from time to time. One of several instances does it."""

    def __init__(self, repository: Insights, pause: timedelta, clock: Callable[[], datetime] = clock.now) -> None:
        self._repository = repository
        self._work = SpacedWork(repository.leases, "insight", pause, clock)
        self._clock = clock

    async def count(self) -> None:
        """Count if it is time. After an interruption, counting restarts once the lease has ended.

        Raises:
            LeaseLost: the count took so long that another instance has begun.
        """
        await self._work.run(self._count)

    async def _count(self, started: datetime, keep: Keep) -> None:
        taken, turnouts = await self._repository.taken(), await self._repository.turnouts()
        listings, conferences = await self._repository.listings(), await self._repository.conferences()
        # Slow steps run in a thread, so that events and requests are handled meanwhile.
        tallies = await asyncio.to_thread(Tallies, listings, conferences, taken, started, turnouts)
        people = 0
        async for batch in self._repository.people():
            for person in batch:
                tallies.add(person)
            people += len(batch)
            await keep()
        figures = insights(tallies)
        while insight := await asyncio.to_thread(next, figures, None):
            await self._repository.save(insight)
        await self._repository.forget(started)
        seconds = (self._clock() - started).total_seconds()
        log.info("insight_counted", people=people, conferences=len(tallies.conferences), seconds=seconds)


class TurnoutRecorder:
    """Records the turnouts of conferences that registration publishes, in the caller's transaction."""

    def __init__(self, repository: Insights) -> None:
        self._repository = repository

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch. Versions that are not newer than the stored ones change nothing."""
        known = await self._repository.turnout_versions({event.key for event in events}, tx)
        changed: dict[str, TurnoutCounted] = {}
        forgotten: set[str] = set()
        for event in events:
            if event.data is None:
                changed.pop(event.key, None)
                known.pop(event.key, None)
                forgotten.add(event.key)
            elif isinstance(event.data, TurnoutCounted):
                before = changed[event.key].version if event.key in changed else known.get(event.key, 0)
                if event.data.conference_id != event.key:
                    id = event.data.conference_id
                    tx.reject(event, f"conference_id: must be the key of the record, {event.key!r}, not {id!r}")
                elif event.data.version > before:
                    changed[event.key] = event.data
                    forgotten.discard(event.key)
        await self._repository.forget_turnouts(forgotten, tx)
        await self._repository.save_turnouts(changed.values(), tx)
