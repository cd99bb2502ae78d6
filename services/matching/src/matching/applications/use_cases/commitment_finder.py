"""What attendees have committed to, for those who choose what is recommended to them."""

from collections.abc import Collection

from matching.applications.domain.application import REFUSED, Application
from matching.applications.domain.terms import changed_terms, terms_of
from matching.applications.repository import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.model.commitments import Commitments
from matching.model.listings import Listing
from matching.nominations.repository import NominationsRepository
from matching.placements.repository import PlacementsRepository
from shared.database.mongo import Tx


class CommitmentFinder:
    """Finds commitments, in the transaction it is given."""

    def __init__(
        self,
        placements: PlacementsRepository,
        applications: ApplicationsRepository,
        nominations: NominationsRepository,
        catalogue: CatalogueRepository,
    ) -> None:
        self._placements = placements
        self._applications = applications
        self._nominations = nominations
        self._catalogue = catalogue

    async def find(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, Commitments]:
        """The commitments of each of these attendees who has any, and the programmes that they are nominated for.

        Not recommended again: what they had a placement in, what they applied for and may still come to something, and what they
        or the host refused, unless the listing's terms have changed since.
        """
        placements = await self._placements.of_attendees(attendee_ids, tx)
        applications = await self._applications.not_recommended(attendee_ids, tx)
        nominations = await self._nominations.agreed(attendee_ids, tx)
        refused = {one.listing_id for its in applications.values() for one in its if one.state in REFUSED}
        listings = await self._catalogue.listings(refused, tx) if refused else {}
        found = {}
        for attendee_id in placements.keys() | applications.keys() | nominations.keys():
            its = placements.get(attendee_id, [])
            applied = [one.listing_id for one in applications.get(attendee_id, []) if _still_so(one, listings)]
            found[attendee_id] = Commitments(
                placements={placement.id: placement.commitment for placement in its if placement.live},
                listing_ids=frozenset([*(placement.listing_id for placement in its), *applied]),
                nominated_for=nominations.get(attendee_id, frozenset()),
            )
        return found


def _still_so(application: Application, listings: dict[str, Listing]) -> bool:
    """Whether nothing has changed in the listing since it was refused."""
    listing = listings.get(application.listing_id)
    return application.state not in REFUSED or listing is None or not changed_terms(application.terms, terms_of(listing))
