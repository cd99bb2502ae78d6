"""``/profile``: the signed-in person's skills, and where each comes from."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from registration.people.pages.no_profile import no_profile
from registration.people.use_cases.own_attendee import AT_ME, OwnAttendee
from registration.people.use_cases.own_skills import OwnSkills
from shared.contract.events.fields import Level, PlainTerm
from shared.database.mongo import Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable


class SkillForm(BaseModel):
    """A skill, as typed into the form."""

    term: PlainTerm
    level: Annotated[Level | None, Field(description="None: not said")] = None


class TermForm(BaseModel):
    """The name of a skill."""

    term: PlainTerm


Change = Callable[[str, str, str, Tx], Awaitable[object]]
"""A use case: for the attendee, about a skill, said by somebody."""
_DONE: Final = {
    "saved": translatable("Saved. Your matches follow within minutes."),
    "removed": translatable("Removed. Your matches follow within minutes."),
}


def create_router(guard: Guard, own_attendee: OwnAttendee, skills: OwnSkills, pages: Pages) -> PageRouter:
    """``/profile`` and its actions."""
    router = PageRouter()
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    async def page(request: Request, caller: Caller, form: Form | None = None) -> HTMLResponse:
        try:
            mine = await own_attendee.act(caller, skills.get)
        except NotFound:
            return no_profile(request, pages)
        return pages.page("profile/skills", request, area="attendee", form=form, profile=mine, done=_DONE)

    @router.get("/profile")
    async def show_skills(request: Request, caller: Own) -> HTMLResponse:
        """Your skills, and where each comes from."""
        return await page(request, caller)

    @router.post("/profile/skills")
    async def add_skill(request: Request, caller: Own) -> Response:
        """Add a skill, or say at which level you have it."""
        form = await read_form(request)
        try:
            skill = form.check(SkillForm)
            await own_attendee.act(caller, lambda mine, tx: skills.declare(mine, skill.term, skill.level, AT_ME, tx))
        except Refusal as refusal:
            return await page(request, caller, form.refused(refusal))
        return see_other("/profile?done=saved")

    @router.post("/profile/skills/remove")
    async def remove_skill(request: Request, caller: Own) -> Response:
        """Be matched by a skill no more, whatever it comes from."""
        return await change(request, caller, skills.exclude, "/profile?done=removed#removed")

    @router.post("/profile/skills/put-back")
    async def put_skill_back(request: Request, caller: Own) -> Response:
        """Be matched by a removed skill again."""
        return await change(request, caller, skills.put_back, "/profile?done=saved")

    async def change(request: Request, caller: Caller, act: Change, following: str) -> Response:
        form = await read_form(request)
        try:
            term = form.check(TermForm).term
            await own_attendee.act(caller, lambda mine, tx: act(mine, term, AT_ME, tx))
        except Refusal as refusal:
            return await page(request, caller, form.refused(refusal))
        return see_other(following)

    return router
