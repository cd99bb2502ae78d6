"""What hosts do: look at applications, invite to interviews, offer seats, say no."""

from matching.applications.domain import decisions
from matching.applications.domain.application import Application, commitment_of
from matching.applications.domain.requests import OfferRequest, Slots
from matching.applications.use_cases.application_keeper import ApplicationKeeper, Given
from matching.catalogue.repository import CatalogueRepository
from matching.placements.use_cases.placement_keeper import Overlap, PlacementKeeper
from matching.seats.use_cases import SeatKeeper
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound
from shared.worded import Worded


class Hosts:
    """The operations of hosts, each in the transaction it is given."""

    def __init__(
        self,
        keeper: ApplicationKeeper,
        catalogue: CatalogueRepository,
        seats: SeatKeeper,
        placement_keeper: PlacementKeeper,
    ) -> None:
        self._keeper = keeper
        self._catalogue = catalogue
        self._seats = seats
        self._placement_keeper = placement_keeper

    async def screen(self, given: Given, tx: Tx) -> Application:
        """Begin to look at it."""
        return await self._keeper.change_by(given, lambda one: decisions.screen(one, tx.now), tx)

    async def interview(self, given: Given, slots: Slots, tx: Tx) -> Application:
        """Offer times for an interview, or move it."""
        return await self._keeper.change_by(given, lambda one: decisions.interview(one, slots.slots, tx.now), tx)

    async def call_off(self, given: Given, tx: Tx) -> Application:
        """Call the interview off."""
        return await self._keeper.change_by(given, lambda one: decisions.call_off(one, tx.now), tx)

    async def offer(self, given: Given, request: OfferRequest, tx: Tx) -> Application:
        """Offer a seat, which is held from then on.

        Raises:
            Conflict: no seat is free, or the attendee has another placement at that time.
        """

        async def decide(before: Application) -> Application:
            listing = (await self._catalogue.listings([before.listing_id], tx)).get(before.listing_id)
            if listing is None:
                raise NotFound("listing", before.listing_id)
            after = decisions.offer(before, listing, request, tx.now)
            # Held, so that no placement comes about unnoticed at the same moment.
            await self._placement_keeper.lock(before.attendee_id, tx)
            commitment = commitment_of(after, listing)
            placements = await self._placement_keeper.ruling_out(before.attendee_id, before.listing_id, commitment, tx)
            if any(placement.listing_id == before.listing_id for placement in placements):
                raise Conflict(Worded("the attendee has a seat of this listing already"))
            if placements:
                raise Conflict(Overlap.for_hosts)
            await self._seats.offer(before.listing_id, before.id, tx)
            return after

        return await self._keeper.change(given, decide, tx)

    async def reject(self, given: Given, tx: Tx) -> Application:
        """Say no."""
        return await self._keeper.change_by(given, lambda one: decisions.reject(one, tx.now), tx)

    async def rescind(self, given: Given, tx: Tx) -> Application:
        """Take the offer back; its seat is free again."""
        return await self._keeper.change_by(given, lambda one: decisions.rescind(one, tx.now), tx)
