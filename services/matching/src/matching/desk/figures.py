"""``/desk/{org}/figures``: the funnel of the organization's applications, and its rate of answers."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from matching.applications.repository.applications import ApplicationsRepository
from matching.desk.desk import Desk
from matching.desk.words import FUNNEL
from matching.placements.repository import PlacementsRepository
from shared.contract.events.fields import Id
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter


def create_router(desk: Desk, applications: ApplicationsRepository, placements: PlacementsRepository) -> PageRouter:
    """``/desk/{org}/figures``."""
    router = PageRouter(prefix="/desk/{org}")
    hosting = desk.guard("applications", organization=True, people=True)

    @router.get("/figures")
    async def show_figures(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """The organization's own funnel and rate of answers."""
        host = await desk.organization(caller, org)
        ever = await applications.ever_in(org, ("submitted", "interview", "offered", "accepted"))
        seats = await placements.ever_in(org, ("confirmed", "started", "completed"))
        counts = {
            "applied": ever["submitted"],
            "interviewed": ever["interview"],
            "offered": ever["offered"],
            "accepted": ever["accepted"],
            "placed": seats["confirmed"],
            "started": seats["started"],
            "completed": seats["completed"],
            "hired": await placements.count_hired(org),
        }
        most = max(counts.values(), default=0)
        steps = [(text, counts[step], most) for step, text in FUNNEL.items()]
        return desk.show("figures", request, host, steps=steps, answers=await applications.answers_of(org))

    return router
