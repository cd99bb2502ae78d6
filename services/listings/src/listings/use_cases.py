"""What the listings service does: load, decide, save, publish."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from listings import domain
from listings.domain import Listing, Mentor, NotAllowed, Organization, Unfit
from listings.offers import Offer
from listings.placements import Board, concerned
from listings.repository import Repository
from listings.staff import with_posts
from shared.contract.envelope import Event
from shared.contract.events.matching import PlacementChanged, PlacementMade
from shared.contract.topics import LISTINGS, ORGANIZATIONS, STAFF
from shared.database.mongo import Tx
from shared.persons import person_id
from shared.web.problems import not_found

DUE_AT_ONCE: Final = 100
"""How many due listings one transaction ends at most."""

UNTOLD_AT_ONCE: Final = 100
"""How many mentors that were kept before one transaction tells of."""


class Listings:
    """The use cases; each runs in the transaction it is given.

    Those that change a listing raise ``domain.NotAllowed`` or ``domain.Unfit``, and ``problems.Problem`` where it is unknown.
    """

    def __init__(self, repository: Repository, person_key: SecretStr) -> None:
        self._repository = repository
        self._person_key = person_key

    async def put_organization(
        self, id: str, name: str, url: str | None, conference_ids: list[str], approved: bool | None, tx: Tx
    ) -> tuple[Organization, bool]:
        """Make the organization as given, or change it to this. Returns it, and whether it is new.

        Where ``approved`` is None it stays as it is; a new one is approved.
        """
        known = await self._repository.organization(id, tx.session)
        if approved is None:
            approved = known.approved if known else True
        organization = Organization(id, known.version if known else 0, name, url, conference_ids, approved)
        if organization == known:
            return organization, False
        organization = replace(organization, version=organization.version + 1)
        await self._repository.save_organization(organization, tx)
        tx.publish(ORGANIZATIONS, id, organization.changed(), version=organization.version)
        await self._save(await self._repository.open_listings(id, tx), tx)
        return organization, known is None

    async def put_mentor(
        self,
        organization_id: str,
        id: str,
        name: str,
        email: str,
        tx: Tx,
        *,
        contact: bool = False,
        locale: str | None = None,
        time_zone: str | None = None,
    ) -> tuple[Mentor, bool]:
        """Make the mentor as given, or change them to this. Returns the mentor, and whether they are new."""
        if await self._repository.hold_organization(organization_id, tx) is None:
            raise not_found("organization", organization_id)
        known = await self._repository.mentor(organization_id, id, tx.session)
        person = person_id(email, self._person_key)
        changed_at = known.changed_at if known else tx.now
        mentor = Mentor(organization_id, id, name, email, person, contact, locale, time_zone, changed_at)
        if mentor == known:
            return mentor, False
        mentor = replace(mentor, changed_at=tx.now)
        await self._repository.save_mentor(mentor, tx)
        await self._tell_of({person, known.person_id if known else person}, tx)
        if known and known.person_id != person:
            await self._tell_listings_of(mentor, tx)
        return mentor, known is None

    async def delete_mentor(self, organization_id: str, id: str, tx: Tx) -> None:
        """Forget the mentor. Listings go on without them."""
        if await self._repository.hold_organization(organization_id, tx) is None:
            raise not_found("organization", organization_id)
        known = await self._repository.mentor(organization_id, id, tx.session)
        if known is None:
            raise not_found(f"mentor of organization {organization_id!r}", id)
        await self._repository.delete_mentor(known, tx)
        await self._tell_of({known.person_id}, tx)
        await self._tell_listings_of(known, tx)

    async def tell_untold(self, tx: Tx) -> int:
        """Publish those people who were kept before they were told of, some of them. Returns how many mentors that were.

        To be taken out after the next release.
        """
        untold = await self._repository.untold_mentors(UNTOLD_AT_ONCE, tx)
        for mentor in untold:
            await self._repository.save_mentor(mentor, tx)
        await self._tell_of({mentor.person_id for mentor in untold}, tx)
        return len(untold)

    async def _tell_of(self, person_ids: Collection[str], tx: Tx) -> None:
        """Publish what readers do not know yet of these people; whoever has no post left is erased."""
        for id in sorted(person_ids):
            known = await self._repository.hold_staff(id, tx)
            staff = with_posts(known, await self._repository.mentors_of_person(id, tx))
            if staff == known:
                continue
            await self._repository.save_staff(staff, tx)
            if staff.told:
                tx.publish(STAFF, id, staff.told, version=staff.version)
            else:
                tx.erase(STAFF, id)

    async def _tell_listings_of(self, mentor: Mentor, tx: Tx) -> None:
        open_listings = await self._repository.open_listings(mentor.organization_id, tx)
        await self._save([listing for listing in open_listings if mentor.id in listing.offer.mentor_ids], tx)

    async def put_listing(self, id: str, offer: Offer, tx: Tx) -> tuple[Listing, bool]:
        """Make a draft of this offer, or change the listing to it. Returns it, and whether it is new."""
        known = await self._repository.listing(id, tx.session)
        listing = domain.revise(known, offer, tx.now) if known else Listing(id, offer)
        if listing == known:
            return listing, False
        if await self._repository.organization(offer.organization_id, tx.session) is None:
            raise Unfit("organization_id", f"there is no organization {offer.organization_id!r}")
        mentors = (await self._repository.mentors_of([listing], tx))[id]
        if unknown := sorted(set(offer.mentor_ids) - {mentor.id for mentor in mentors}):
            raise Unfit("mentor_ids", f"organization {offer.organization_id!r} has no mentor {', '.join(map(repr, unknown))}")
        (listing,) = await self._save([listing], tx)
        return listing, known is None

    async def publish(self, id: str, deadline: datetime | None, tx: Tx) -> Listing:
        """Open the listing, with this deadline if one is given."""
        return await self._change(id, lambda listing: domain.publish(listing, tx.now, deadline), tx)

    async def close(self, id: str, tx: Tx) -> Listing:
        """End the listing."""
        return await self._change(id, domain.close, tx)

    async def place(self, id: str, attendee_id: str, tx: Tx) -> Listing:
        """Give the attendee a seat."""
        return await self._change(id, lambda listing: domain.place(listing, attendee_id), tx)

    async def give_back(self, id: str, attendee_id: str, tx: Tx) -> Listing:
        """Free the attendee's seat."""
        return await self._change(id, lambda listing: domain.give_back(listing, attendee_id, tx.now), tx)

    async def apply_placements(self, events: list[Event], tx: Tx) -> None:
        """Give the seats that matching gave, and take back those whose placement ended early or was erased.

        One applied before changes nothing.

        What cannot be is left out with a reason: a listing is unknown, a draft, full, or has no seat to move.
        """
        told = [event.data for event in events if isinstance(event.data, PlacementMade | PlacementChanged)]
        ids = {one.placement_id for one in told} | {event.key for event in events if event.data is None}
        known = await self._repository.placements(ids, tx)
        listing_ids = concerned(told) | {placement.listing_id for placement in known.values() if placement.listing_id}
        board = Board(known, await self._repository.listings_by_id(listing_ids, tx), tx.now)
        for event in events:
            if not isinstance(event.data, PlacementMade | PlacementChanged):
                board.erase(event.key)
                continue
            try:
                board.apply(event.data)
            except NotAllowed as refusal:
                tx.reject(event, f"{refusal}; then send this record again (make dead-letters)")
        await self._save(board.changed_listings(), tx)
        await self._repository.save_placements(board.changed_placements(), board.erased_placements(), tx)

    async def expire_due(self, tx: Tx, at_most: int = DUE_AT_ONCE) -> int:
        """End listings whose deadline has passed, ``at_most`` so many. Returns how many."""
        due = await self._repository.due_listings(tx.now, at_most, tx)
        await self._save([domain.expire(listing, tx.now) for listing in due], tx)
        return len(due)

    async def _change(self, id: str, decide: Callable[[Listing], Listing], tx: Tx) -> Listing:
        known = await self._repository.listing(id, tx.session)
        if known is None:
            raise not_found("listing", id)
        listing = decide(known)
        if listing != known:
            (listing,) = await self._save([listing], tx)
        return listing

    async def _save(self, listings: Collection[Listing], tx: Tx) -> list[Listing]:
        """Keep the listings, and publish what readers do not know of them yet."""
        published = [listing for listing in listings if listing.status == "published"]
        host_ids = {listing.offer.organization_id for listing in published}
        hosts = {id: await self._repository.hold_organization(id, tx) for id in sorted(host_ids)}
        mentors = await self._repository.mentors_of(published, tx)
        saved = []
        for listing in listings:
            listing, event = domain.announce(listing, hosts.get(listing.offer.organization_id), mentors.get(listing.id, []))
            saved.append(listing)
            if event:
                tx.publish(LISTINGS, listing.id, event, version=listing.version)
        await self._repository.save_listings(saved, tx)
        return saved
