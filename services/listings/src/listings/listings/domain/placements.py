"""Placements: seats that matching gave attendees, or took back. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from listings.listings.domain.listing import Listing, give_back, move_seat, place
from shared.contract.events.matching import PlacementChanged, PlacementMade
from shared.refusals import Conflict

ENDED: Final = "ended"
"""The state of a placement that ended before its time: whoever had its seat leaves it to others."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A seat that matching gave an attendee, as it was applied."""

    id: str
    version: int
    attendee_id: str
    listing_id: str | None
    """None where it ended before its time."""


def affected_listing_ids(events: Iterable[PlacementMade | PlacementChanged]) -> set[str]:
    """The ids of the listings whose seats these placements take or move."""
    return {id for event in events for id in (event.listing_id, event.reverted_from) if id}


class Seating:
    """Placements and the listings whose seats they take, as one event after the other changes them.

    What is refused changes nothing.
    """

    def __init__(self, placements: Mapping[str, Placement], listings: Mapping[str, Listing], now: datetime) -> None:
        self._before = placements
        self._listings_before = listings
        self._now = now
        self.placements = dict(placements)
        self.listings = dict(listings)

    def apply(self, event: PlacementMade | PlacementChanged) -> None:
        """Give the seat, or free it where the placement ended; what was applied before changes nothing.

        Raises ``Conflict``, with what to do about it.
        """
        earlier = self.placements.get(event.placement_id)
        if earlier and earlier.version >= event.version:
            return
        ended = isinstance(event, PlacementChanged) and event.state == ENDED
        placement = Placement(event.placement_id, event.version, event.attendee_id, None if ended else event.listing_id)
        if earlier is None or earlier.listing_id != placement.listing_id:
            freed = self._freed(earlier) if earlier else {}
            self.listings |= freed | ({} if ended else _seated(event, self.listings | freed, self._now))
        self.placements[event.placement_id] = placement

    def erase(self, placement_id: str) -> None:
        """Take the seat back, if it was given. One that had moved stays where it is.

        Whoever else gave it: an attendee who is erased has no seat, and loses all placements at once.
        """
        if placement := self.placements.pop(placement_id, None):
            self.listings |= self._freed(placement)

    def changed_listings(self) -> list[Listing]:
        return [listing for id, listing in self.listings.items() if listing != self._listings_before[id]]

    def changed_placements(self) -> list[Placement]:
        return [placement for id, placement in self.placements.items() if placement != self._before.get(id)]

    def erased_placements(self) -> set[str]:
        return self._before.keys() - self.placements.keys()

    def _freed(self, placement: Placement) -> dict[str, Listing]:
        if placement.listing_id is None:
            return {}
        listing = self.listings[placement.listing_id]
        return {listing.id: give_back(listing, placement.attendee_id, self._now)}


def _seated(event: PlacementMade | PlacementChanged, listings: Mapping[str, Listing], now: datetime) -> dict[str, Listing]:
    """The listings that change as the attendee gets the seat."""
    target = _known(event.listing_id, listings)
    source_id = event.reverted_from or target.id
    if source_id == target.id or event.attendee_id in target.placements:  # who was seated by hand needs no other seat
        return {target.id: place(target, event.attendee_id)}
    source, target = move_seat(_known(source_id, listings), target, now)
    return {source.id: source, target.id: place(target, event.attendee_id)}


def _known(id: str, listings: Mapping[str, Listing]) -> Listing:
    if id not in listings:
        raise Conflict(f"there is no listing {id!r}; make it (PUT /listings/{id}) and publish it")
    return listings[id]
