"""HTTP in: insight as JSON and as a page. The figures were counted in the background."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from matching.insight.api.page import InsightPage
from matching.insight.domain.figures import Insight
from matching.insight.domain.report import ALL_CONFERENCES
from matching.insight.repository import Insights
from shared.contract.events.fields import Id
from shared.refusals import Busy, NotFound

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_router(insights: Insights) -> APIRouter:
    """``/insight`` and ``/conferences/{id}/insight``, each with its ``/page``."""
    router = APIRouter(tags=["insight"])
    page = InsightPage()

    async def name_of(conference_id: str) -> str:
        name = await insights.conference_name(conference_id)
        if name is None:
            raise NotFound("conference", conference_id)
        return name

    async def counted(conference_id: str | None) -> Insight:
        if insight := await insights.get(conference_id):
            return insight
        raise Busy("this is not counted yet; ask again in a few minutes", retry_after=60)

    @router.get("/insight")
    async def get_insight() -> Insight:
        """The figures of all conferences together, as last counted. 503 before the first count."""
        return await counted(None)

    @router.get("/conferences/{id}/insight")
    async def get_conference_insight(id: Id) -> Insight:
        """The figures of one conference, as last counted. 503 before the first count."""
        await name_of(id)
        return await counted(id)

    def html(request: Request, conference_id: str | None, name: str, insight: Insight | None) -> HTMLResponse:
        root: str = request.scope.get("root_path", "")
        return HTMLResponse(page.render(root, conference_id, name, insight), headers=HEADERS | {"Cache-Control": "no-cache"})

    @router.get("/insight/page", response_class=HTMLResponse)
    async def get_page(request: Request) -> HTMLResponse:
        """The same figures as a page."""
        return html(request, None, ALL_CONFERENCES, await insights.get(None))

    @router.get("/conferences/{id}/insight/page", response_class=HTMLResponse)
    async def get_conference_page(request: Request, id: Id) -> HTMLResponse:
        """The same figures as a page."""
        return html(request, id, await name_of(id), await insights.get(id))

    @router.get("/insight/assets/{name}", include_in_schema=False)
    async def get_asset(name: str) -> Response:
        if name not in page.assets:
            raise NotFound("file", name)
        content, media_type = page.assets[name]
        return Response(content, media_type=media_type, headers=HEADERS | {"Cache-Control": "max-age=86400"})

    return router
