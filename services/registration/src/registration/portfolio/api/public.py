"""Portfolios, for everybody: exactly what was published."""

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request, Response

from registration.portfolio.domain.resume import resume
from registration.portfolio.schemas import PublicPortfolioView
from registration.portfolio.use_cases.portfolios import Portfolios, PublicPortfolio
from shared.database.mongo import Database
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.pages.pages import Pages
from shared.web.problem_page import wants_page
from shared.wording.languages import translations
from shared.wording.reason_texts import Words

_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}
"""A published placement may be withdrawn, so nobody should cache it. The second header is for search engines."""

_PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}

Handle = Annotated[str, Path(description="as its person chose it")]


def create_router(portfolios: Portfolios, database: Database, pages: Pages, public_url: str) -> Router:
    """``/portfolios``. ``public_url``: the service's public address, or "" if it is unknown."""
    router = Router(prefix="/portfolios", tags=["portfolio"], dependencies=[Depends(public("its person published it"))])

    async def get(handle: str) -> PublicPortfolio:
        return await database.transact(lambda tx: portfolios.public(handle, tx))

    @router.get("/{handle}", response_model=PublicPortfolioView, responses=_PAGE)
    async def get_portfolio(handle: Handle, request: Request, response: Response) -> PublicPortfolioView | Response:
        """Return what the person with this handle published, the latest placement first: a page for browsers."""
        portfolio = await get(handle)
        if wants_page(request.headers):
            return page(request, portfolio)
        response.headers.update(_headers(portfolio) | {"Vary": "Accept"})
        return PublicPortfolioView.of(portfolio)

    def page(request: Request, portfolio: PublicPortfolio) -> Response:
        words = Words(translations(pages.reader(request).language, "registration"))
        shown = pages.page(
            "profile/public",
            request,
            indexed=portfolio.handle.indexed,
            handle=portfolio.handle,
            placements=[(one, [words.skill(term, level) for term, level in one.skills]) for one in portfolio.publications],
        )
        shown.headers.update(_headers(portfolio) | {"Vary": f"Accept, {shown.headers['vary']}"})
        return shown

    @router.get("/{handle}/resume.json")
    async def get_resume(handle: Handle, response: Response) -> dict[str, Any]:
        """Return the same as JSON Resume 1.0."""
        portfolio = await get(handle)
        response.headers.update(_headers(portfolio))
        url = f"{public_url}/portfolios/{portfolio.handle.text}" if public_url else None
        return resume(portfolio.handle.name, url, portfolio.publications)

    return router


def _headers(portfolio: PublicPortfolio) -> dict[str, str]:
    if portfolio.handle.indexed:
        return {"Cache-Control": _HEADERS["Cache-Control"]}
    return {**_HEADERS}
