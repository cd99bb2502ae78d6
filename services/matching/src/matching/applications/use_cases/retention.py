"""Retention: deletes details of applications and placements that are kept for a limited time."""

from collections.abc import Collection
from datetime import datetime

from matching.applications.domain.application import course_only
from matching.applications.repository.applications import ApplicationsRepository
from matching.placements.domain.placement import course_only as placement_course_only
from matching.placements.repository import PlacementsRepository
from shared.database.mongo import Tx


class Retention:
    """Reduces old applications and placements to their course, in the caller's transaction. Events never contain more."""

    def __init__(self, applications: ApplicationsRepository, placements: PlacementsRepository) -> None:
        self._applications = applications
        self._placements = placements

    async def reduce_applications(self, before: datetime, ids: Collection[str], tx: Tx) -> None:
        """Delete the letters and profiles of the given applications that ended before this time."""
        found = await self._applications.get_many(ids, tx)
        over = [one for one in found if one.over_since is not None and one.over_since < before]
        await self._applications.save(map(course_only, over), tx)

    async def reduce_placements(self, before: datetime, ids: Collection[str], tx: Tx) -> None:
        """Delete the feedback and explanations of the given placements that ended before this time."""
        found = await self._placements.get_many(ids, tx)
        over = [one for one in found if one.over_since is not None and one.over_since < before]
        await self._placements.save_all(map(placement_course_only, over), tx)
