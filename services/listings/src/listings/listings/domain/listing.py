"""A listing and its rules: when it is open, how many of its seats are taken, and what readers get. Pure.

A listing goes from draft to published, and from there to filled (its seats are taken), expired (its time to apply is over) or
closed (an operator did it). Each function here takes a listing and returns it as it is afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from listings.field_types import distinct
from listings.listings.domain.details import ListingDetails
from listings.organizations.domain import Mentor, Organization
from shared.clock import whole_milliseconds
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.refusals import Conflict, Invalid
from shared.worded import Worded

_PUBLISHED_AS_WRITTEN: Final = frozenset(
    {"title", "skills", "topics", "requirements", "research", "disciplines", "crossing", "conditions", "capacity"}
    | {"url", "pay", "answer_days", "kind", "opens_at"}
)
"""Fields of the details that readers get as they are written."""

Status = Literal["draft", "published", "closed", "filled", "expired"]


@dataclass(frozen=True, slots=True)
class Promised:
    """How many of a listing's seats are promised, as matching last said."""

    version: int = 0
    """Of what matching said; 0: it said nothing yet."""
    placed: int = 0
    """Seats that attendees have."""
    offered: int = 0
    """Seats that offers, or a match-day round being matched, hold."""
    moved: int = 0
    """Seats that came from other listings of the organization; negative if its own went there."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What an organization wrote, and what became of it."""

    id: str
    details: ListingDetails
    status: Status = "draft"
    version: int = 0
    """How often it was published."""
    published: ListingPublished | ListingWithdrawn | None = None
    """The state that readers know. None: nothing, or just its end, if published by an earlier release."""
    promised: Promised = Promised()
    credited_to: str | None = None
    """The attendee whose idea it was; None: the organization's own."""
    author_first: bool = False
    """Whether nobody but this attendee may apply for some time after the first publication."""
    author_only_until: datetime | None = None
    """Until when; None: it was not published yet, or everybody may apply."""
    opened_at: datetime | None = None
    """When it was first published; None: not yet, or by an earlier release."""

    @property
    def capacity(self) -> int:
        """How many seats there are, with those that moved."""
        return self.details.capacity + self.promised.moved

    @property
    def seats(self) -> int:
        """How many nobody has yet; offers may hold some of them."""
        return max(0, self.capacity - self.promised.placed)

    @property
    def over(self) -> int:
        """How many more seats are promised than there are, because the host lowered the capacity."""
        return max(0, self.promised.placed + self.promised.offered - self.capacity)


def publish(listing: Listing, now: datetime, deadline: datetime | None = None, author_days: timedelta = timedelta()) -> Listing:
    """Open the listing, with this ``deadline`` if one is given. One that is open stays so.

    ``author_days``: for how long only the author of an idea may apply, from its first publication on.
    """
    opens_at = listing.details.opens_at
    if deadline and opens_at and deadline <= opens_at:
        raise Invalid(
            "deadline",
            Worded(
                "must be after opens_at, %(opens_at)s UTC; choose a later one, or change opens_at",
                opens_at=f"{opens_at:%Y-%m-%d %H:%M}",
            ),
        )
    if deadline:
        listing = replace(listing, details=listing.details.model_copy(update={"deadline": deadline}))
    if listing.seats == 0:
        raise Conflict(
            Worded(
                "all %(capacity)s seats are taken; raise its capacity (PUT /listings/%(id)s), or wait until one is free",
                capacity=listing.capacity,
                id=listing.id,
            )
        )
    if _is_over(listing, now):
        raise Conflict(
            Worded(
                "its deadline has passed: it was open until %(closes_at)s UTC; set a later one: POST "
                '/listings/%(id)s/publish with {"deadline": "…"}, or change its days',
                closes_at=f"{listing.details.closes_at:%Y-%m-%d %H:%M}",
                id=listing.id,
            )
        )
    if listing.author_first and listing.author_only_until is None:
        until = whole_milliseconds(now + author_days)
        listing = replace(listing, author_only_until=until) if author_days else open_to_all(listing)
    return replace(listing, status="published", opened_at=listing.opened_at or whole_milliseconds(now))


def publish_with(listing: Listing, details: ListingDetails, now: datetime, author_days: timedelta = timedelta()) -> Listing:
    """Open the listing with these details, which may also change one that has ended. ``author_days``: as in ``publish``."""
    return publish(revise(replace(listing, status="draft"), details, now), now, None, author_days)


def open_to_all(listing: Listing) -> Listing:
    """Let everybody apply, not only the author of the idea. This is for good."""
    return replace(listing, author_first=False, author_only_until=None) if listing.author_first else listing


def credit(listing: Listing, attendee_id: str | None) -> Listing:
    """Credit the listing to this attendee, under whose id its author is known now; None: to nobody.

    The time in which only the author may apply ends, if it has begun.
    """
    if attendee_id == listing.credited_to:
        return listing
    ends = attendee_id is None or listing.author_only_until is not None
    return replace(open_to_all(listing) if ends else listing, credited_to=attendee_id)


def revise(listing: Listing, details: ListingDetails, now: datetime) -> Listing:
    """Change the details. More seats open a filled listing again; none left fill a published one.

    The capacity may be less than what is promised: that stays promised.

    One that has ended can only be given more seats, without which it could not be published again, and be hidden or shown.
    """
    if details == listing.details:
        return listing
    if listing.version and details.kind != listing.details.kind:
        raise Invalid(
            "kind",
            Worded(
                "cannot change, as the listing was published as %(kind)s; create another listing", kind=repr(listing.details.kind)
            ),
        )
    ended = listing.status in ("closed", "expired")
    more_seats = {"capacity": max(details.capacity, listing.details.capacity), "public": details.public}
    if ended and details != listing.details.model_copy(update=more_seats):
        raise Conflict(
            Worded(
                "the listing is %(status)s; publish it again (POST /listings/%(id)s/publish), then change it; until then, only "
                "its capacity can be raised",
                status=listing.status,
                id=listing.id,
            )
        )
    revised = replace(listing, details=details)
    if listing.status == "draft" or ended:
        return revised
    if revised.seats == 0:
        return replace(revised, status="filled")
    if _is_over(revised, now):
        field = "deadline" if revised.details.closes_at == revised.details.deadline else "conditions"
        raise Invalid(field, Worded("its deadline has passed; choose a later deadline or later days, or close the listing"))
    return replace(revised, status="published")


def close(listing: Listing) -> Listing:
    """End the listing for good, whatever becomes of its seats. One that has ended by itself stays as it is."""
    if listing.status == "draft":
        raise Conflict(
            Worded("the listing is a draft: it is not open yet (POST /listings/%(id)s/publish opens it)", id=listing.id)
        )
    return listing if listing.status == "expired" else replace(listing, status="closed")


def expire(listing: Listing, now: datetime) -> Listing:
    """End the listing if its time to apply is over."""
    return replace(listing, status="expired") if listing.status == "published" and _is_over(listing, now) else listing


def keep_promises(listing: Listing, promised: Promised, now: datetime) -> Listing:
    """Take over what matching promised of the listing's seats, unless something newer is known.

    The last seat fills the listing. One that is free again opens it, unless its time to apply is over.
    """
    if promised.version <= listing.promised.version:
        return listing
    listing = replace(listing, promised=promised)
    if listing.status == "published" and listing.seats == 0:
        return replace(listing, status="filled")
    if listing.status == "filled" and listing.seats > 0:
        return replace(listing, status="expired" if _is_over(listing, now) else "published")
    return listing


def announce(
    listing: Listing, organization: Organization | None, mentors: Iterable[Mentor]
) -> tuple[Listing, ListingPublished | ListingWithdrawn | None]:
    """The event that publishes what readers do not know yet, or None, and the listing with that published.

    ``organization`` and ``mentors`` are those of the listing; only a published one needs them.
    """
    if listing.status == "draft":
        return listing, None
    if listing.status != "published":
        listing = open_to_all(listing)  # if it opens again, it does for everybody
    version = listing.version + 1
    event: ListingPublished | ListingWithdrawn
    if listing.status == "published":
        if organization is None:
            raise ValueError(f"listing {listing.id} is published, without its organization")
        event = _published_event(listing, organization, mentors, version)
    else:
        # Matching gives seats in a listing that has ended, too, so it needs to know how many there are.
        event = ListingWithdrawn(listing_id=listing.id, version=version, reason=listing.status, capacity=listing.details.capacity)
    if listing.published and listing.published == event.model_copy(update={"version": listing.published.version}):
        return listing, None
    return replace(listing, version=version, published=event), event


def _published_event(listing: Listing, organization: Organization, mentors: Iterable[Mentor], version: int) -> ListingPublished:
    details = listing.details
    return ListingPublished(
        listing_id=listing.id,
        version=version,
        organization_id=organization.id,
        organization=organization.name,
        mentor_person_ids=distinct([mentor.person_id for mentor in mentors]),
        conference_ids=distinct([*organization.conference_ids, *details.conference_ids]),
        seats=listing.seats,
        description=details.description or None,
        approved=organization.approved,
        idea_author_id=listing.credited_to,
        author_only_until=listing.author_only_until,
        deadline=details.closes_at,
        **details.model_dump(include=set(_PUBLISHED_AS_WRITTEN)),
    )


def _is_over(listing: Listing, now: datetime) -> bool:
    return listing.details.closes_at is not None and listing.details.closes_at <= now
