"""An organizer's conferences, and for each one its sources of attendance and the events that were not recorded."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from registration.attendance.api.reasons import readable
from registration.conferences.repository import Conferences
from registration.connections.repository.connections import Connections
from registration.connections.use_cases.delivery_manager import DeliveryManager
from registration.organizing.domain import can_be_sent_again
from registration.organizing.pages import words
from registration.organizing.pages.access import organized, page_number
from registration.organizing.use_cases.letter_sender import LetterSender
from registration.organizing.use_cases.overview import MOST_COUNTED, Overviews
from shared import clock
from shared.refusals import Conflict, NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.organizer_page import organizer_page
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.problems import not_found
from shared.wording.languages import translatable

LISTED: Final = 50
_DONE: Final = {
    "sent": translatable("The event was sent again. In a few seconds, you will see the outcome here."),
    "retried": translatable("All failed messages are now being retried."),
}


def create_router(
    guard: Guard,
    conferences: Conferences,
    connections: Connections,
    overviews: Overviews,
    letter_sender: LetterSender,
    delivery_manager: DeliveryManager,
    pages: Pages,
) -> PageRouter:
    """``/organize``."""
    router = PageRouter(prefix="/organize")
    Organizer = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def list_conferences(request: Request, caller: Organizer) -> HTMLResponse:
        """The conferences that the caller organizes; for an operator, all."""
        found = await conferences.names(caller.conference_ids, request.query_params.get("after", "")[:128], LISTED + 1)
        following = f"/organize?after={found[LISTED - 1].id}" if len(found) > LISTED else ""
        return pages.page("organize/conferences", request, conferences=found[:LISTED], following=following)

    async def show(request: Request, caller: Caller, id: str, *, form: Form | None = None) -> HTMLResponse:
        conference = await organized(guard, conferences, caller, id)
        number = page_number(request)
        overview = await overviews.of(conference, clock.now(), number)
        here = f"/organize/{id}"
        return organizer_page(
            pages,
            "organize/overview",
            request,
            conference,
            form=form,
            overview=overview,
            done=_DONE,
            troubled=[one for one in overview.sources if one.state in ("unreachable", "failing", "silent")],
            waiting=[
                (conference.sessions[session].title if session in conference.sessions else session, count)
                for session, count in sorted(overview.waiting.items(), key=lambda one: -one[1])[:10]
            ],
            most_counted=MOST_COUNTED,
            can_be_sent_again=can_be_sent_again,
            words=words,
            readable=readable,
            previous=f"{here}?page={number - 1}#letters" if number else "",
            following=f"{here}?page={number + 1}#letters" if overview.more_letters else "",
        )

    @router.get("/{conference}")
    async def show_conference(conference: str, request: Request, caller: Organizer) -> HTMLResponse:
        """Where attendance comes from, whether it still does, and what was not recorded."""
        return await show(request, caller, conference)

    @router.post("/{conference}/letters")
    async def send_again(conference: str, request: Request, caller: Organizer) -> Response:
        """Send an event again that was not recorded."""
        await organized(guard, conferences, caller, conference)
        form = await read_form(request)
        try:
            await letter_sender.send_again(conference, form.get("source"), form.get("id"), caller.id)
        except (Conflict, NotFound) as refusal:
            return await show(request, caller, conference, form=form.refused(refusal))
        return see_other(f"/organize/{conference}?done=sent")

    @router.post("/{conference}/connections/{connection}/retry")
    async def retry_connection(conference: str, connection: str, request: Request, caller: Organizer) -> Response:
        """Try all messages of a connection again that have failed."""
        await organized(guard, conferences, caller, conference)
        found = await connections.get(connection)
        if found is None or found.conference_id != conference:
            raise not_found("connection", connection)
        await delivery_manager.retry_all(connection, clock.now())
        return see_other(f"/organize/{conference}?done=retried")

    return router
