"""``/profile/portfolio``: the signed-in person's placements, and what everybody sees of them."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from registration.portfolio.domain.placements import COMPLETED, PARTS, Part, Placement
from registration.portfolio.domain.publications import PUBLISHABLE, is_outdated
from registration.portfolio.schemas import PortfolioSpec
from registration.portfolio.use_cases.portfolios import Portfolios
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.problems import status_of
from shared.wording.languages import translatable, translations
from shared.wording.reason_texts import Words


class HandleForm(BaseModel):
    """How a portfolio is found. The fields are those of ``PortfolioSpec``."""

    handle: str = Field(max_length=200)
    name: str | None = None
    indexed: bool = False


class PublicationForm(Seen):
    """What to publish of a placement."""

    parts: list[Part] = Field(default=[], max_length=10)


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """A placement as the page shows it."""

    placement: Placement
    skills: list[str]
    parts: list[Part]
    """The placement's parts that can be published."""
    can_be_published: bool
    is_outdated: bool
    can_be_issued: bool


_DONE: Final = {
    "chosen": translatable("Saved. Your portfolio now has this address."),
    "published": translatable("Published, as it is now."),
    "withdrawn": translatable("Private again. Only you can see it."),
}


def create_router(guard: Guard, portfolios: Portfolios, database: Database, pages: Pages) -> PageRouter:
    """``/profile/portfolio`` and its actions."""
    router = PageRouter()
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    async def page(request: Request, caller: Caller, form: Form | None = None, *, about: str = "") -> HTMLResponse:
        """``about``: the placement to which ``form`` belongs; "" if it is the form for the handle."""
        try:
            portfolio = await database.transact(lambda tx: portfolios.get(own_ids(caller), tx))
        except NotFound:
            return pages.page("profile/nobody", request, status=HTTPStatus.NOT_FOUND)
        words = Words(translations(pages.reader(request).language, "registration"))
        handle = portfolio.handle
        if form is None and handle:
            form = Form.of({"handle": handle.text, "name": handle.name, "indexed": "true" if handle.indexed else None})
        return pages.page(
            "profile/portfolio",
            request,
            area="attendee",
            form=form,
            about=about,
            handle=handle,
            rows=[_row(placement, words) for placement in portfolio.placements],
            done=_DONE,
        )

    @router.get("/profile/portfolio")
    async def show_portfolio(request: Request, caller: Own) -> HTMLResponse:
        """Your placements, and what everybody sees of them."""
        return await page(request, caller)

    @router.post("/profile/portfolio")
    async def choose_handle(request: Request, caller: Own) -> Response:
        """Choose the address of your portfolio."""
        form = await read_form(request)
        try:
            typed = form.check(HandleForm)
            spec = form.build(PortfolioSpec, {"handle": typed.handle, "name": typed.name})
            await database.transact(
                lambda tx: portfolios.choose_handle(own_ids(caller), spec.handle, spec.name, typed.indexed, tx)
            )
        except FormFaults as faults:
            return await page(request, caller, form.refused(faults))
        except Refusal as refusal:
            return await page(request, caller, form.with_faults({"handle": refusal.detail}, status_of(refusal)))
        return see_other("/profile/portfolio?done=chosen")

    @router.post("/profile/portfolio/{id}/publish")
    async def publish(request: Request, id: Id, caller: Own) -> Response:
        """Have everybody see a placement as it is now."""
        form = await read_form(request)
        try:
            spec = form.check(PublicationForm, lists=["parts"])
            await database.transact(lambda tx: portfolios.publish(own_ids(caller), id, spec.version, spec.parts, tx))
        except NotFound:
            raise
        except Refusal as refusal:
            return await page(request, caller, form.refused(refusal), about=id)
        return see_other("/profile/portfolio?done=published")

    @router.post("/profile/portfolio/{id}/withdraw")
    async def withdraw(id: Id, caller: Own) -> Response:
        """Make a placement private again."""
        await database.transact(lambda tx: portfolios.withdraw(own_ids(caller), id, tx))
        return see_other("/profile/portfolio?done=withdrawn")

    return router


def _row(placement: Placement, words: Words) -> PlacementRow:
    there = {"hours": placement.hours_per_week, "skills": placement.gained, "remark": placement.remark}
    named = placement.title is not None and placement.organization is not None
    return PlacementRow(
        placement,
        [words.skill(term, level) for term, level in placement.gained],
        [part for part in PARTS if there[part]],
        named and placement.state in PUBLISHABLE,
        is_outdated(placement),
        named and placement.state == COMPLETED,
    )
