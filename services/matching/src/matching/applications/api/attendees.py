"""HTTP interface: attendees' actions on their applications."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response

from matching.applications.api.views import ApplicationPage, ApplicationView, PreviewView
from matching.applications.domain.application import Application
from matching.applications.domain.requests import Letter, PickedSlot
from matching.applications.domain.transitions import Command
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.application_changer import CommandRequest
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.web.access.callers import Caller, PersonCaller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.preconditions import IfMatch, OptionalIfMatch, show_version


def create_router(guard: Guard, applicants: Applicants, applications: ApplicationsRepository, database: Database) -> Router:
    """``/attendees/{attendee_id}/applications`` and the commands of attendees.

    Signed-in attendees act for themselves. For them, other attendees and their applications do not exist.
    """
    router = Router(tags=["applications"])
    applying = guard("applications", attendee=True, people=True)

    def command_request(
        id: str, command: Command, seen: int | None, caller: Caller, body: PickedSlot | None = None
    ) -> CommandRequest:
        return CommandRequest(id=id, command=command, seen=seen, body=body, attendees=caller.attendee_ids)

    def shown(application: Application, caller: Caller, response: Response) -> ApplicationView:
        show_version(response, application.version)
        return ApplicationView.of(application, caller)

    @router.get("/attendees/{attendee_id}/applications/{listing_id}/preview")
    async def preview_application(attendee_id: Id, listing_id: Id, caller: Annotated[Caller, Depends(applying)]) -> PreviewView:
        """Preview what the host would see, and what prevents applying.

        Attendees who are signed in see their own; other attendees get 404. A preview counts in the funnel, once for each
        listing, also through a program that acts for them, but not if an operator looks.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        opens = not isinstance(caller, PersonCaller) or attendee_id in (caller.attendee_ids or ())
        preview = await database.transact(lambda tx: applicants.preview(attendee_id, listing_id, tx, opens=opens))
        return PreviewView.of(preview, caller)

    @router.put("/attendees/{attendee_id}/applications/{listing_id}", responses={201: {"model": ApplicationView}})
    async def apply(
        attendee_id: Id,
        listing_id: Id,
        letter: Letter,
        seen: OptionalIfMatch,
        caller: Annotated[Caller, Depends(applying)],
        response: Response,
    ) -> ApplicationView:
        """Apply for the listing: the host then sees the letter and the profile, as the preview shows it.

        Sending the same letter again changes nothing. After withdrawing, or if the host did not answer, it applies
        again. Attendees who are signed in apply for themselves; other attendees get 404.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        application, new = await database.transact(lambda tx: applicants.apply(attendee_id, listing_id, letter, tx, seen))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return shown(application, caller, response)

    @router.get("/attendees/{attendee_id}/applications")
    async def get_own_applications(
        attendee_id: Id,
        caller: Annotated[Caller, Depends(applying)],
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        after: Annotated[Id | None, Query(description="the `next` of the previous page")] = None,
    ) -> ApplicationPage:
        """Return the attendee's applications, including those that have ended.

        Attendees who are signed in see their own; others get 404."""
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        found = await applications.page(after or "", limit + 1, attendee_id=attendee_id)
        return ApplicationPage.of(found, limit, caller)

    @router.post("/applications/{id}/withdraw")
    async def withdraw(
        id: Id, seen: OptionalIfMatch, caller: Annotated[Caller, Depends(applying)], response: Response
    ) -> ApplicationView:
        """Withdraw the application, even after an offer: the seat is free again, and an interview is called off.

        An application of somebody else gets 404.
        """
        command = command_request(id, "withdraw", seen, caller)
        return shown(await database.transact(lambda tx: applicants.withdraw(command, tx)), caller, response)

    @router.post("/applications/{id}/accept")
    async def accept(id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(applying)], response: Response) -> ApplicationView:
        """Accept the offer: a placement is made, and the attendee's other applications that it rules out end.

        409 if another placement at that time leaves no hours, or the deadline has passed. An application of somebody else gets
        404.
        """
        command = command_request(id, "accept", seen, caller)
        return shown(await database.transact(lambda tx: applicants.accept(command, tx)), caller, response)

    @router.post("/applications/{id}/decline")
    async def decline(id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(applying)], response: Response) -> ApplicationView:
        """Decline the offer; its seat is free again. An application of somebody else gets 404."""
        command = command_request(id, "decline", seen, caller)
        return shown(await database.transact(lambda tx: applicants.decline(command, tx)), caller, response)

    @router.post("/applications/{id}/pick-slot")
    async def pick_slot(
        id: Id, picked: PickedSlot, seen: IfMatch, caller: Annotated[Caller, Depends(applying)], response: Response
    ) -> ApplicationView:
        """Pick one of the times for an interview, or change the pick. An application of somebody else gets 404."""
        command = command_request(id, "pick-slot", seen, caller, picked)
        return shown(await database.transact(lambda tx: applicants.pick_slot(command, picked, tx)), caller, response)

    @router.post("/applications/{id}/confirm-terms")
    async def confirm_terms(
        id: Id, seen: IfMatch, caller: Annotated[Caller, Depends(applying)], response: Response
    ) -> ApplicationView:
        """Confirm that the attendee still wants it on the listing's current terms. An application of somebody else gets 404."""
        command = command_request(id, "confirm-terms", seen, caller)
        return shown(await database.transact(lambda tx: applicants.confirm_terms(command, tx)), caller, response)

    return router
