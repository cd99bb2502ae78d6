"""``/design``: every component of the pages in every state, for whoever builds or reviews a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from shared.web.access.guard import public
from shared.web.pages.forms import Form
from shared.web.pages.pages import PageRouter, Pages

PATH = "/design"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a timeline: what happened, when, and how it looks."""

    words: str
    at: datetime | None = None
    tone: str = ""


def create_router(pages: Pages) -> PageRouter:
    """``/design``."""
    router = PageRouter(dependencies=[Depends(public("components with made-up texts; no data"))])

    @router.get(PATH)
    async def show_design(request: Request) -> HTMLResponse:
        """The components."""
        now = pages.reader(request).now
        form = Form(
            {
                "title": ["Map the night sky"],
                "hours": ["200"],
                "kind": ["paid"],
                "terms": ["remote"],
                "note": ["<b>Hello</b>"],
                "letter": ["I have mapped the sky since I was nine."],
            },
            {
                "hours": "must be at most 60, not 200",
                "term": "is not a term of this conference",
                "hall": "choose at least one",
                "agreed": "must be ticked",
                "note": "must not contain HTML",
                "": "the listing has changed since you saw it",
            },
        )
        steps = [
            Step("You applied.", now - timedelta(days=9), "good"),
            Step("The host suggested three times for an interview.", now - timedelta(days=5), "good"),
            Step("The host's answer is due.", None),
        ]
        return pages.page("design", request, area="attendee", form=form, steps=steps)

    return router
