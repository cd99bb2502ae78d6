"""HTTP interface: insight as JSON and as a page. The figures are counted in the background."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from matching.insight.api.funnel_csv import funnel_csv
from matching.insight.api.page import page_values
from matching.insight.domain.figures import Insight
from matching.insight.domain.report import ALL_CONFERENCES
from matching.insight.repository import Insights
from matching.model.conferences import Conference
from shared.contract.events.fields import Id
from shared.refusals import Busy, NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.pages.brand import Brand
from shared.web.pages.pages import Pages
from shared.wording.languages import translations


def create_router(guard: Guard, insights: Insights, pages: Pages) -> Router:
    """``/insight`` and ``/conferences/{id}/insight``, each with its ``/page``.

    Both are for people, too: organizers, of their conferences, and operators. A browser may also send a key as a password.
    """
    router = Router(tags=["insight"])
    all_conferences = guard("insight", browser=True, people=True)
    one_conference = guard("insight", conference=True, browser=True, people=True)

    async def conference_of(conference_id: str, caller: Caller) -> Conference:
        guard.owner(caller, "conference", conference_id, conference_id=conference_id)
        conference = await insights.conference(conference_id)
        if conference is None:
            raise NotFound("conference", conference_id)
        return conference

    async def counted(conference_id: str | None) -> Insight:
        if insight := await insights.get(conference_id):
            return insight
        raise Busy("this is not counted yet; ask again in a few minutes", retry_after=60)

    @router.get("/insight", dependencies=[Depends(all_conferences)])
    async def get_insight() -> Insight:
        """Return the figures of all conferences together, as last counted. 503 before the first count.

        Not for a key bound to a conference, nor for organizers (403).
        """
        return await counted(None)

    @router.get("/conferences/{id}/insight")
    async def get_conference_insight(id: Id, caller: Annotated[Caller, Depends(one_conference)]) -> Insight:
        """Return the figures of one conference, as last counted. 503 before the first count.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        await conference_of(id, caller)
        return await counted(id)

    def as_csv(insight: Insight) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="funnel.csv"', "Cache-Control": "private, no-cache"}
        return Response(funnel_csv(insight), media_type="text/csv; charset=utf-8", headers=headers)

    csv_answer: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

    @router.get("/insight/funnel.csv", response_class=Response, responses=csv_answer, dependencies=[Depends(all_conferences)])
    async def get_funnel() -> Response:
        """Return the funnel of all conferences as CSV, as last counted. 503 before the first count.

        Not for a key bound to a conference, nor for organizers (403).
        """
        return as_csv(await counted(None))

    @router.get("/conferences/{id}/insight/funnel.csv", response_class=Response, responses=csv_answer)
    async def get_conference_funnel(id: Id, caller: Annotated[Caller, Depends(one_conference)]) -> Response:
        """Return the funnel of one conference as CSV, as last counted. 503 before the first count.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        await conference_of(id, caller)
        return as_csv(await counted(id))

    def show(request: Request, conference: Conference | None, insight: Insight | None, *, alone: bool) -> HTMLResponse:
        id, name = (conference.id, conference.name) if conference else (None, pages.gettext(request)(ALL_CONFERENCES))
        texts = translations(pages.reader(request).language, "matching")
        return pages.page(
            "insight/page",
            request,
            area="organizer" if conference else "",
            of=id or "",
            of_name=name if conference else "",
            brand=Brand.of(conference),
            **page_values(request.scope.get("root_path", ""), id, name, insight, texts, alone=alone),
        )

    @router.get("/insight/page", response_class=HTMLResponse, dependencies=[Depends(all_conferences)])
    async def get_page(request: Request) -> HTMLResponse:
        """The same figures as a page, for operators who are signed in. A browser may also send a key as the password.

        Not for a key bound to a conference, nor for organizers (403).
        """
        return show(request, None, await insights.get(None), alone=False)

    @router.get("/conferences/{id}/insight/page", response_class=HTMLResponse)
    async def get_conference_page(request: Request, id: Id, caller: Annotated[Caller, Depends(one_conference)]) -> HTMLResponse:
        """The same figures as a page, for organizers who are signed in. A browser may also send a key as the password.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        conference = await conference_of(id, caller)
        return show(request, conference, await insights.get(id), alone=caller.conference_ids is not None)

    return router
