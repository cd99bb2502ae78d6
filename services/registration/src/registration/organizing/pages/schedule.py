"""Shows a conference's schedule, and imports a file that replaces it."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from registration.conferences.repository import Conferences, ScheduleImports
from registration.conferences.use_cases import ConferenceScheduler, ScheduleReader
from registration.organizing.pages.access import organized, page_number
from shared.contract.events.fields import Day, PlainLine
from shared.database.mongo import Database
from shared.refusals import Busy, Invalid, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form_with_file
from shared.web.pages.organizer_page import organizer_page
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.problems import status_of
from shared.worded import Worded
from shared.wording.languages import translatable

SESSIONS: Final = 40
"""How many sessions one page shows."""
_FIELDS: Final = {"query.name": "name", "query.starts": "starts", "query.ends": "ends"}
NO_FILE: Final = translatable("choose a file first")


class Overrides(BaseModel):
    """Values that override the file's."""

    name: PlainLine | None = None
    starts: Day | None = None
    ends: Day | None = None


def create_router(
    guard: Guard,
    conferences: Conferences,
    imports: ScheduleImports,
    conference_scheduler: ConferenceScheduler,
    schedule_reader: ScheduleReader,
    database: Database,
    pages: Pages,
) -> PageRouter:
    """``/organize/{conference}/schedule``."""
    router = PageRouter(prefix="/organize/{conference}/schedule")
    Organizer = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    async def show(request: Request, caller: Caller, id: str, *, form: Form | None = None) -> HTMLResponse:
        conference = await organized(guard, conferences, caller, id)
        number, here = page_number(request), f"/organize/{id}/schedule"
        sessions = list(conference.sessions.values())
        return organizer_page(
            pages,
            "organize/schedule",
            request,
            conference,
            form=form,
            sessions=sessions[number * SESSIONS : (number + 1) * SESSIONS],
            imported=await imports.get(id) if request.query_params.get("done") == "imported" and form is None else None,
            previous=f"{here}?page={number - 1}" if number else "",
            following=f"{here}?page={number + 1}" if len(sessions) > (number + 1) * SESSIONS else "",
        )

    @router.get("")
    async def show_schedule(conference: str, request: Request, caller: Organizer) -> HTMLResponse:
        """The sessions as they are known."""
        return await show(request, caller, conference)

    @router.post("")
    async def import_schedule(conference: str, request: Request, caller: Organizer) -> Response:
        """Replace the sessions with those in a file. The page that follows says what was left out."""
        await organized(guard, conferences, caller, conference)
        form = Form()
        try:
            async with schedule_reader.turn():
                form, file = await read_form_with_file(request, "file")
                overrides = form.check(Overrides)
                if not file.content:
                    raise Invalid("file", NO_FILE)
                schedule = await schedule_reader.read(file.content, file.media_type)
            await database.transact(
                lambda tx: conference_scheduler.import_schedule(
                    conference, schedule, overrides.name, overrides.starts, overrides.ends, tx
                )
            )
        except FormFaults as faults:
            return await show(request, caller, conference, form=form.refused(faults))
        except (Invalid, Busy) as refusal:
            told = form.with_faults(_faults(refusal), status_of(refusal))
            return await show(request, caller, conference, form=told)
        return see_other(f"/organize/{conference}/schedule?done=imported")

    return router


def _faults(refusal: Refusal) -> dict[str, str]:
    """The faults, by form field. Faults inside the file are reported at the file's field."""
    field = _FIELDS.get(refusal.field or "", "file")
    if refusal.field in (None, "file", "body", *_FIELDS):
        return {field: refusal.detail}
    return {field: Worded("%(place)s: %(what)s", place=refusal.field, what=refusal.detail)}
