"""HTTP interface: hosts' actions on applications."""

from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import BaseModel

from matching.applications.api.views import ApplicationPage, ApplicationView
from matching.applications.domain.application import Application
from matching.applications.domain.requests import OfferRequest, Slots
from matching.applications.domain.transitions import Command, State
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.application_changer import CommandRequest
from matching.applications.use_cases.hosts import Hosts
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.preconditions import IfMatch, show_version


def create_router(guard: Guard, hosts: Hosts, applications: ApplicationsRepository, database: Database) -> Router:
    """``/applications``, for hosts and, one at a time, for attendees.

    For keys bound to an organization, and for a host's people, applications to other organizations do not exist.
    """
    router = Router(prefix="/applications", tags=["applications"])
    hosting = guard("applications", organization=True, people=True)
    reading = guard("applications", attendee=True, organization=True, people=True)

    def command_request(id: str, command: Command, seen: int, caller: Caller, body: BaseModel | None = None) -> CommandRequest:
        return CommandRequest(id=id, command=command, seen=seen, body=body, hosts=caller.organization_ids)

    def shown(application: Application, caller: Caller, response: Response) -> ApplicationView:
        show_version(response, application.version)
        return ApplicationView.of(application, caller)

    @router.get("")
    async def get_applications(
        caller: Annotated[Caller, Depends(hosting)],
        listing_id: Id | None = None,
        state: State | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        after: Annotated[Id | None, Query(description="the `next` of the previous page")] = None,
    ) -> ApplicationPage:
        """Return applications: to a host, those for its listings; optionally only of one listing or in one state.

        A key bound to an organization, and its people (`admin`, `contact`), see no others.
        """
        found = await applications.page(
            after or "", limit + 1, listing_id=listing_id, state=state, organizations=caller.organization_ids
        )
        return ApplicationPage.of(found, limit, caller)

    @router.get("/{id}")
    async def get_application(id: Id, caller: Annotated[Caller, Depends(reading)], response: Response) -> ApplicationView:
        """Return the application, with its ETag. Its attendee and its host see it; others get 404."""
        application = await applications.get(id)
        if application is None:
            raise NotFound("application", id)
        guard.owner(
            caller,
            "application",
            id,
            attendee_id=application.attendee_id,
            organization_id=application.organization_id,
        )
        return shown(application, caller, response)

    @router.post("/{id}/screen")
    async def screen(id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(hosting)], response: Response) -> ApplicationView:
        """Tell the attendee that the host is looking at it. An application to another organization gets 404."""
        command = command_request(id, "screen", seen, caller)
        return shown(await database.transact(lambda tx: hosts.screen(command, tx)), caller, response)

    @router.post("/{id}/interview")
    async def interview(
        id: Id, slots: Slots, seen: IfMatch, caller: Annotated[Caller, Depends(hosting)], response: Response
    ) -> ApplicationView:
        """Invite to an interview, or move it. A single time is the appointment; from several, the attendee picks.

        An application to another organization gets 404.
        """
        command = command_request(id, "interview", seen, caller, slots)
        return shown(await database.transact(lambda tx: hosts.interview(command, slots, tx)), caller, response)

    @router.post("/{id}/call-off")
    async def call_off(id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(hosting)], response: Response) -> ApplicationView:
        """Call the interview off. An application to another organization gets 404."""
        command = command_request(id, "call-off", seen, caller)
        return shown(await database.transact(lambda tx: hosts.call_off(command, tx)), caller, response)

    @router.post("/{id}/offer")
    async def offer(
        id: Id, request: OfferRequest, seen: IfMatch, caller: Annotated[Caller, Depends(hosting)], response: Response
    ) -> ApplicationView:
        """Offer a seat, which is held until the attendee answers or the deadline passes. 409 if none is free.

        An application to another organization gets 404.
        """
        command = command_request(id, "offer", seen, caller, request)
        return shown(await database.transact(lambda tx: hosts.offer(command, request, tx)), caller, response)

    @router.post("/{id}/reject")
    async def reject(id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(hosting)], response: Response) -> ApplicationView:
        """Reject the application. The host may still offer a seat later. An application to another organization gets 404."""
        command = command_request(id, "reject", seen, caller)
        return shown(await database.transact(lambda tx: hosts.reject(command, tx)), caller, response)

    @router.post("/{id}/rescind")
    async def rescind(id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(hosting)], response: Response) -> ApplicationView:
        """Take the offer back; its seat is free again. An application to another organization gets 404."""
        command = command_request(id, "rescind", seen, caller)
        return shown(await database.transact(lambda tx: hosts.rescind(command, tx)), caller, response)

    return router
