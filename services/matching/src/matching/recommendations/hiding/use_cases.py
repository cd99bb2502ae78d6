"""Hides listings from an attendee's recommendations, and shows them again."""

from collections.abc import Collection

from matching.catalogue.repository import CatalogueRepository
from matching.recommendations.hiding import domain
from matching.recommendations.hiding.domain import HiddenListing, HiddenListings, WhyNot
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from shared.database.mongo import Tx
from shared.refusals import NotFound


class HiddenMatches:
    """Hides and shows listings, in the transaction given. The attendee's list is recomputed afterwards."""

    def __init__(
        self, repository: HiddenListingsRepository, candidates: CandidatesRepository, catalogue: CatalogueRepository
    ) -> None:
        self._repository = repository
        self._candidates = candidates
        self._catalogue = catalogue
        self._rescorer = CandidateRescorer(candidates)

    async def hide(self, attendee_id: str, listing_id: str, why: WhyNot | None, tx: Tx) -> None:
        """Hide the listing. Hiding it again changes only the reason.

        Raises:
            NotFound: the attendee or listing is unknown.
            Conflict: too many are hidden.
        """
        if await self._candidates.get_for_update(attendee_id, tx) is None:  # otherwise, a concurrent erasure would miss it
            raise NotFound("attendee", attendee_id)
        listing = (await self._catalogue.listings([listing_id], tx)).get(listing_id)
        if listing is None:
            raise NotFound("listing", listing_id)
        before = (await self._repository.of([attendee_id], tx)).get(attendee_id) or HiddenListings(attendee_id)
        new = HiddenListing(listing_id, listing.title, listing.organization, tx.now, why)
        await self._save(before, domain.hide(before, new), tx)

    async def show_again(self, attendee_ids: Collection[str], listing_id: str, tx: Tx) -> None:
        """Stop hiding the listing, whichever of the person's ids it was hidden under."""
        for before in (await self._repository.of(attendee_ids, tx)).values():
            await self._save(before, domain.show_again(before, listing_id), tx)

    async def _save(self, before: HiddenListings, after: HiddenListings, tx: Tx) -> None:
        if after is not before:
            await self._candidates.get_for_update(after.attendee_id, tx)
            await self._repository.save(after, tx)
            await self._rescorer.rescore(after.attendee_id, f"hidden/{after.attendee_id}", after.version, tx)
