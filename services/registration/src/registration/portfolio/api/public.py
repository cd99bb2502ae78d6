"""Portfolios, for everybody: exactly what was published."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Response

from registration.portfolio.domain.resume import resume
from registration.portfolio.schemas import PublicPortfolioView
from registration.portfolio.use_cases.portfolios import Portfolios, PublicPortfolio
from shared.database.mongo import Database
from shared.web.access.guard import public
from shared.web.access.router import Router

_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}
"""A published placement may be withdrawn, so nobody should cache it. The second header is for search engines."""

Handle = Annotated[str, Path(description="as its person chose it")]


def create_router(portfolios: Portfolios, database: Database, public_url: str) -> Router:
    """``/portfolios``. ``public_url``: the service's public address, or "" if it is unknown."""
    router = Router(prefix="/portfolios", tags=["portfolio"], dependencies=[Depends(public("its person published it"))])

    async def get(handle: str) -> PublicPortfolio:
        return await database.transact(lambda tx: portfolios.public(handle, tx))

    @router.get("/{handle}")
    async def get_portfolio(handle: Handle, response: Response) -> PublicPortfolioView:
        """Return what the person with this handle published, the latest placement first."""
        portfolio = await get(handle)
        response.headers.update(_headers(portfolio))
        return PublicPortfolioView.of(portfolio)

    @router.get("/{handle}/resume.json")
    async def get_resume(handle: Handle, response: Response) -> dict[str, Any]:
        """Return the same as JSON Resume 1.0."""
        portfolio = await get(handle)
        response.headers.update(_headers(portfolio))
        url = f"{public_url}/portfolios/{portfolio.handle.text}" if public_url else None
        return resume(portfolio.handle.name, url, portfolio.publications)

    return router


def _headers(portfolio: PublicPortfolio) -> Mapping[str, str]:
    if portfolio.handle.indexed:
        return {"Cache-Control": _HEADERS["Cache-Control"]}
    return _HEADERS
