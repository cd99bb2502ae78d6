"""Names of people in placements: as given in their application, while it is shared with the host."""

from collections.abc import Iterable

from matching.applications.domain.application import PRIVATE
from matching.applications.repository.applications import ApplicationsRepository


class People:
    """Finds names in applications."""

    def __init__(self, applications: ApplicationsRepository) -> None:
        self._applications = applications

    async def names(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The names of attendees who applied and still share their name, by pair of listing and attendee."""
        wanted = set(pairs)
        found = await self._applications.of_pairs(wanted) if wanted else []
        return {(one.listing_id, one.attendee_id): one.letter.name for one in found if one.letter and one.state not in PRIVATE}
