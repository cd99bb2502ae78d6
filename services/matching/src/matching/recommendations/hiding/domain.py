"""Listings that an attendee has hidden: they are not recommended until the attendee shows them again. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from shared.refusals import Conflict
from shared.worded import Worded

WhyNot = Literal["work", "place", "time", "pay", "host", "other"]
"""Why the attendee does not want the listing: the work, place, dates, pay, host, or something else."""
WHY_NOT: Final[tuple[WhyNot, ...]] = get_args(WhyNot)
MAX_HIDDEN: Final = 500
"""How many listings an attendee may hide."""


@dataclass(frozen=True, slots=True)
class HiddenListing:
    """A listing that the attendee has hidden, with its title at that time."""

    listing_id: str
    title: str
    organization: str
    at: datetime
    why: WhyNot | None = None
    """The reason; None if the attendee gave none."""


@dataclass(frozen=True, slots=True)
class HiddenListings:
    """All listings that an attendee has hidden, latest first. ``version`` counts the changes."""

    attendee_id: str
    version: int = 0
    listings: tuple[HiddenListing, ...] = ()

    def get(self, listing_id: str) -> HiddenListing | None:
        return next((one for one in self.listings if one.listing_id == listing_id), None)


def hide(hidden: HiddenListings, listing: HiddenListing) -> HiddenListings:
    """Hide a listing. Hiding it again changes only the reason."""
    known = hidden.get(listing.listing_id)
    if known and known.why == listing.why:
        return hidden
    if not known and len(hidden.listings) >= MAX_HIDDEN:
        raise Conflict(Worded("%(most)s listings are already hidden; show some of them again first", most=MAX_HIDDEN))
    others = (one for one in hidden.listings if one is not known)
    return replace(hidden, version=hidden.version + 1, listings=(listing, *others))


def show_again(hidden: HiddenListings, listing_id: str) -> HiddenListings:
    """Stop hiding a listing. If it is not hidden, nothing changes."""
    left = tuple(one for one in hidden.listings if one.listing_id != listing_id)
    return hidden if left == hidden.listings else replace(hidden, version=hidden.version + 1, listings=left)
