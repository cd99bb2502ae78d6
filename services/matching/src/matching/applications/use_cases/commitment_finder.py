"""Attendees' commitments, which limit what is recommended to them."""

from collections.abc import Collection

from matching.applications.domain.application import REFUSED, Application
from matching.applications.domain.terms import changed_terms, terms_of
from matching.applications.repository.applications import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.model.commitments import Commitments
from matching.model.listings import Listing
from matching.nominations.repository import NominationsRepository
from matching.placements.repository import PlacementsRepository
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from shared.database.mongo import Tx


class CommitmentFinder:
    """Finds commitments, in the transaction given."""

    def __init__(
        self,
        placements: PlacementsRepository,
        applications: ApplicationsRepository,
        nominations: NominationsRepository,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        hidden: HiddenListingsRepository,
    ) -> None:
        self._placements = placements
        self._applications = applications
        self._nominations = nominations
        self._candidates = candidates
        self._catalogue = catalogue
        self._hidden = hidden

    async def find(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, Commitments]:
        """The commitments of each of these attendees who has any, and the programmes for which they are nominated.

        Actions under all ids of a merged person count. Listings are not recommended again if the attendee has hidden them, had a
        placement in them or has a live application, or if either side refused, unless the terms have changed since.
        """
        merged = await self._candidates.merged_into(attendee_ids, tx)
        all_ids = {*attendee_ids, *(id for others in merged.values() for id in others)}
        placements = await self._placements.of_attendees(all_ids, tx)
        applications = await self._applications.not_recommended(all_ids, tx)
        nominations = await self._nominations.agreed(all_ids, tx)
        hidden = await self._hidden.of(all_ids, tx)
        refused = {one.listing_id for its in applications.values() for one in its if one.state in REFUSED}
        listings = await self._catalogue.listings(refused, tx) if refused else {}
        found = {}
        for attendee_id in attendee_ids:
            ids = [attendee_id, *merged.get(attendee_id, ())]
            held = [placement for id in ids for placement in placements.get(id, ())]
            applied = [one.listing_id for id in ids for one in applications.get(id, ()) if _still_so(one, listings)]
            not_wanted = [one.listing_id for id in ids if id in hidden for one in hidden[id].listings]
            its = Commitments(
                placements={placement.id: placement.commitment for placement in held if placement.live},
                listing_ids=frozenset([*(placement.listing_id for placement in held), *applied, *not_wanted]),
                nominated_for=frozenset(listing_id for id in ids for listing_id in nominations.get(id, ())),
            )
            if its.listing_ids or its.nominated_for:
                found[attendee_id] = its
        return found


def _still_so(application: Application, listings: dict[str, Listing]) -> bool:
    """Whether the listing is unchanged since the refusal."""
    listing = listings.get(application.listing_id)
    return application.state not in REFUSED or listing is None or not changed_terms(application.terms, terms_of(listing))
