"""Counts turnouts in the background, and publishes changed ones."""

from datetime import datetime, timedelta

import structlog

from registration.turnout.domain import Turnout, TurnoutCount
from registration.turnout.repository import Turnouts
from shared.contract.topics import TURNOUT
from shared.database.mongo import Database, Tx
from shared.database.spaced_work import Keep, SpacedWork

log = structlog.get_logger(__name__)


class TurnoutCounter:
    """Counts everybody from time to time. Only one instance does it at a time."""

    def __init__(self, repository: Turnouts, database: Database, pause: timedelta) -> None:
        self._repository = repository
        self._database = database
        self._work = SpacedWork(repository.leases, "turnout", pause)

    async def count(self) -> None:
        """Count and publish, if it is due."""
        await self._work.run(self._count)

    async def _count(self, _started: datetime, keep: Keep) -> None:
        count = TurnoutCount(await self._repository.merged())
        async for presences in self._repository.presences():
            count.add(presences)
            await keep()
        turnouts = count.finish()
        changed = await self._database.transact(lambda tx: self.publish(turnouts, tx))
        if changed:
            log.info("turnout_published", conferences=changed)

    async def publish(self, turnouts: dict[str, Turnout], tx: Tx) -> int:
        """Publish the turnouts that have changed, including those that dropped to nobody, in this transaction.

        Returns:
            How many were published.
        """
        published = await self._repository.published(tx)
        changed = 0
        for conference_id in sorted(turnouts.keys() | published.keys()):
            before = published.get(conference_id)
            event = turnouts.get(conference_id, Turnout()).event(conference_id, before.version + 1 if before else 1)
            if before and event == before.model_copy(update={"version": event.version}):
                continue
            await self._repository.save(event, tx)
            tx.publish(TURNOUT, conference_id, event, version=event.version)
            changed += 1
        return changed
