"""The outcome of one event of a conference, by its id."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from registration.attendance.api.reasons import readable
from registration.attendance.use_cases.event_lookup import EventLookup, Outcome
from registration.conferences.repository import Conferences
from registration.organizing.pages import words
from registration.organizing.pages.access import organized
from registration.organizing.use_cases.overview import Overviews
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form
from shared.web.pages.organizer_page import organizer_page
from shared.web.pages.pages import PageRouter, Pages

_LONGEST: Final = 256
_MOST_ASKED: Final = 20


def create_router(
    guard: Guard, conferences: Conferences, event_lookup: EventLookup, overviews: Overviews, pages: Pages
) -> PageRouter:
    """``/organize/{conference}/events``."""
    router = PageRouter(prefix="/organize/{conference}/events")
    Organizer = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def show_event(conference: str, request: Request, caller: Organizer) -> HTMLResponse:
        """The outcome of an event. Without a source, it is looked for in all sources of the conference."""
        known = await organized(guard, conferences, caller, conference)
        id, source = (request.query_params.get(name, "").strip()[:_LONGEST] for name in ("id", "source"))
        sources = await overviews.sources(conference)
        found: list[tuple[str, Outcome]] = []
        if id:
            for one in [source] if source else sources[:_MOST_ASKED]:
                outcome = await event_lookup.outcome_of(one, id)
                # An event of another conference, or whose conference cannot be read, is treated as nonexistent.
                if outcome and outcome.conference_id == conference:
                    found.append((one, outcome))
        return organizer_page(
            pages,
            "organize/events",
            request,
            known,
            form=Form.of({"id": id, "source": source}),
            id=id,
            found=found,
            sources=sources,
            words=words,
            readable=readable,
        )

    return router
