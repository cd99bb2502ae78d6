"""Shared by all pages for organizers: the conference that a page is about."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from matching.catalogue.repository import CatalogueRepository
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.rounds import Rounds
from shared.contract.events.registration import ConferenceBrand
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form
from shared.web.pages.organizer_page import organizer_page
from shared.web.pages.pages import Pages
from shared.web.problems import not_found


@dataclass(frozen=True, slots=True)
class Organized:
    """A conference, as shown to its organizers."""

    id: str
    name: str
    brand: ConferenceBrand | None = None

    @property
    def path(self) -> str:
        """The path of its match days."""
        return f"/organize-days/{self.id}"


class OrganizerDesk:
    """Finds conferences for their organizers, and renders pages about them."""

    def __init__(self, guard: Guard, catalogue: CatalogueRepository, pages: Pages) -> None:
        self._guard = guard
        self._catalogue = catalogue
        self.pages = pages

    async def conference(self, caller: Caller, id: str) -> Organized:
        """The conference. Raises ``Problem`` 404 if there is none, or the caller does not organize it."""
        self._guard.owner(caller, "conference", id, conference_id=id)
        known = await self._catalogue.conference_head(id)
        if known is None:
            raise not_found("conference", id)
        return Organized(id, known.name, known.brand)

    def page(
        self,
        name: str,
        request: Request,
        conference: Organized,
        *,
        form: Form | None = None,
        status: int | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A page about the conference."""
        return organizer_page(self.pages, f"organizing/{name}", request, conference, form=form, status=status, **values)


async def round_of(rounds: Rounds, conference: str, id: str) -> Round:
    """The conference's round. Raises ``Problem`` 404 if it has no such round."""
    round = await rounds.get(id)
    if round is None or round.conference_id != conference:
        raise not_found("round", id)
    return round
