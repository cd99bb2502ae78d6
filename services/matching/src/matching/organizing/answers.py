"""``/organize-days/{conference}/answers``: hosts' answers, and the number of nominations. It names no attendee."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from matching.catalogue.repository import CatalogueRepository
from matching.host_answers.repository import HostAnswersRepository
from matching.nominations.repository import NominationsRepository
from matching.organizing.desk import OrganizerDesk
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.pages import PageRouter

PAGE: Final = 20
MOST_PROGRAMMES: Final = 1000
FEWEST: Final = 3
"""Smaller numbers of nominees are not shown, because somebody who knows one could identify them."""


def create_router(
    guard: Guard,
    desk: OrganizerDesk,
    catalogue: CatalogueRepository,
    host_answers: HostAnswersRepository,
    nominations: NominationsRepository,
) -> PageRouter:
    """``/organize-days/{conference}/answers``."""
    router = PageRouter(prefix="/organize-days/{conference}/answers")
    Organizer = Annotated[Caller, Depends(guard("rounds", conference=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def show_answers(
        conference: str, request: Request, caller: Organizer, page: Annotated[int, Query(ge=1, le=10_000)] = 1
    ) -> HTMLResponse:
        """How the conference's hosts answer, worst first, and how many agreed to be nominated for its programmes."""
        organized = await desk.conference(caller, conference)
        counted = await host_answers.get(conference)
        hosts = counted.hosts if counted else []
        path = f"{organized.path}/answers?page="
        programmes = [one for one in await catalogue.programmes(MOST_PROGRAMMES) if conference in one.conference_ids]
        return desk.page(
            "answers",
            request,
            organized,
            hosts=hosts[(page - 1) * PAGE : page * PAGE],
            as_of=counted and counted.as_of,
            previous=f"{path}{page - 1}" if page > 1 else "",
            following=f"{path}{page + 1}" if len(hosts) > page * PAGE else "",
            programmes=programmes,
            agreed=await nominations.count_agreed([one.id for one in programmes]) if programmes else {},
            fewest=FEWEST,
        )

    return router
