"""Updates applications in the background: offers lapse, unanswered applications close, and all follow their listings.

Instances need no coordination: work that one has done is no longer due for others. Only permanent deletion is done by one
instance at a time.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.repository.pending_commands import PendingCommands
from matching.applications.use_cases.bulk_answers import BulkAnswers
from matching.applications.use_cases.clock import ApplicationClock
from matching.applications.use_cases.retention import Retention
from matching.catalogue.repository import CatalogueRepository
from matching.placements.repository import PlacementsRepository
from shared import clock
from shared.database.leases import Leases
from shared.database.mongo import TRANSACTION_SECONDS, Database, Tx
from shared.database.spaced_work import Keep, SpacedWork
from shared.transient_errors import passes

log = structlog.get_logger(__name__)

PAGE: Final = 100
"""How many applications one transaction updates."""
LISTINGS: Final = 500
"""How many listings one query asks for."""
_SETTLED: Final = timedelta(seconds=TRANSACTION_SECONDS + 10)

Work = Callable[[Collection[str], Tx], Awaitable[None]]
"""Work on these applications or placements, in one transaction."""


class ApplicationsWorker:
    """Processes whatever is due, page by page."""

    def __init__(
        self,
        application_clock: ApplicationClock,
        applications: ApplicationsRepository,
        catalogue: CatalogueRepository,
        database: Database,
    ) -> None:
        self._clock = application_clock
        self._applications = applications
        self._catalogue = catalogue
        self._database = database
        self._seen: deque[tuple[datetime, int]] = deque()
        """When each revision of the catalogue was seen."""

    async def work(self) -> None:
        """Do all work that is due."""
        await self.pass_time(clock.now())
        await self.follow_listings(clock.now())

    async def pass_time(self, now: datetime) -> None:
        """Lapse offers, and close unanswered applications."""
        failed: set[str] = set()
        while ids := await self._applications.due(now, PAGE, failed):
            failed |= await _each(self._database, self._clock.pass_time, ids)

    async def follow_listings(self, now: datetime) -> None:
        """Apply changes of listings to their applications.

        An application that is being created concurrently may have seen the old listing. So changes are looked at again until no
        such transaction can be left, also after a restart.
        """
        revision, changed = await self._catalogue.listings_changed_since(await self._applications.followed())
        for start in range(0, len(changed), LISTINGS):
            ids = await self._applications.live_at(changed[start : start + LISTINGS])
            for first in range(0, len(ids), PAGE):
                await _each(self._database, self._clock.follow_listings, ids[first : first + PAGE])
        if changed:
            self._seen.append((now, revision))
        while self._seen and self._seen[0][0] <= now - _SETTLED:
            await self._applications.follow(self._seen.popleft()[1])


class RetentionWorker:
    """Reduces old applications and placements to their course, page by page. One instance does it at a time."""

    def __init__(
        self,
        retention: Retention,
        applications: ApplicationsRepository,
        placements: PlacementsRepository,
        database: Database,
        keep: timedelta,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """``keep``: how long details are kept after the end of an application or placement."""
        self._retention = retention
        self._applications = applications
        self._placements = placements
        self._database = database
        self._keep = keep
        self._work = SpacedWork(Leases(database.db["leases"]), "retention", timedelta(hours=1), now)

    async def sweep(self) -> None:
        """Reduce everything that is old enough, if a sweep is due."""
        await self._work.run(self._sweep)

    async def _sweep(self, started: datetime, keep_lease: Keep) -> None:
        before = started - self._keep
        for over, reduce in (
            (self._applications.over, self._retention.reduce_applications),
            (self._placements.over, self._retention.reduce_placements),
        ):
            failed: set[str] = set()
            while ids := await over(before, PAGE, failed):
                failed |= await _each(self._database, partial(reduce, before), ids)
                await keep_lease()


class PendingCommandsWorker:
    """Carries out hosts' commands once they can no longer be undone."""

    def __init__(self, bulk_answers: BulkAnswers, pending: PendingCommands, database: Database) -> None:
        self._bulk_answers = bulk_answers
        self._pending = pending
        self._database = database

    async def work(self, now: datetime | None = None) -> None:
        """Carry out all commands that are due."""
        while ids := await self._pending.due(now or clock.now(), PAGE):
            if await _each(self._database, self._bulk_answers.carry_out, ids):
                return  # the rest is done next time


async def _each(database: Database, work: Work, ids: list[str]) -> set[str]:
    """Do this work for all ids together; if that fails, one by one. Returns the ids that failed."""
    try:
        await database.transact(partial(work, ids))
    except Exception as error:
        if passes(error):
            raise  # the database is unavailable
        if len(ids) == 1:
            log.exception("application_failed", application_id=ids[0])
            return set(ids)
        return {id for one in ids for id in await _each(database, work, [one])}
    return set()
