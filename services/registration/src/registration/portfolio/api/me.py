"""People see their portfolio, and choose what everybody may see of it."""

from typing import Annotated

from fastapi import Depends

from registration.portfolio.schemas import PlacementView, PortfolioSpec, PortfolioView, PublicationSpec
from registration.portfolio.use_cases.portfolios import Portfolios
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def create_router(guard: Guard, portfolios: Portfolios, database: Database) -> Router:
    """``/me/portfolio``."""
    router = Router(prefix="/me/portfolio", tags=["portfolio"])
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def get_my_portfolio(caller: Own) -> PortfolioView:
        """Return your placements, with what everybody can see of them: only what you published."""
        return PortfolioView.of(await database.transact(lambda tx: portfolios.get(own_ids(caller), tx)))

    @router.put("")
    async def put_my_portfolio(spec: PortfolioSpec, caller: Own) -> PortfolioView:
        """Choose the handle of your portfolio, which is then public at `/portfolios/{handle}`. An earlier handle of yours leads
        nowhere then, but stays yours. The portfolio is empty until you publish a placement."""
        return PortfolioView.of(
            await database.transact(
                lambda tx: portfolios.choose_handle(own_ids(caller), spec.handle, spec.name, spec.indexed, tx)
            )
        )

    @router.put("/placements/{id}/publication")
    async def publish_placement(id: Id, spec: PublicationSpec, caller: Own) -> PlacementView:
        """Publish this placement: its title, host, days and state, and the parts that you name. Everybody sees it as it is
        now. Later changes appear once you publish it again; what is withdrawn disappears at once."""
        return PlacementView.of(
            await database.transact(lambda tx: portfolios.publish(own_ids(caller), id, spec.version, spec.parts, tx))
        )

    @router.delete("/placements/{id}/publication")
    async def withdraw_placement(id: Id, caller: Own) -> PlacementView:
        """Make this placement private again, at once. Repeating the request changes nothing."""
        return PlacementView.of(await database.transact(lambda tx: portfolios.withdraw(own_ids(caller), id, tx)))

    return router
