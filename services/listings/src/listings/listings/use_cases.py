"""Changes to listings and their seats: load, decide, save, publish."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from listings.listings.domain import listing as rules
from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing, Promised
from listings.listings.repository import ListingsRepository
from listings.organizations.domain import Mentor
from listings.organizations.repository import OrganizationsRepository
from shared.contract.envelope import Event
from shared.contract.events.matching import SeatsChanged
from shared.contract.topics import LISTINGS
from shared.database.mongo import Tx
from shared.refusals import Invalid, NotFound
from shared.worded import Worded

BATCH: Final = 100
"""How many listings one transaction changes at most."""

Hosts = frozenset[str] | None


class Listings:
    """The use cases; each runs in the transaction it is given.

    Those that change a listing raise ``NotFound``, ``Conflict`` or ``Invalid``. ``hosts`` are the organizations that whoever asks
    may act for: listings of others, and other organizations, do not exist for them. None: all exist.
    """

    def __init__(self, repository: ListingsRepository, organizations: OrganizationsRepository, author_days: timedelta) -> None:
        """``author_days``: for how long only the author of an idea may apply for the listing that it became."""
        self._repository = repository
        self._organizations = organizations
        self._author_days = author_days

    async def republish(self, organization_id: str, mentor_id: str | None, tx: Tx) -> None:
        """Publish what changed of the organization's open listings; of those of this mentor only, if one is given."""
        listings = await self._repository.open_listings(organization_id, tx)
        await self._save([listing for listing in listings if mentor_id is None or mentor_id in listing.details.mentor_ids], tx)

    async def put_listing(
        self, id: str, details: ListingDetails, tx: Tx, hosts: Hosts = None, *, opens: bool = False
    ) -> tuple[Listing, bool]:
        """Make a draft with these details, or change the listing to them. Returns it, and whether it is new.

        ``opens``: whether to open it for applications, too.
        """
        known = await self._repository.listing(id, tx.session)
        if known:
            _check_host(known, hosts)
        if hosts is not None and details.organization_id not in hosts:
            raise _no_organization(details.organization_id)
        if opens:
            listing = rules.publish_with(known or Listing(id, details), details, tx.now, self._author_days)
        else:
            listing = rules.revise(known, details, tx.now) if known else Listing(id, details)
        if listing == known:
            return listing, False
        if await self._organizations.organization(details.organization_id, tx.session) is None:
            raise _no_organization(details.organization_id)
        mentors = (await self._mentors_of([listing], tx))[id]
        if unknown := sorted(set(details.mentor_ids) - {mentor.id for mentor in mentors}):
            raise Invalid(
                "mentor_ids",
                Worded(
                    "organization %(organization_id)s has no mentor %(unknown)s",
                    organization_id=repr(details.organization_id),
                    unknown=", ".join(map(repr, unknown)),
                ),
            )
        (listing,) = await self._save([listing], tx)
        return listing, known is None

    async def adopt(self, id: str, details: ListingDetails, attendee_id: str, tx: Tx) -> None:
        """Make a draft of an attendee's idea. The id is new."""
        await self._save([Listing(id, details, credited_to=attendee_id, author_first=True)], tx)

    async def forget_authors(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Remove the credit of these attendees from listings."""
        credited = await self._repository.credited_to(attendee_ids, tx)
        await self._save([rules.credit(listing, None) for listing in credited], tx)

    async def credit(self, authors: Mapping[str, str], tx: Tx) -> None:
        """Credit listings to these attendees, under whose ids their authors are known now."""
        known = await self._repository.listings_by_id(authors.keys(), tx)
        await self._save([rules.credit(listing, authors[id]) for id, listing in known.items() if listing.credited_to], tx)

    async def end_author_time(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Open the listings credited to these attendees, who can no longer apply, to everybody."""
        credited = await self._repository.credited_to(attendee_ids, tx)
        await self._save([rules.open_to_all(listing) for listing in credited if listing.author_first], tx)

    async def open_to_all(self, id: str, tx: Tx) -> Listing:
        """Let everybody apply, because the author will not."""
        return await self._change(id, rules.open_to_all, tx)

    async def publish(self, id: str, deadline: datetime | None, tx: Tx, hosts: Hosts = None) -> Listing:
        """Open the listing, with this deadline if one is given."""
        return await self._change(id, lambda listing: rules.publish(listing, tx.now, deadline, self._author_days), tx, hosts)

    async def close(self, id: str, tx: Tx, hosts: Hosts = None) -> Listing:
        """End the listing."""
        return await self._change(id, rules.close, tx, hosts)

    async def keep_promises(self, events: list[Event], tx: Tx) -> None:
        """Apply the seats that matching has promised; repeats change nothing."""
        changes = [(event, event.data) for event in events if isinstance(event.data, SeatsChanged)]
        known = await self._repository.listings_by_id({seats.listing_id for _, seats in changes}, tx)
        listings = dict(known)
        for event, seats in changes:
            if seats.listing_id not in listings:
                tx.reject(
                    event,
                    f"there is no listing {seats.listing_id!r}; create it (PUT /listings/{seats.listing_id}), then send this "
                    "record again (make dead-letters)",
                )
                continue
            promised = Promised(seats.version, seats.placed, seats.offered, seats.moved)
            listings[seats.listing_id] = rules.keep_promises(listings[seats.listing_id], promised, tx.now)
        await self._save([listing for id, listing in listings.items() if listing != known[id]], tx)

    async def rewrite_older(self, tx: Tx) -> int:
        """Rewrite up to ``BATCH`` listings stored by an earlier release. Returns how many."""
        return await self._repository.rewrite_older(BATCH, tx)

    async def expire_due(self, tx: Tx, at_most: int = BATCH) -> int:
        """End up to ``at_most`` listings whose deadline has passed. Returns how many."""
        due = await self._repository.due_listings(tx.now, at_most, tx)
        await self._save([rules.expire(listing, tx.now) for listing in due], tx)
        return len(due)

    async def open_due(self, tx: Tx) -> int:
        """Open up to ``BATCH`` listings to everybody once their authors' exclusive time is over. Returns how many."""
        due = await self._repository.due_for_all(tx.now, BATCH, tx)
        await self._save([rules.open_to_all(listing) for listing in due], tx)
        return len(due)

    async def _change(self, id: str, decide: Callable[[Listing], Listing], tx: Tx, hosts: Hosts = None) -> Listing:
        known = await self._repository.listing(id, tx.session)
        if known is None:
            raise NotFound("listing", id)
        _check_host(known, hosts)
        listing = decide(known)
        if listing != known:
            (listing,) = await self._save([listing], tx)
        return listing

    async def _save(self, listings: Collection[Listing], tx: Tx) -> list[Listing]:
        """Save the listings, and publish whatever readers do not know yet."""
        published = [listing for listing in listings if listing.status == "published"]
        host_ids = {listing.details.organization_id for listing in published}
        hosts = {id: await self._organizations.lock_organization(id, tx) for id in sorted(host_ids)}
        mentors = await self._mentors_of(published, tx)
        saved = []
        for listing in listings:
            listing, event = rules.announce(listing, hosts.get(listing.details.organization_id), mentors.get(listing.id, []))
            saved.append(listing)
            if event:
                tx.publish(LISTINGS, listing.id, event, version=listing.version)
        await self._repository.save_listings(saved, tx)
        return saved

    async def _mentors_of(self, listings: Collection[Listing], tx: Tx) -> dict[str, list[Mentor]]:
        """The known mentors of each listing, by its id, in the listing's order."""
        ids: dict[str, set[str]] = {}
        for listing in listings:
            ids.setdefault(listing.details.organization_id, set()).update(listing.details.mentor_ids)
        known = await self._organizations.mentors_by_id(ids, tx)
        return {
            listing.id: [
                known[key] for id in listing.details.mentor_ids if (key := (listing.details.organization_id, id)) in known
            ]
            for listing in listings
        }


def _check_host(listing: Listing, hosts: Hosts) -> None:
    """Raises ``NotFound`` if the listing is of none of these organizations; None stands for any."""
    if hosts is not None and listing.details.organization_id not in hosts:
        raise NotFound("listing", listing.id)


def _no_organization(id: str) -> Invalid:
    return Invalid("organization_id", Worded("there is no organization %(id)s", id=repr(id)))
