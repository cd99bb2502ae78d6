"""HTTP in: insight as JSON and as a page. The figures were counted in the background."""

from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from matching.insight.api.funnel_csv import funnel_csv
from matching.insight.api.page import InsightPage
from matching.insight.domain.figures import Insight
from matching.insight.domain.report import ALL_CONFERENCES
from matching.insight.repository import Insights
from shared.contract.events.fields import Id
from shared.refusals import Busy, NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard, public
from shared.web.access.router import Router

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_router(guard: Guard, insights: Insights) -> Router:
    """``/insight`` and ``/conferences/{id}/insight``, each with its ``/page``.

    Both are for people, too: organizers, of their conferences, and operators. A browser may also send a key as a password.
    """
    router = Router(tags=["insight"])
    page = InsightPage()
    all_conferences = guard("insight", browser=True, people=True)
    one_conference = guard("insight", conference=True, browser=True, people=True)

    async def name_of(conference_id: str, caller: Caller) -> str:
        guard.owner(caller, "conference", conference_id, conference_id=conference_id)
        name = await insights.conference_name(conference_id)
        if name is None:
            raise NotFound("conference", conference_id)
        return name

    async def counted(conference_id: str | None) -> Insight:
        if insight := await insights.get(conference_id):
            return insight
        raise Busy("this is not counted yet; ask again in a few minutes", retry_after=60)

    @router.get("/insight", dependencies=[Depends(all_conferences)])
    async def get_insight() -> Insight:
        """The figures of all conferences together, as last counted. 503 before the first count.

        Not for a key bound to a conference, nor for organizers (403).
        """
        return await counted(None)

    @router.get("/conferences/{id}/insight")
    async def get_conference_insight(id: Id, caller: Annotated[Caller, Depends(one_conference)]) -> Insight:
        """The figures of one conference, as last counted. 503 before the first count.

        A key bound to another conference gets 404, and so do organizers of others.
        """
        await name_of(id, caller)
        return await counted(id)

    def as_csv(insight: Insight) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="funnel.csv"', "Cache-Control": "private, no-cache"}
        return Response(funnel_csv(insight), media_type="text/csv; charset=utf-8", headers=headers)

    csv_answer: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

    @router.get("/insight/funnel.csv", response_class=Response, responses=csv_answer, dependencies=[Depends(all_conferences)])
    async def get_funnel() -> Response:
        """The funnel of all conferences as CSV, as last counted. 503 before the first count.

        Not for a key bound to a conference, nor for organizers (403).
        """
        return as_csv(await counted(None))

    @router.get("/conferences/{id}/insight/funnel.csv", response_class=Response, responses=csv_answer)
    async def get_conference_funnel(id: Id, caller: Annotated[Caller, Depends(one_conference)]) -> Response:
        """The funnel of one conference as CSV, as last counted. 503 before the first count.

        A key bound to another conference gets 404, and so do organizers of others.
        """
        await name_of(id, caller)
        return as_csv(await counted(id))

    def html(request: Request, conference_id: str | None, name: str, insight: Insight | None, *, alone: bool) -> HTMLResponse:
        root: str = request.scope.get("root_path", "")
        content = page.render(root, conference_id, name, insight, alone=alone)
        return HTMLResponse(content, headers=HEADERS | {"Cache-Control": "private, no-cache"})

    @router.get("/insight/page", response_class=HTMLResponse, dependencies=[Depends(all_conferences)])
    async def get_page(request: Request) -> HTMLResponse:
        """The same figures as a page, for operators who are signed in. A browser may also send a key as the password.

        Not for a key bound to a conference, nor for organizers (403).
        """
        return html(request, None, ALL_CONFERENCES, await insights.get(None), alone=False)

    @router.get("/conferences/{id}/insight/page", response_class=HTMLResponse)
    async def get_conference_page(request: Request, id: Id, caller: Annotated[Caller, Depends(one_conference)]) -> HTMLResponse:
        """The same figures as a page, for organizers who are signed in. A browser may also send a key as the password.

        A key bound to another conference gets 404, and so do organizers of others.
        """
        name = await name_of(id, caller)
        return html(request, id, name, await insights.get(id), alone=caller.conference_ids is not None)

    assets = public("scripts and styles, the same for everybody; they have no figures")

    @router.get("/insight/assets/{name}", include_in_schema=False, dependencies=[Depends(assets)])
    async def get_asset(name: str) -> Response:
        if name not in page.assets:
            raise NotFound("file", name)
        content, media_type = page.assets[name]
        return Response(content, media_type=media_type, headers=HEADERS | {"Cache-Control": "max-age=86400"})

    return router
