"""Hosts' actions: screen applications, invite to interviews, offer seats, reject."""

from datetime import datetime

from matching.applications.domain import decisions
from matching.applications.domain.application import Application, commitment_of
from matching.applications.domain.requests import OfferRequest, Slots
from matching.applications.use_cases.application_changer import ApplicationChanger, CommandRequest
from matching.catalogue.repository import CatalogueRepository
from matching.placements.use_cases.placement_maker import Overlap, PlacementMaker
from matching.seats.use_cases import SeatAllocator
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound
from shared.worded import Worded


class Hosts:
    """The operations of hosts, each in the transaction given."""

    def __init__(
        self,
        changer: ApplicationChanger,
        catalogue: CatalogueRepository,
        seats: SeatAllocator,
        placement_maker: PlacementMaker,
    ) -> None:
        self._changer = changer
        self._catalogue = catalogue
        self._seats = seats
        self._placement_maker = placement_maker

    async def screen(self, request: CommandRequest, tx: Tx) -> Application:
        """Start screening the application."""
        return await self._changer.change_by(request, lambda one: decisions.screen(one, tx.now), tx)

    async def interview(self, request: CommandRequest, slots: Slots, tx: Tx) -> Application:
        """Offer times for an interview, or move it."""
        return await self._changer.change_by(request, lambda one: decisions.interview(one, slots.slots, tx.now), tx)

    async def call_off(self, request: CommandRequest, tx: Tx) -> Application:
        """Call the interview off."""
        return await self._changer.change_by(request, lambda one: decisions.call_off(one, tx.now), tx)

    async def offer(self, request: CommandRequest, offer: OfferRequest, tx: Tx) -> Application:
        """Offer a seat, which is held from then on.

        Raises:
            Conflict: no seat is free, or the attendee has another placement at that time.
        """

        return await self._changer.change(request, lambda one: self._offered(one, offer, tx.now, tx), tx)

    async def reject(self, request: CommandRequest, tx: Tx) -> Application:
        """Reject the application."""
        return await self._changer.change_by(request, lambda one: decisions.reject(one, tx.now), tx)

    async def rescind(self, request: CommandRequest, tx: Tx) -> Application:
        """Take the offer back; its seat is free again."""
        return await self._changer.change_by(request, lambda one: decisions.rescind(one, tx.now), tx)

    async def give(self, request: CommandRequest, tx: Tx) -> Application:
        """Carry out a command for which ``decide`` can tell what follows."""
        return await self._changer.change(request, lambda one: self.decide(one, request, tx.now, tx), tx)

    async def decide(self, before: Application, request: CommandRequest, now: datetime, tx: Tx) -> Application:
        """What the command would make of the application at that time, without storing it. An offer holds its seat.

        Raises ``Refusal`` if it is not possible, having changed nothing.
        """
        match request.body:
            case Slots(slots=slots):
                return decisions.interview(before, slots, now)
            case OfferRequest() as offer:
                return await self._offered(before, offer, now, tx)
        return decisions.screen(before, now) if request.command == "screen" else decisions.reject(before, now)

    async def _offered(self, before: Application, offer: OfferRequest, now: datetime, tx: Tx) -> Application:
        listing = (await self._catalogue.listings([before.listing_id], tx)).get(before.listing_id)
        if listing is None:
            raise NotFound("listing", before.listing_id)
        after = decisions.offer(before, listing, offer, now)
        # Locked, so that a concurrent placement cannot go unnoticed.
        await self._placement_maker.lock(before.attendee_id, tx)
        commitment = commitment_of(after, listing)
        placements = await self._placement_maker.ruling_out(before.attendee_id, before.listing_id, commitment, tx)
        if any(placement.listing_id == before.listing_id for placement in placements):
            raise Conflict(Worded("the attendee already has a seat in this listing"))
        if placements:
            raise Conflict(Overlap.for_hosts)
        await self._seats.offer(before.listing_id, before.id, tx)
        return after
