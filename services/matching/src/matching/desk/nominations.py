"""``/desk/{org}/nominations/{id}``: somebody who agreed to be nominated for a programme of the organization."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from matching.applications.domain.application import PRIVATE
from matching.applications.repository.applications import ApplicationsRepository
from matching.desk.desk import Desk
from matching.nominations.repository import NominationsRepository
from shared.contract.events.fields import Id
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter


def create_router(desk: Desk, nominations: NominationsRepository, applications: ApplicationsRepository) -> PageRouter:
    """``/desk/{org}/nominations/{id}``."""
    router = PageRouter(prefix="/desk/{org}/nominations/{id}")
    hosting = desk.guard("nominations", organization=True, people=True)

    @router.get("")
    async def show_nomination(org: Id, id: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """The nomination, with the mentor's words while the nominee agrees. Nothing, unless they ever agreed."""
        host = await desk.organization(caller, org)
        nomination = await nominations.get(id)
        if nomination is None or nomination.host_id != org or all(step.state != "agreed" for step in nomination.history):
            raise NotFound("nomination", id)
        applied = await applications.of_pairs([(nomination.listing_id, nomination.attendee_id)])
        shared = next((one for one in applied if one.state not in PRIVATE), None)
        return desk.show("nomination", request, host, nomination=nomination, application=shared)

    return router
