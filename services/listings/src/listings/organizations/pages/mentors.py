"""Mentors: until when each takes nobody new, and who mentors whom.

Matching keeps who looks after whom, and knows no names: its page leads here, and the choice is sent back to it.
"""

from datetime import date
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from listings.organizations.domain import MOST_MENTORS, Organization
from listings.organizations.guard import acted_for
from listings.organizations.repository import OrganizationsRepository
from listings.organizations.use_cases import Organizations
from listings.transactions import Transactions
from shared import clock
from shared.contract.events.fields import Id
from shared.refusals import Refusal
from shared.web.access.callers import Caller, own_ids
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable


class AbsenceForm(BaseModel):
    """Until when somebody takes nobody new, as typed."""

    until: date


class Post(NamedTuple):
    """An organization of which the reader is a mentor, and until when they look after nobody new there."""

    organization: Organization
    away_until: date | None


_DONE: Final = {
    "away": translatable("Saved. Your organization sees it on its desk."),
    "back": translatable("Thank you. You can be named as a mentor again."),
}


def create_router(
    guard: Guard,
    organizations: Organizations,
    repository: OrganizationsRepository,
    transactions: Transactions,
    pages: Pages,
) -> PageRouter:
    """``/desk-people/{org}/mentors`` and ``/mentor-time``."""
    router = PageRouter()
    HostsPerson = Annotated[Caller, Depends(guard("placements", organization=True, people=True))]  # noqa: N806 - a type

    @router.get("/desk-people/{org}/mentors")
    async def show_mentors(
        request: Request,
        org: Id,
        caller: HostsPerson,
        placement: Id = "",
        version: Annotated[int, Query(ge=0)] = 0,
        chosen: Annotated[list[Id], Query(max_length=MOST_MENTORS)] = [],  # noqa: B006 - FastAPI copies it
    ) -> HTMLResponse:
        """The mentors; with a ``placement``, to choose its mentors. ``chosen`` are the current ones."""
        host = await acted_for(guard, repository, caller, org)
        mentors = {one.person_id: one for one in await repository.mentors(org, "", MOST_MENTORS)}
        today = clock.now().date()
        return pages.page(
            "organizations/mentors",
            request,
            area="host",
            of=org,
            of_name=host.name,
            host=host,
            mentors=[(one, one.is_away(today)) for one in sorted(mentors.values(), key=lambda one: one.name.casefold())],
            placement=placement,
            version=version,
            chosen=chosen,
        )

    async def time_page(request: Request, caller: Caller, form: Form | None = None) -> HTMLResponse:
        mine = await repository.mentors_of_persons(own_ids(caller))
        hosts = await repository.organizations("", len(mine), {one.organization_id for one in mine}) if mine else []
        away = {one.organization_id: one.away_until for one in mine if one.is_away(clock.now().date())}
        posts = [Post(host, away.get(host.id)) for host in hosts]
        return pages.page("organizations/time", request, area="mentor", form=form, posts=posts, done=_DONE)

    @router.get("/mentor-time")
    async def show_time(request: Request, caller: HostsPerson) -> HTMLResponse:
        """Until when the reader, as a mentor, takes nobody new."""
        return await time_page(request, caller)

    @router.post("/mentor-time/{org}")
    async def save_time(request: Request, org: Id, caller: HostsPerson) -> Response:
        """Set until when the reader takes nobody new, or clear it."""
        await acted_for(guard, repository, caller, org)
        form = await read_form(request)
        try:
            until = None if form.get("back") else form.check(AbsenceForm).until
            await transactions.run(lambda tx: organizations.set_away(org, own_ids(caller), until, tx))
        except Refusal as refusal:
            return await time_page(request, caller, form.refused(refusal))
        return see_other(f"/mentor-time?done={'away' if until else 'back'}")

    return router
