"""The organization that a request is about, for those who may act for it."""

from listings.organizations.domain import Organization
from listings.organizations.repository import OrganizationsRepository
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.problems import not_found


async def acted_for(guard: Guard, organizations: OrganizationsRepository, caller: Caller, id: str) -> Organization:
    """The organization. Raises ``Problem`` 404 if there is none, or the caller is bound to another one."""
    guard.owner(caller, "organization", id, organization_id=id)
    organization = await organizations.organization(id)
    if organization is None:
        raise not_found("organization", id)
    return organization
