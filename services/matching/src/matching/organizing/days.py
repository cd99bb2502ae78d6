"""``/organize-days``: an organizer's conferences, with their match days."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from matching.catalogue.repository import CatalogueRepository
from matching.organizing import words
from matching.organizing.desk import OrganizerDesk
from matching.rounds.repository.rounds import Rounds
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.pages import PageRouter

LISTED: Final = 50


def create_router(guard: Guard, desk: OrganizerDesk, catalogue: CatalogueRepository, rounds: Rounds) -> PageRouter:
    """``/organize-days`` and ``/organize-days/{conference}``."""
    router = PageRouter(prefix="/organize-days")
    Organizer = Annotated[Caller, Depends(guard("rounds", conference=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def list_conferences(request: Request, caller: Organizer) -> HTMLResponse:
        """The conferences whose match days the caller runs."""
        after = request.query_params.get("after", "")[:128]
        found = [*(await catalogue.next_conferences(caller.conference_ids, after, LISTED + 1)).items()]
        following = f"/organize-days?after={found[LISTED - 1][0]}" if len(found) > LISTED else ""
        return desk.pages.page("organizing/conferences", request, conferences=found[:LISTED], following=following)

    @router.get("/{conference}")
    async def list_days(conference: str, request: Request, caller: Organizer) -> HTMLResponse:
        """The match days of a conference, and how to begin one."""
        organized = await desk.conference(caller, conference)
        return desk.page(
            "days", request, organized, days=await rounds.of_conference(conference, LISTED), states=words.STATES, words=words
        )

    return router
