"""The terms of a listing that an attendee agrees to by applying, and what changed in them since. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from matching.model.listings import Listing
from shared.contract.events.listings import Pay

CHANGES: Final = ("dates", "hours", "place", "pay")
"""The kinds of changes after which attendees are asked whether they still want the listing."""


@dataclass(frozen=True, slots=True)
class ListingTerms:
    """When, where, how much and for what pay somebody works. None: the listing does not say."""

    starts: date | None = None
    ends: date | None = None
    hours_per_week: int | None = None
    place: str | None = None
    country: str | None = None
    remote: bool = False
    pay: Pay | None = None


def terms_of(listing: Listing) -> ListingTerms:
    """The terms as the listing states them now."""
    conditions = listing.conditions
    return ListingTerms(
        conditions.starts,
        conditions.ends,
        conditions.hours_per_week,
        conditions.place,
        conditions.country,
        conditions.remote,
        listing.pay,
    )


def changed_terms(agreed: ListingTerms, now: ListingTerms) -> tuple[str, ...]:
    """Which of ``CHANGES`` differ."""
    differ = (
        (agreed.starts, agreed.ends) != (now.starts, now.ends),
        agreed.hours_per_week != now.hours_per_week,
        (agreed.place, agreed.country, agreed.remote) != (now.place, now.country, now.remote),
        agreed.pay != now.pay,
    )
    return tuple(change for change, differs in zip(CHANGES, differ, strict=True) if differs)
