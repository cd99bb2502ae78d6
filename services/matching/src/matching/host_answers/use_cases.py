"""Counts how hosts answer in the background, so that a page about all of them reads little."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from matching.applications.repository import ApplicationsRepository
from matching.host_answers.domain import CountedHosts, HostTally, worst_first
from matching.host_answers.repository import HostAnswersRepository
from matching.roles.repository import RolesRepository
from shared.database.spaced_work import Keep, SpacedWork

SOON: Final = timedelta(days=3)
PAUSE: Final = timedelta(minutes=1)


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
        counts = await self._applications.count_by_host(started + SOON)
        await keep()
        conferences: dict[str, list[HostTally]] = defaultdict(list)
        for id, name, conference_ids in await self._roles.hosts():
            for conference in conference_ids:
                conferences[conference].append(HostTally(name, *counts.get(id, ())))
        for conference, hosts in conferences.items():
            await self._repository.save(conference, CountedHosts(started, worst_first(hosts)))
            await keep()
        await self._repository.forget(started)
