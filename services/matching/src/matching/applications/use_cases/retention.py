"""What of applications and placements is kept for a time only."""

from collections.abc import Collection
from datetime import datetime

from matching.applications.domain.application import course_only
from matching.applications.repository import ApplicationsRepository
from matching.placements.domain.placement import course_only as placement_course_only
from matching.placements.repository import PlacementsRepository
from shared.database.mongo import Tx


class Retention:
    """Reduces what ended long ago to its course, in the transaction given. Nothing is published: events had none of it."""

    def __init__(self, applications: ApplicationsRepository, placements: PlacementsRepository) -> None:
        self._applications = applications
        self._placements = placements

    async def reduce_applications(self, before: datetime, ids: Collection[str], tx: Tx) -> None:
        """Delete letters and profiles of these applications, as far as they ended before."""
        found = await self._applications.get_many(ids, tx)
        over = [one for one in found if one.over_since is not None and one.over_since < before]
        await self._applications.save(map(course_only, over), tx)

    async def reduce_placements(self, before: datetime, ids: Collection[str], tx: Tx) -> None:
        """Delete what was said about these placements, as far as they ended before."""
        found = await self._placements.get_many(ids, tx)
        over = [one for one in found if one.over_since is not None and one.over_since < before]
        await self._placements.save_all(map(placement_course_only, over), tx)
