"""Shared by all pages of a host's desk: the organization, and rendering."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from matching.catalogue.repository import CatalogueRepository
from matching.desk import words
from matching.model.listings import Listing
from matching.placements.api.views import only_mentors
from matching.roles.repository import RolesRepository
from shared import clock
from shared.refusals import Forbidden, NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form
from shared.web.pages.pages import Pages
from shared.wording.languages import translations
from shared.wording.reason_texts import Words

MOST_LISTINGS: Final = 500
"""The most listings of an organization that its desk loads."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization whose desk the caller may use."""

    id: str
    name: str
    listings: dict[str, Listing]
    mentors_away: frozenset[str] = frozenset()
    """The ids of its mentors who currently take nobody new."""

    @property
    def path(self) -> str:
        """The path of its desk."""
        return f"/desk/{self.id}"

    @property
    def titles(self) -> list[tuple[str, str]]:
        """The ids and titles of its listings, to choose from."""
        return [(listing.id, listing.title) for listing in self.listings.values()]


class Desk:
    """Finds the organization of a page, and shows its pages."""

    def __init__(self, pages: Pages, guard: Guard, roles: RolesRepository, catalogue: CatalogueRepository) -> None:
        self.pages: Final = pages
        self.guard: Final = guard
        self._roles = roles
        self._catalogue = catalogue

    async def organization(self, caller: Caller, id: str) -> Organization:
        """The organization with this id. Raises ``Problem`` 404 if it is unknown, or the caller may not act for it.

        Raises:
            Forbidden: the caller is only one of its mentors, whose own pages are at ``/mentor``.
        """
        self.guard.owner(caller, "organization", id, organization_id=id)
        if only_mentors(caller, id):
            raise Forbidden("mentors see the people they look after on their own pages, at /mentor")
        known = (await self._roles.get_many("organization", [id])).get(id)
        listings = await self._catalogue.of_organization(id, MOST_LISTINGS)
        if known is None and not listings:
            raise NotFound("organization", id)
        name = known.name if known and known.name else next((one.organization for one in listings if one.organization), id)
        away = frozenset(known.mentors_away(clock.now().date()) if known else ())
        return Organization(id, name, {listing.id: listing for listing in listings}, away)

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of these organizations, by id."""
        known = await self._roles.get_many("organization", ids)
        return {id: known[id].name if id in known and known[id].name else id for id in sorted(ids)}

    async def conferences(self, ids: Collection[str]) -> list[str]:
        """The names of these conferences."""
        return sorted((await self._catalogue.conference_names(ids)).values()) if ids else []

    def show(
        self,
        template: str,
        request: Request,
        of: Organization,
        *,
        form: Form | None = None,
        status: int | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """Render ``desk/TEMPLATE.html`` for this organization. It says what was just done."""
        discipline = Words(translations(self.pages.reader(request).language, "matching")).discipline
        shown: dict[str, Any] = {"desk": of, "done": words.DONE, "discipline": discipline} | values
        return self.pages.page(
            f"desk/{template}", request, area="host", of=of.id, of_name=of.name, form=form, status=status, **shown
        )
