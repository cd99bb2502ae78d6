"""The seats of one listing, and how they are taken and freed. Pure.

Everything that takes a seat has an id, so calling a function again changes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from matching.model.listings import Listing
from shared.contract.events.matching import SeatsChanged
from shared.refusals import Conflict


class NoSeatLeft(Conflict):
    """All seats of the listing are taken, offered or held."""


@dataclass(frozen=True, slots=True)
class Seats:
    """A listing's seats."""

    listing_id: str
    version: int = 0
    """How often the seats were published."""
    capacity: int = 0
    """How many seats the host gave the listing, as last published."""
    as_of: int = 0
    """The version of the listing from which the capacity comes."""
    moved: int = 0
    """How many seats came from other listings on match days; negative if its own went to others."""
    placements: tuple[str, ...] = ()
    """The placements that have a seat."""
    offers: tuple[str, ...] = ()
    """The applications to which a seat is offered."""
    rounds: Mapping[str, int] = field(default_factory=dict)
    """How many seats each locked round holds."""

    @property
    def placed(self) -> int:
        return len(self.placements)

    @property
    def offered(self) -> int:
        """How many seats offers and rounds hold."""
        return len(self.offers) + sum(self.rounds.values())

    @property
    def free(self) -> int:
        """How many seats are neither taken nor held; negative if more are promised than exist."""
        return self.capacity + self.moved - self.placed - self.offered

    @property
    def over(self) -> int:
        """How far promises exceed the seats because the host lowered the capacity."""
        return max(0, -self.free)


def with_capacity_of(seats: Seats, listing: Listing) -> Seats:
    """The seats with the listing's current capacity. Promises are kept.

    Events of 0.1.0 have no capacity, only the seats left, from which the capacity of an open listing follows.
    """
    if listing.version <= seats.as_of:
        return seats
    capacity = listing.capacity
    if capacity is None and listing.open:
        capacity = listing.seats + seats.placed - seats.moved
    elif capacity is None:
        capacity = seats.capacity if seats.as_of else seats.placed - seats.moved
    return replace(seats, capacity=capacity, as_of=listing.version)


def offer(seats: Seats, application_id: str) -> Seats:
    """Hold a seat for an offer. Raises ``Conflict`` if none is free."""
    if application_id in seats.offers:
        return seats
    _check_free(seats)
    return replace(seats, offers=(*seats.offers, application_id))


def withdraw_offer(seats: Seats, application_id: str) -> Seats:
    """Free the seat that the offer holds, if it holds one."""
    return replace(seats, offers=tuple(id for id in seats.offers if id != application_id))


def place(seats: Seats, placement_id: str, *, application_id: str | None = None, round_id: str | None = None) -> Seats:
    """Give a placement its seat: the one held for it by the offer or round, else a free one.

    Raises ``Conflict`` if nothing is held and none is free.
    """
    if placement_id in seats.placements:
        return seats
    if application_id in seats.offers:
        seats = withdraw_offer(seats, str(application_id))
    elif round_id is not None and seats.rounds.get(round_id):
        seats = _holding(seats, round_id, seats.rounds[round_id] - 1)
    else:
        _check_free(seats)
    return replace(seats, placements=(*seats.placements, placement_id))


def free(seats: Seats, placement_id: str) -> Seats:
    """Free the placement's seat, if it has one."""
    return replace(seats, placements=tuple(id for id in seats.placements if id != placement_id))


def hold(seats: Seats, round_id: str, most: int | None = None) -> Seats:
    """Let a round hold the free seats, up to ``most``. A round that already holds some keeps those."""
    if round_id in seats.rounds:
        return seats
    count = max(0, seats.free if most is None else min(seats.free, most))
    return _holding(seats, round_id, count) if count else seats


def release(seats: Seats, round_id: str) -> Seats:
    """Free the seats that the round holds."""
    return _holding(seats, round_id, 0)


def move(source: Seats, target: Seats, count: int, round_id: str | None = None) -> tuple[Seats, Seats]:
    """Move seats from one listing to another, for good. Seats held by the round move along."""
    source, target = replace(source, moved=source.moved - count), replace(target, moved=target.moved + count)
    if round_id is not None and (held := min(count, source.rounds.get(round_id, 0))):
        source = _holding(source, round_id, source.rounds[round_id] - held)
        target = _holding(target, round_id, target.rounds.get(round_id, 0) + held)
    return source, target


def adopt(seats: Seats, placements: Collection[str], moved: int, round_id: str, held: int) -> Seats:
    """Adopt a round's promises from before seats were stored here, whether or not enough seats are free."""
    new = tuple(id for id in placements if id not in seats.placements)
    seats = replace(seats, placements=seats.placements + new, moved=seats.moved + moved)
    return _holding(seats, round_id, held) if held else seats


def announce(before: Seats, after: Seats) -> tuple[Seats, SeatsChanged | None]:
    """The seats with their next version, and the event that announces them; None if nothing published has changed."""
    if (before.placed, before.offered, before.moved) == (after.placed, after.offered, after.moved):
        return replace(after, version=before.version), None
    after = replace(after, version=before.version + 1)
    return after, event_of(after)


def event_of(seats: Seats) -> SeatsChanged:
    """The event that publishes this version."""
    return SeatsChanged(
        listing_id=seats.listing_id, version=seats.version, placed=seats.placed, offered=seats.offered, moved=seats.moved
    )


def _holding(seats: Seats, round_id: str, count: int) -> Seats:
    others = {id: held for id, held in seats.rounds.items() if id != round_id}
    return replace(seats, rounds=others | ({round_id: count} if count else {}))


def _check_free(seats: Seats) -> None:
    if seats.free > 0:
        return
    held = sum(seats.rounds.values())
    taken = f"{seats.placed} taken, {len(seats.offers)} offered" + (f", {held} held by a match-day round" if held else "")
    raise NoSeatLeft(
        f"listing {seats.listing_id!r} has no seat left: {taken}, of {max(0, seats.capacity + seats.moved)}; "
        "raise its capacity, or wait until a seat is free"
    )
