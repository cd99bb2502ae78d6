"""``/organize-days/{conference}/answers``: how hosts answer, and how many were nominated. It names no attendee."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from matching.applications.domain.application import Answers
from matching.applications.repository import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.nominations.repository import NominationsRepository
from matching.organizing.desk import OrganizerDesk
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.pages import PageRouter

MOST_LISTINGS: Final = 5000
MOST_PROGRAMMES: Final = 1000
SOON: Final = timedelta(days=3)
FEWEST: Final = 3
"""Fewer nominees than that are not counted one by one: whoever knows one could work out who it is."""


@dataclass(frozen=True, slots=True)
class HostRow:
    """How one host answers."""

    name: str
    answers: Answers
    waiting: int
    """Applications that it has to answer."""
    soon: int
    """Of them, those due within ``SOON``."""


def create_router(
    guard: Guard,
    desk: OrganizerDesk,
    catalogue: CatalogueRepository,
    applications: ApplicationsRepository,
    nominations: NominationsRepository,
) -> PageRouter:
    """``/organize-days/{conference}/answers``."""
    router = PageRouter(prefix="/organize-days/{conference}/answers")
    Organizer = Annotated[Caller, Depends(guard("rounds", conference=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def show_answers(conference: str, request: Request, caller: Organizer) -> HTMLResponse:
        """How the conference's hosts answer, the slowest first, and how many agreed to be nominated for its programmes."""
        organized = await desk.conference(caller, conference)
        now = desk.pages.reader(request).now
        names = await catalogue.hosts_at(conference, MOST_LISTINGS)
        told = await applications.answers_of_each(names)
        waiting = await applications.to_be_answered(names, now + timedelta(days=3650))
        soon = await applications.to_be_answered(names, now + SOON)
        hosts = [HostRow(name, told.get(id, Answers()), waiting.get(id, 0), soon.get(id, 0)) for id, name in names.items()]
        programmes = [one for one in await catalogue.programmes(MOST_PROGRAMMES) if conference in one.conference_ids]
        return desk.page(
            "answers",
            request,
            organized,
            hosts=sorted(hosts, key=lambda one: (-one.answers.unanswered, -one.soon, one.name)),
            programmes=programmes,
            agreed=await nominations.count_agreed([one.id for one in programmes]) if programmes else {},
            fewest=FEWEST,
        )

    return router
