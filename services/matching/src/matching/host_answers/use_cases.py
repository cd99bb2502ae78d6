"""Counts how hosts answer in the background, so that a page about all of them reads little."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from matching.applications.repository.applications import ApplicationsRepository
from matching.host_answers.domain import CountedHosts, HostTally, worst_first
from matching.host_answers.repository import HostAnswersRepository
from matching.roles.repository import RolesRepository
from shared.database.spaced_work import Keep, SpacedWork

SOON: Final = timedelta(days=3)
PAUSE: Final = timedelta(minutes=1)
BATCH: Final = 20
"""How many hosts are counted at once: few, because some databases do nothing else meanwhile."""


class HostAnswersCounter:
    """Counts all hosts from time to time. One of several instances does it."""

    def __init__(self, repository: HostAnswersRepository, applications: ApplicationsRepository, roles: RolesRepository) -> None:
        self._repository = repository
        self._applications = applications
        self._roles = roles
        self._work = SpacedWork(repository.leases, "host-answers", PAUSE)

    async def count(self) -> None:
        """Count if it is time.

        Raises:
            LeaseLost: the count took so long that another instance has begun.
        """
        await self._work.run(self._count)

    async def _count(self, started: datetime, keep: Keep) -> None:
        conferences: dict[str, list[HostTally]] = defaultdict(list)
        hosts = await self._roles.hosts()
        for first in range(0, len(hosts), BATCH):
            batch = hosts[first : first + BATCH]
            counts = await self._applications.count_by_host([id for id, _, _ in batch], started + SOON)
            for id, name, conference_ids in batch:
                for conference in conference_ids:
                    conferences[conference].append(HostTally(name, *counts.get(id, ())))
            await keep()
        for conference, tallies in conferences.items():
            await self._repository.save(conference, CountedHosts(started, worst_first(tallies)))
            await keep()
        await self._repository.forget(started)
