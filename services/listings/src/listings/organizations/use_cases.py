"""Changes to organizations and their mentors: load, decide, save, publish."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from pydantic import SecretStr

from listings.organizations.domain import Mentor, Organization, with_posts
from listings.organizations.repository import OrganizationsRepository
from shared.contract.topics import ORGANIZATIONS, STAFF
from shared.database.mongo import Tx
from shared.persons import person_id
from shared.refusals import Forbidden, NotFound

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
        """Make the organization as given, or change it to this. Returns it, and whether it is new.

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
            raise Forbidden("needs a key with the scope 'operator'; leave it out, and it stays as it is", "approved")
        organization = Organization(id, known.version if known else 0, name, url, conference_ids, approved)
        if organization == known:
            return organization, False
        organization = replace(organization, version=organization.version + 1)
        await self._repository.save_organization(organization, tx)
        tx.publish(ORGANIZATIONS, id, organization.changed(), version=organization.version)
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
        locale: str | None = None,
        time_zone: str | None = None,
    ) -> tuple[Mentor, bool]:
        """Make the mentor as given, or change them to this. Returns the mentor, and whether they are new.

        Raises ``NotFound`` where the organization is unknown.
        """
        await self._lock_organization(organization_id, tx)
        known = await self._repository.mentor(organization_id, id, tx.session)
        person = person_id(email, self._person_key)
        changed_at = known.changed_at if known else tx.now
        mentor = Mentor(organization_id, id, name, email, person, contact, locale, time_zone, changed_at)
        if mentor == known:
            return mentor, False
        mentor = replace(mentor, changed_at=tx.now)
        await self._repository.save_mentor(mentor, tx)
        await self._publish_staff({person, known.person_id if known else person}, tx)
        if known and known.person_id != person:
            await self._republish_listings(organization_id, id, tx)
        return mentor, known is None

    async def delete_mentor(self, organization_id: str, id: str, tx: Tx) -> None:
        """Forget the mentor. Listings go on without them. Raises ``NotFound`` where either is unknown."""
        await self._lock_organization(organization_id, tx)
        known = await self._repository.mentor(organization_id, id, tx.session)
        if known is None:
            raise NotFound(f"mentor of organization {organization_id!r}", id)
        await self._repository.delete_mentor(known, tx)
        await self._publish_staff({known.person_id}, tx)
        await self._republish_listings(organization_id, id, tx)

    async def _lock_organization(self, id: str, tx: Tx) -> None:
        if await self._repository.lock_organization(id, tx) is None:
            raise NotFound("organization", id)

    async def _publish_staff(self, person_ids: Collection[str], tx: Tx) -> None:
        """Publish what readers do not know yet of these people; whoever has no post left is erased."""
        for id in sorted(person_ids):
            known = await self._repository.lock_staff(id, tx)
            staff = with_posts(known, await self._repository.mentors_of_person(id, tx))
            if staff == known:
                continue
            await self._repository.save_staff(staff, tx)
            if staff.published:
                tx.publish(STAFF, id, staff.published, version=staff.version)
            else:
                tx.erase(STAFF, id)
