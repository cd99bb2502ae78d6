"""HTTP interface: organizations and their mentors, for operators, hosts' systems and hosts' admins."""

from dataclasses import asdict, replace
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from listings.field_types import DistinctIds
from listings.organizations.domain import Mentor, Organization
from listings.organizations.guard import acted_for
from listings.organizations.repository import OrganizationsRepository
from listings.organizations.use_cases import Organizations
from listings.pagination import After, Limit, Page, created, page_of
from listings.transactions import Transactions
from shared.contract.events.fields import Day, Email, Id, Locale, PlainLine, TimeZone, Url
from shared.refusals import Conflict
from shared.web.access.callers import Caller, own_ids, scopes_for
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.problems import not_found

ERASING_TIMES: Final = 3
"""How often somebody may be given a post again while they are being erased."""


class OrganizationDetails(BaseModel):
    """A host organization as clients write it. Its conferences apply to all its listings."""

    model_config = ConfigDict(extra="forbid")

    name: PlainLine
    url: Url | None = None
    conference_ids: DistinctIds = []
    approved: StrictBool | None = Field(
        default=None,
        description="whether its listings may be recommended; only with the scope `operator`. If left out, it stays as it is, "
        "and a new organization is approved if the key has that scope",
    )


class OrganizationView(BaseModel):
    """An organization as it is stored."""

    id: str
    version: int
    name: str
    url: str | None
    conference_ids: list[str]
    approved: bool


class MentorDetails(BaseModel):
    """A mentor as clients write them."""

    model_config = ConfigDict(extra="forbid")

    name: PlainLine
    email: Email
    contact: StrictBool = Field(
        default=False, description="whether they get the mails to the organization: applications, the weekly summary"
    )
    admin: StrictBool = Field(
        default=False,
        description="whether they manage the organization, its mentors and its listings, once signed in with this address",
    )
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    named: StrictBool = Field(default=False, description="whether they agreed to be named on the pages of their listings")


class MentorView(BaseModel):
    """A mentor as stored. Listings have only the ``person_id``."""

    organization_id: str
    id: str
    name: str
    email: str
    person_id: str
    contact: bool
    admin: bool
    locale: str | None
    time_zone: str | None
    named: bool
    away_until: date | None


class Absence(BaseModel):
    """Until when a mentor is away."""

    model_config = ConfigDict(extra="forbid")

    until: Day | None = Field(description="the last day, at most two years ahead; null: they are back")


class StaffAddress(BaseModel):
    """The address of a member of hosts' staff. It is sent in the body, because URLs end up in logs."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class ErasedStaff(BaseModel):
    """The erased person, and their organizations."""

    person_id: str
    organization_ids: list[str] = Field(description="the organizations at which they had a post, if any")


def create_router(
    guard: Guard, organizations: Organizations, repository: OrganizationsRepository, transactions: Transactions
) -> Router:
    """Organizations and mentors. For a key bound to an organization, and for an organization's admin, others do not exist."""
    router = Router()
    writing = guard("organizations", organization=True, people=True)
    reading = guard("organizations", "listings", organization=True, people=True)

    @router.put("/organizations/{id}", tags=["organizations"], responses=created(OrganizationView))
    async def put_organization(
        id: Id, details: OrganizationDetails, response: Response, caller: Annotated[Caller, Depends(writing)]
    ) -> OrganizationView:
        """Add or change an organization, and its open listings with it. Repeating the request changes nothing.

        A key bound to an organization, or an admin, can change that organization, but not add it; others get 404. Only an
        operator, or a key that also has the scope `operator`, approves organizations: those that other keys add wait for it.
        """
        guard.owner(caller, "organization", id, organization_id=id)
        organization, new = await transactions.run(
            lambda tx: organizations.put_organization(
                id,
                details.name,
                details.url,
                details.conference_ids,
                details.approved,
                tx,
                may_create=caller.organization_ids is None,
                may_approve="operator" in caller.scopes and caller.organization_ids is None,
            )
        )
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _organization(organization)

    @router.get("/organizations/{id}", tags=["organizations"])
    async def get_organization(id: Id, caller: Annotated[Caller, Depends(reading)]) -> OrganizationView:
        """Return an organization. Keys and admins of other organizations get 404."""
        return _organization(await acted_for(guard, repository, caller, id))

    @router.get("/organizations", tags=["organizations"])
    async def get_organizations(
        caller: Annotated[Caller, Depends(reading)], limit: Limit = 100, after: After = None
    ) -> Page[OrganizationView]:
        """Return all organizations, in pages; to a key bound to an organization, and to admins, only theirs."""
        found = await repository.organizations(after or "", limit + 1, caller.organization_ids)
        return page_of(found, limit, _organization)

    @router.put("/organizations/{id}/mentors/{mentor_id}", tags=["mentors"], responses=created(MentorView))
    async def put_mentor(
        id: Id, mentor_id: Id, details: MentorDetails, response: Response, caller: Annotated[Caller, Depends(writing)]
    ) -> MentorView:
        """Add a mentor to the organization, or change them. Only the service that sends mails gets their name and address.

        Keys and admins of other organizations get 404.
        """
        guard.owner(caller, "organization", id, organization_id=id)
        mentor, new = await transactions.run(lambda tx: organizations.put_mentor(id, mentor_id, tx=tx, **details.model_dump()))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _mentor(mentor)

    @router.get("/organizations/{id}/mentors/{mentor_id}", tags=["mentors"])
    async def get_mentor(id: Id, mentor_id: Id, caller: Annotated[Caller, Depends(writing)]) -> MentorView:
        """Return a mentor, with name and address: the scope `listings` is not enough.

        Keys and admins of other organizations get 404.
        """
        guard.owner(caller, "organization", id, organization_id=id)
        mentor = await repository.mentor(id, mentor_id)
        if mentor is None:
            await acted_for(guard, repository, caller, id)
            raise not_found(f"mentor of organization {id!r}", mentor_id)
        return _mentor(mentor)

    @router.put("/organizations/{id}/mentors/{mentor_id}/away", tags=["mentors"])
    async def put_away(
        id: Id,
        mentor_id: Id,
        absence: Absence,
        caller: Annotated[Caller, Depends(guard("organizations", "placements", organization=True, people=True))],
    ) -> MentorView:
        """Set until when a mentor is away: they get no new placements, and keep their current ones.

        Mentors can set it for themselves, admins and keys with the scope `organizations` for anybody. Others get 404.
        """
        guard.owner(caller, "organization", id, organization_id=id)
        mentor = await repository.mentor(id, mentor_id)
        if mentor is None or ("organizations" not in scopes_for(caller, id) and mentor.person_id not in own_ids(caller)):
            raise not_found(f"mentor of organization {id!r}", mentor_id)
        await transactions.run(lambda tx: organizations.set_away(id, [mentor.person_id], absence.until, tx))
        return _mentor(replace(mentor, away_until=absence.until))

    @router.delete("/organizations/{id}/mentors/{mentor_id}", tags=["mentors"], status_code=HTTPStatus.NO_CONTENT)
    async def delete_mentor(id: Id, mentor_id: Id, caller: Annotated[Caller, Depends(writing)]) -> None:
        """Remove a mentor: they get no more mail, and their open listings are published without them.

        Keys and admins of other organizations get 404.
        """
        guard.owner(caller, "organization", id, organization_id=id)
        await transactions.run(lambda tx: organizations.delete_mentor(id, mentor_id, tx))

    @router.get("/organizations/{id}/mentors", tags=["mentors"])
    async def get_mentors(
        id: Id, caller: Annotated[Caller, Depends(writing)], limit: Limit = 100, after: After = None
    ) -> Page[MentorView]:
        """Return the organization's mentors, in pages, with names and addresses.

        Keys and admins of other organizations get 404.
        """
        await acted_for(guard, repository, caller, id)
        return page_of(await repository.mentors(id, after or "", limit + 1), limit, _mentor)

    @router.post("/staff/erase", tags=["mentors"], dependencies=[Depends(guard("operator", people=True))])
    async def erase_staff(whose: StaffAddress) -> ErasedStaff:
        """Erase the person with this address from the staff of all organizations, and from the services that know of them.

        If it fails half-way, send it again; repeating it is harmless. Registration erases attendees.
        """
        person = organizations.person_id(whose.email)
        erased_from: set[str] = set()
        for _ in range(ERASING_TIMES):
            found = {mentor.organization_id for mentor in await repository.mentors_of_persons([person])}
            for id in sorted(found):  # a transaction each, because each may publish many listings
                await transactions.run(partial(organizations.delete_person, id, person))
            erased_from |= found
            if await transactions.run(partial(organizations.erase_contact, person)):
                return ErasedStaff(person_id=person, organization_ids=sorted(erased_from))
        raise Conflict("somebody keeps adding this address; ask them to stop, then try again")

    return router


def _organization(organization: Organization) -> OrganizationView:
    return OrganizationView(**asdict(organization))


def _mentor(mentor: Mentor) -> MentorView:
    return MentorView.model_validate(asdict(mentor))  # leaves `changed_at` out
