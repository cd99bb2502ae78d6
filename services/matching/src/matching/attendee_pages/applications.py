"""The attendee's applications: all of them, and each with its course and what can be done."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from matching.applications.domain.application import Application, offered_placement
from matching.applications.domain.requests import MAX_SLOTS, PickedSlot
from matching.applications.domain.transitions import RULES, Command
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.applicants import Applicants
from matching.applications.use_cases.application_changer import CommandRequest
from matching.applications.use_cases.superseder import Superseder
from matching.attendee_pages.courses import BADGES, possible, standing, steps_of
from matching.attendee_pages.reading import AREA, REFUSALS, conditions_of, conditions_of_terms, ids_of, voice
from matching.catalogue.repository import CatalogueRepository
from matching.model.listings import Listing
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.dates import Meeting
from shared.wording.languages import translatable

PAGE: Final = 50
DONE: Final = {
    "applied": translatable("Your application was sent. We write to you as soon as there is news."),
    "withdraw": translatable("You have withdrawn it. The organization no longer sees what you wrote."),
    "accept": translatable("You have the place. Congratulations."),
    "decline": translatable("You have declined the offer."),
    "pick-slot": translatable("The time is agreed, and the organization has been told."),
    "confirm-terms": translatable("The organization has been told that you still want it."),
}


class CommandForm(BaseModel):
    """What the form of an action sends. ``version`` is of the application that the page showed."""

    version: int = Field(ge=0)
    slot: int | None = Field(default=None, ge=0, lt=MAX_SLOTS)


def create_router(
    guard: Guard,
    pages: Pages,
    applicants: Applicants,
    superseder: Superseder,
    applications: ApplicationsRepository,
    catalogue: CatalogueRepository,
    database: Database,
) -> PageRouter:
    """``/my/applications``."""
    router = PageRouter()
    By = Annotated[Caller, Depends(guard("applications", attendee=True, people=True))]  # noqa: N806 - a type

    @router.get("/my/applications")
    async def show_applications(request: Request, caller: By, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
        """All applications of the attendee, the last one first."""
        says, ids = voice(pages.reader(request)), ids_of(caller)
        skip = (page - 1) * PAGE
        found = await database.transact(lambda tx: applications.of_attendees(ids, skip, PAGE + 1, tx))
        return pages.page(
            "attendee/applications",
            request,
            area=AREA,
            items=[(one, *BADGES[one.state], standing(one, says)) for one in found[:PAGE]],
            previous=f"/my/applications?page={page - 1}" if page > 1 else "",
            next=f"/my/applications?page={page + 1}" if len(found) > PAGE else "",
        )

    async def application_page(
        request: Request,
        caller: Caller,
        id: str,
        form: Form | None = None,
        tried: Command | None = None,
    ) -> HTMLResponse:
        """``tried``: the command that was refused, for which ``form`` says why."""
        says, ids = voice(pages.reader(request)), ids_of(caller)

        async def read(tx: Tx) -> tuple[Application, Listing | None, list[Application]]:
            application = await applications.get(id, tx)
            if application is None or application.attendee_id not in ids:
                raise NotFound("application", id)
            listing = (await catalogue.listings([application.listing_id], tx)).get(application.listing_id)
            ends: list[Application] = []
            if listing and "accept" in possible(application, tx.now):
                ends = await superseder.would_end(offered_placement(application, listing), tx)
            return application, listing, ends

        application, listing, ends = await database.transact(read)
        dates = says.reader.dates
        left = possible(application, says.reader.now)
        if form and tried and tried not in left:
            form = form.with_faults({"": translatable("This is no longer possible. The current state is below.")}, form.status)
        now_says = says.conditions(conditions_of(listing)) if listing and application.changed_terms else []
        return pages.page(
            "attendee/application",
            request,
            area=AREA,
            application=application,
            badge=BADGES[application.state],
            standing=standing(application, says),
            possible=left,
            steps=steps_of(application, says),
            terms=says.conditions(conditions_of_terms(application.terms, application.offer)),
            now_says=now_says,
            changed=says.words.terms(application.changed_terms) if application.changed_terms else "",
            slots=[
                (place, dates.meeting(Meeting(slot.starts, slot.ends)), slot)
                for place, slot in enumerate(application.slots)
                if slot.starts > says.reader.now
            ],
            meeting=dates.meeting(Meeting(application.interview.starts, application.interview.ends))
            if application.interview
            else "",
            ends=ends,
            done=DONE,
            form=form,
        )

    @router.get("/my/applications/{id}")
    async def show_application(request: Request, id: Id, caller: By) -> HTMLResponse:
        """An application with its course, and what can be done."""
        return await application_page(request, caller, id)

    async def carry_out(
        request: Request,
        caller: Caller,
        id: str,
        command: Command,
        act: Callable[[CommandRequest, CommandForm, Tx], Awaitable[Application]],
    ) -> Response:
        form = await read_form(request)
        try:
            sent = form.check(CommandForm)
            body = PickedSlot(slot=sent.slot) if RULES[command].needs == ("slot",) and sent.slot is not None else None
            asked = CommandRequest(id=id, command=command, seen=sent.version, body=body, attendees=ids_of(caller))
            await database.transact(lambda tx: act(asked, sent, tx))
        except NotFound:
            raise
        except Refusal as refusal:
            return await application_page(request, caller, id, form.refused(refusal, REFUSALS), tried=command)
        return see_other(f"/my/applications/{id}?done={command}")

    @router.post("/my/applications/{id}/withdraw")
    async def withdraw(request: Request, id: Id, caller: By) -> Response:
        """Take the application back."""
        return await carry_out(request, caller, id, "withdraw", lambda asked, _, tx: applicants.withdraw(asked, tx))

    @router.post("/my/applications/{id}/accept")
    async def accept(request: Request, id: Id, caller: By) -> Response:
        """Accept the offer."""
        return await carry_out(request, caller, id, "accept", lambda asked, _, tx: applicants.accept(asked, tx))

    @router.post("/my/applications/{id}/decline")
    async def decline(request: Request, id: Id, caller: By) -> Response:
        """Decline the offer."""
        return await carry_out(request, caller, id, "decline", lambda asked, _, tx: applicants.decline(asked, tx))

    @router.post("/my/applications/{id}/confirm-terms")
    async def confirm_terms(request: Request, id: Id, caller: By) -> Response:
        """Say that the attendee still wants it."""
        return await carry_out(request, caller, id, "confirm-terms", lambda asked, _, tx: applicants.confirm_terms(asked, tx))

    @router.post("/my/applications/{id}/pick-slot")
    async def pick_slot(request: Request, id: Id, caller: By) -> Response:
        """Pick a time for the interview."""

        async def pick(asked: CommandRequest, sent: CommandForm, tx: Tx) -> Application:
            if sent.slot is None:
                raise FormFaults((await read_form(request)).with_faults({"slot": translatable("choose one of the times")}))
            return await applicants.pick_slot(asked, PickedSlot(slot=sent.slot), tx)

        return await carry_out(request, caller, id, "pick-slot", pick)

    return router
