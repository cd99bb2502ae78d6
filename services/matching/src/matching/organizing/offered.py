"""The internships that a conference's match day may have."""

from matching.catalogue.use_cases import LiveCatalogue
from matching.model.listings import INTERNSHIP, Listing
from shared.database.mongo import Database


class OfferedInternships:
    """Finds open internships in the live catalogue: a conference may have thousands."""

    def __init__(self, catalogue: LiveCatalogue, database: Database) -> None:
        self._catalogue = catalogue
        self._database = database

    async def at(self, conference_id: str) -> dict[str, Listing]:
        """The open internships of hosts that take part in the conference or name none, by id, sorted by title."""
        snapshot = await self._database.transact(self._catalogue.current)
        its = [one for one in snapshot.listings.values() if _is_offered(one, conference_id)]
        return {one.id: one for one in sorted(its, key=lambda one: (one.title.casefold(), one.id))}


def _is_offered(listing: Listing, conference_id: str) -> bool:
    taking_part = not listing.conference_ids or conference_id in listing.conference_ids
    return listing.open and listing.kind == INTERNSHIP and taking_part
