"""Takes and frees the seats of listings, and publishes how many are taken."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from matching.catalogue.repository import CatalogueRepository
from matching.seats import domain
from matching.seats.domain import Seats
from matching.seats.repository import SeatsRepository
from shared.contract.topics import SEATS
from shared.database.mongo import Tx
from shared.refusals import NotFound


class Seating(NamedTuple):
    """A seat for a placement: the one held by an application's offer or a round, else a free one."""

    listing_id: str
    placement_id: str
    application_id: str | None = None
    round_id: str | None = None
    reverted_from: str | None = None
    """The listing from which the seat moves."""


class SeatAllocator:
    """The operations on seats, each in the transaction given. Repeating one changes nothing.

    They raise ``NotFound`` if the listing is unknown, and ``Conflict`` if no seat is free.
    """

    def __init__(self, seats: SeatsRepository, catalogue: CatalogueRepository) -> None:
        self._seats = seats
        self._catalogue = catalogue

    async def get(self, listing_id: str, tx: Tx) -> Seats:
        """The listing's seats, with its current capacity."""
        return (await self._load([listing_id], tx))[1][listing_id]

    async def get_many(self, listing_ids: Collection[str], tx: Tx) -> dict[str, Seats]:
        """The seats of these listings, each with its current capacity."""
        return (await self._load(listing_ids, tx))[1]

    async def offer(self, listing_id: str, application_id: str, tx: Tx) -> None:
        """Hold a seat for an offer to this application."""
        await self._change(listing_id, partial(domain.offer, application_id=application_id), tx)

    async def withdraw_offer(self, listing_id: str, application_id: str, tx: Tx) -> None:
        """Free the seat held by the offer to this application, if any."""
        await self._change_known(listing_id, partial(domain.withdraw_offer, application_id=application_id), tx)

    async def place(
        self, listing_id: str, placement_id: str, tx: Tx, application_id: str | None = None, round_id: str | None = None
    ) -> None:
        """Give a placement its seat: the one held for it by the offer or round, else a free one."""
        await self.place_all([Seating(listing_id, placement_id, application_id, round_id)], tx)

    async def place_all(self, seatings: Sequence[Seating], tx: Tx) -> None:
        """Give all of these placements their seats, or none."""
        listing_ids = {id for one in seatings for id in (one.listing_id, one.reverted_from) if id}
        known, seats = await self._load(listing_ids, tx)
        after = dict(seats)
        for one in seatings:
            if one.reverted_from and one.placement_id not in after[one.listing_id].placements:
                source, target = after[one.reverted_from], after[one.listing_id]
                after[one.reverted_from], after[one.listing_id] = domain.move(source, target, 1, one.round_id)
            after[one.listing_id] = domain.place(
                after[one.listing_id], one.placement_id, application_id=one.application_id, round_id=one.round_id
            )
        await self._save(known, after, tx)

    async def free(self, listing_id: str, placement_id: str, tx: Tx) -> None:
        """Free the placement's seat, if it has one."""
        await self._change_known(listing_id, partial(domain.free, placement_id=placement_id), tx)

    async def hold(
        self, round_id: str, listing_ids: Collection[str], tx: Tx, most: Mapping[str, int] | None = None
    ) -> dict[str, int]:
        """Let a round hold the free seats of these listings, up to ``most`` where given. Returns how many it holds of each."""
        known, seats = await self._load(listing_ids, tx)
        held = {id: domain.hold(one, round_id, (most or {}).get(id)) for id, one in seats.items()}
        await self._save(known, held, tx)
        return {id: one.rounds.get(round_id, 0) for id, one in held.items()}

    async def release(self, round_id: str, tx: Tx) -> None:
        """Free all seats that the round still holds."""
        known = await self._seats.held_by(round_id, tx)
        await self._save(known, {id: domain.release(seats, round_id) for id, seats in known.items()}, tx)

    async def move(self, source_id: str, target_id: str, count: int, tx: Tx, round_id: str | None = None) -> None:
        """Move seats from one listing to another, for good. Seats held by the round move along."""
        known, seats = await self._load([source_id, target_id], tx)
        source, target = domain.move(seats[source_id], seats[target_id], count, round_id)
        await self._save(known, {source_id: source, target_id: target}, tx)

    async def adopt(self, round_id: str, seatings: Sequence[Seating], held: Mapping[str, int], tx: Tx) -> None:
        """Adopt a round's promises from before seats were stored here: new placements, and held seats."""
        moved: Counter[str] = Counter()
        placements: dict[str, list[str]] = {}
        for one in seatings:
            placements.setdefault(one.listing_id, []).append(one.placement_id)
            if one.reverted_from:
                moved[one.listing_id] += 1
                moved[one.reverted_from] -= 1
        ids = placements.keys() | moved.keys() | held.keys()
        known = await self._seats.get_many(ids, tx)
        adopted = {
            id: domain.adopt(known.get(id, Seats(id)), placements.get(id, ()), moved[id], round_id, held.get(id, 0))
            for id in sorted(ids)
        }
        await self._save(known, adopted, tx)

    async def erase(self, placement_ids: Collection[str], application_ids: Collection[str], tx: Tx) -> None:
        """Free the seats of these placements, and those held by offers to these applications."""
        known = await self._seats.taken_by(placement_ids, application_ids, tx) if placement_ids or application_ids else {}
        after = dict(known)
        for listing_id, seats in known.items():
            for id in placement_ids:
                seats = domain.free(seats, id)
            for id in application_ids:
                seats = domain.withdraw_offer(seats, id)
            after[listing_id] = seats
        await self._save(known, after, tx)

    async def _change(self, listing_id: str, decide: Callable[[Seats], Seats], tx: Tx) -> None:
        known, seats = await self._load([listing_id], tx)
        await self._save(known, {listing_id: decide(seats[listing_id])}, tx)

    async def _change_known(self, listing_id: str, decide: Callable[[Seats], Seats], tx: Tx) -> None:
        known = await self._seats.get_many([listing_id], tx)
        await self._save(known, {id: decide(seats) for id, seats in known.items()}, tx)

    async def _load(self, listing_ids: Collection[str], tx: Tx) -> tuple[dict[str, Seats], dict[str, Seats]]:
        """The listings' seats as stored, and with their current capacities."""
        listings = await self._catalogue.listings(listing_ids, tx)
        if unknown := sorted(set(listing_ids) - listings.keys()):
            raise NotFound("listing", unknown[0])
        known = await self._seats.get_many(listing_ids, tx)
        return known, {id: domain.with_capacity_of(known.get(id, Seats(id)), listing) for id, listing in listings.items()}

    async def _save(self, known: Mapping[str, Seats], after: Mapping[str, Seats], tx: Tx) -> None:
        changed = []
        for id, seats in after.items():
            before = known.get(id, Seats(id))
            seats, event = domain.announce(before, seats)
            if seats != before:
                changed.append(seats)
            if event:
                tx.publish(SEATS, id, event, version=seats.version)
        await self._seats.save(changed, known, tx)
