"""The effects of passing time and of changed listings on applications, applied in pages."""

from collections.abc import Collection

from matching.applications.domain import decisions
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.application_changer import ApplicationChanger
from matching.catalogue.repository import CatalogueRepository
from shared.database.mongo import Tx


class ApplicationClock:
    """Updates applications, in the transaction given. Repeating an update changes nothing."""

    def __init__(self, changer: ApplicationChanger, applications: ApplicationsRepository, catalogue: CatalogueRepository) -> None:
        self._changer = changer
        self._applications = applications
        self._catalogue = catalogue

    async def pass_time(self, ids: Collection[str], tx: Tx) -> None:
        """Lapse the offers among these applications whose deadline has passed, and close those that were not answered."""
        found = await self._applications.get_many(ids, tx)
        await self._changer.save([(one, decisions.pass_time(one, tx.now)) for one in found], tx)

    async def follow_listings(self, ids: Collection[str], tx: Tx) -> None:
        """Close these applications if their listings closed, or ask their attendees about changed terms."""
        found = await self._applications.get_many(ids, tx)
        listings = await self._catalogue.listings({one.listing_id for one in found}, tx)
        changed = []
        for before in found:
            listing = listings.get(before.listing_id)
            if listing is None or listing.closed:
                changed.append((before, decisions.close(before, tx.now)))
            else:
                changed.append((before, decisions.change_terms(before, listing, tx.now)))
        await self._changer.save(changed, tx)
