"""Changes to organizations and their mentors: load, decide, save, publish."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import date
from typing import Final

from pydantic import SecretStr

from listings.organizations.domain import MOST_MENTORS, Mentor, Organization, check_absence, staff_of, with_posts
from listings.organizations.repository import OrganizationsRepository
from shared.contract.envelope import Event
from shared.contract.topics import ORGANIZATIONS, STAFF
from shared.database.mongo import Tx
from shared.persons import person_id
from shared.refusals import Conflict, Forbidden, NotFound
from shared.web.access.roles import Grant
from shared.worded import Worded

STAFF_BATCH: Final = 20
"""How many organizations one transaction publishes at most for the staff that they were published without."""
RepublishListings = Callable[[str, str | None, Tx], Awaitable[None]]
"""Publishes the changed open listings of an organization; those of one of its mentors where their id is given."""


class Organizations:
    """The use cases; each runs in the transaction it is given.

    Open listings carry the name of their organization and its mentors: ``republish_listings`` publishes them again.
    """

    def __init__(self, repository: OrganizationsRepository, person_key: SecretStr, republish_listings: RepublishListings) -> None:
        self._repository = repository
        self._person_key = person_key
        self._republish_listings = republish_listings

    async def put_organization(
        self,
        id: str,
        name: str,
        url: str | None,
        conference_ids: list[str],
        approved: bool | None,
        tx: Tx,
        *,
        may_create: bool = True,
        may_approve: bool = True,
    ) -> tuple[Organization, bool]:
        """Create or change the organization. Returns it, and whether it is new.

        Where ``approved`` is None, it stays as it is, and a new organization is approved if whoever makes it may approve it.

        Raises:
            NotFound: there is no such organization, and whoever asks may not create one.
            Forbidden: ``approved`` is given by somebody who may not approve organizations.
        """
        known = await self._repository.organization(id, tx.session)
        if known is None and not may_create:
            raise NotFound("organization", id)
        if approved is None:
            approved = known.approved if known else may_approve
        elif not may_approve:
            raise Forbidden(
                "only operators, and keys with the scope 'operator', can set it; leave it out to keep it as it is", "approved"
            )
        version, staff = (known.version, known.staff) if known else (0, [])
        organization = Organization(id, version, name, url, conference_ids, approved, staff)
        if organization == known:
            return organization, False
        organization = await self._publish_organization(organization, tx)
        await self._republish_listings(id, None, tx)
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
        admin: bool = False,
        locale: str | None = None,
        time_zone: str | None = None,
        named: bool = False,
    ) -> tuple[Mentor, bool]:
        """Create or change the mentor. Returns the mentor, and whether they are new.

        Raises:
            NotFound: the organization is unknown.
            Conflict: it has as many mentors as one can have.
        """
        organization = await self._lock_organization(organization_id, tx)
        known = await self._repository.mentor(organization_id, id, tx.session)
        person = person_id(email, self._person_key)
        changed_at = known.changed_at if known else tx.now
        away = known.away_until if known and known.person_id == person else None
        mentor = Mentor(organization_id, id, name, email, person, contact, admin, locale, time_zone, changed_at, named, away)
        if mentor == known:
            return mentor, False
        mentor = replace(mentor, changed_at=tx.now)
        others = [other for other in await self._repository.mentors_of_organization(organization_id, tx) if other.id != id]
        if known is None and len(others) >= MOST_MENTORS:
            raise Conflict(
                Worded(
                    "organization %(organization_id)s already has %(most)s mentors, which is the limit; delete one first",
                    organization_id=repr(organization_id),
                    most=f"{MOST_MENTORS:,}",
                )
            )
        await self._repository.save_mentor(mentor, tx)
        await self._publish_posts(organization, [*others, mentor], tx)
        await self._publish_staff({person, known.person_id if known else person}, tx)
        if known and known.person_id != person:
            await self._republish_listings(organization_id, id, tx)
        return mentor, known is None

    async def set_away(self, organization_id: str, person_ids: Collection[str], until: date | None, tx: Tx) -> None:
        """Record until when this person, as a mentor of the organization, takes nobody new; None: they do.

        Raises:
            NotFound: there is no such organization, or nobody with one of these ids is a mentor of it.
            Invalid: the day is in the past, or too late.
        """
        organization = await self._lock_organization(organization_id, tx)
        check_absence(until, tx.now.date())
        mentors = await self._repository.mentors_of_organization(organization_id, tx)
        changed = [replace(one, away_until=until) if one.person_id in person_ids else one for one in mentors]
        theirs = [one for one in changed if one.person_id in person_ids]
        if not theirs:
            raise NotFound("mentor of the organization", organization_id)
        for mentor in theirs:
            await self._repository.save_mentor(mentor, tx)
        await self._publish_posts(organization, changed, tx)

    async def delete_mentor(self, organization_id: str, id: str, tx: Tx) -> None:
        """Forget the mentor. Listings continue without them. Raises ``NotFound`` where either is unknown."""
        organization = await self._lock_organization(organization_id, tx)
        known = await self._repository.mentor(organization_id, id, tx.session)
        if known is None:
            raise NotFound(f"mentor of organization {organization_id!r}", id)
        await self._repository.delete_mentor(known, tx)
        await self._publish_posts(organization, await self._repository.mentors_of_organization(organization_id, tx), tx)
        await self._publish_staff({known.person_id}, tx)
        await self._republish_listings(organization_id, id, tx)

    def person_id(self, email: str) -> str:
        """The id of whoever has this address."""
        return person_id(email, self._person_key)

    async def delete_person(self, organization_id: str, person_id: str, tx: Tx) -> None:
        """Forget the mentors of the organization who are this person. Listings continue without them."""
        organization = await self._lock_organization(organization_id, tx)
        mentors = await self._repository.mentors_of_organization(organization_id, tx)
        theirs = [mentor for mentor in mentors if mentor.person_id == person_id]
        for mentor in theirs:
            await self._repository.delete_mentor(mentor, tx)
        await self._publish_posts(organization, [mentor for mentor in mentors if mentor not in theirs], tx)
        await self._publish_staff({person_id}, tx)
        for mentor in theirs:
            await self._republish_listings(organization_id, mentor.id, tx)

    async def erase_again(self, events: list[Event], tx: Tx) -> None:
        """Forget the staff of whom these, the newest events, tell that they left or were erased: the database was restored."""
        gone = [event.key for event in events if event.data is None]
        for mentor in await self._repository.mentors_of_persons(gone, tx.session):
            await self.delete_person(mentor.organization_id, mentor.person_id, tx)

    async def erase_contact(self, person_id: str, tx: Tx) -> bool:
        """Have the topic, and so its readers, forget the person. False if they have a post, by which they are known again."""
        await self._repository.lock_staff(person_id, tx)
        if await self._repository.mentors_of_persons([person_id], tx.session):
            return False
        tx.erase(STAFF, person_id)
        return True

    async def publish_missing_staff(self, tx: Tx) -> int:
        """Publish organizations whose staff an earlier release did not tell, ``STAFF_BATCH`` at most. Returns how many."""
        ids = await self._repository.without_staff(STAFF_BATCH, tx)
        for id in ids:
            staff = staff_of(await self._repository.mentors_of_organization(id, tx))
            organization = replace(await self._lock_organization(id, tx), staff=staff)
            if staff:
                await self._publish_organization(organization, tx)
            else:
                await self._repository.save_organization(organization, tx)
        return len(ids)

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        """The roles of a person at organizations, by the posts that they have now."""
        mentors = await self._repository.mentors_of_persons(person_ids)
        return [Grant(role, mentor.organization_id) for mentor in mentors for role in mentor.roles]

    async def _lock_organization(self, id: str, tx: Tx) -> Organization:
        organization = await self._repository.lock_organization(id, tx)
        if organization is None:
            raise NotFound("organization", id)
        return organization

    async def _publish_posts(self, organization: Organization, mentors: Collection[Mentor], tx: Tx) -> None:
        """Publish the organization if what its people do there has changed."""
        if (staff := staff_of(mentors)) != organization.staff:
            await self._publish_organization(replace(organization, staff=staff), tx)

    async def _publish_organization(self, organization: Organization, tx: Tx) -> Organization:
        organization = replace(organization, version=organization.version + 1)
        await self._repository.save_organization(organization, tx)
        tx.publish(ORGANIZATIONS, organization.id, organization.changed(), version=organization.version)
        return organization

    async def _publish_staff(self, person_ids: Collection[str], tx: Tx) -> None:
        """Publish what readers do not know yet of these people; whoever has no post left is erased."""
        for id in sorted(person_ids):
            known = await self._repository.lock_staff(id, tx)
            staff = with_posts(known, await self._repository.mentors_of_persons([id], tx.session))
            if staff == known:
                continue
            await self._repository.save_staff(staff, tx)
            if staff.published:
                tx.publish(STAFF, id, staff.published, version=staff.version)
            else:
                tx.erase(STAFF, id)
