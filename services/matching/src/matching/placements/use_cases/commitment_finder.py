"""What attendees have committed to, for those who choose what is recommended to them."""

from collections.abc import Collection

from matching.model.commitments import Commitments
from matching.placements.repository import PlacementsRepository
from shared.database.mongo import Tx


class CommitmentFinder:
    """Finds commitments, in the transaction it is given."""

    def __init__(self, placements: PlacementsRepository) -> None:
        self._placements = placements

    async def find(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, Commitments]:
        """The commitments of each of these attendees who has any: placements, and the listings of those, also of past ones."""
        return {
            attendee_id: Commitments(
                placements={placement.id: placement.commitment for placement in placements if placement.live},
                listing_ids=frozenset(placement.listing_id for placement in placements),
            )
            for attendee_id, placements in (await self._placements.of_attendees(attendee_ids, tx)).items()
        }
