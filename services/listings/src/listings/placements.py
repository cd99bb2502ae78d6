"""Placements: seats that matching gave attendees on a match day, or took back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from listings.domain import Listing, NotAllowed, give_back, move_seat, place
from shared.events.matching import PlacementMade


@dataclass(frozen=True, slots=True)
class Placement:
    """A seat that matching gave an attendee, as it was applied."""

    id: str
    version: int
    attendee_id: str
    listing_id: str


def kept(made: PlacementMade) -> Placement:
    """The placement as it is kept."""
    return Placement(made.placement_id, made.version, made.attendee_id, made.listing_id)


def apply(made: PlacementMade, earlier: Placement | None, listings: Mapping[str, Listing], now: datetime) -> dict[str, Listing]:
    """The listings that change because of a placement, which was another one ``earlier``. Raises ``NotAllowed``."""
    changed = erase(earlier, listings, now) if earlier else {}

    def current(id: str) -> Listing:
        if id not in listings:
            raise NotAllowed(f"there is no listing {id!r}; make it (PUT /listings/{id}) and publish it")
        return changed.get(id) or listings[id]

    target = current(made.listing_id)
    if made.reverted_from and made.attendee_id not in target.placements:
        changed[made.reverted_from], target = move_seat(current(made.reverted_from), target, now)
    changed[made.listing_id] = place(target, made.attendee_id)
    return changed


def erase(placement: Placement, listings: Mapping[str, Listing], now: datetime) -> dict[str, Listing]:
    """The listing with that seat given back."""
    listing = listings[placement.listing_id]
    return {listing.id: give_back(listing, placement.attendee_id, now)}
