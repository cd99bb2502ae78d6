"""``/profile/data``: people export everything stored about them, or erase it."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from registration.people.pages.no_profile import no_profile
from registration.people.schemas import exported
from registration.people.use_cases.own_attendee import OwnAttendee
from registration.people.use_cases.rights import Rights
from shared import clock
from shared.refusals import NotFound
from shared.web.access.callers import Caller, is_recent
from shared.web.access.guard import Guard, public
from shared.web.access.sessions import COOKIE
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

FILES: Final = (
    (
        "/profile/data/export",
        translatable("Profile"),
        translatable(
            "What you attended and whom you met, what you said about yourself and agreed to, your portfolio, "
            "and where each piece came from."
        ),
    ),
    (
        "/my/export",
        translatable("Internships"),
        translatable(
            "Matches, applications with your letters, match days with your rankings, placements with your feedback, "
            "nominations, and what you have hidden."
        ),
    ),
    ("/my-ideas/export", translatable("Ideas"), translatable("Your ideas, and your posts at organizations if you have any.")),
    ("/account/export", translatable("Account"), translatable("Your address and choices, mails, passkeys and sign-ins.")),
)
"""What people download from the services: the path of each file, its name, and what it has."""
_TICK: Final = translatable("Please confirm that you know this cannot be undone.")
_AGAIN: Final = translatable("Nothing was erased. Please sign in again first.")


def create_router(guard: Guard, own_attendee: OwnAttendee, rights: Rights, pages: Pages) -> PageRouter:
    """``/profile/data`` and the pages that it leads to."""
    router = PageRouter()
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    def erasing(request: Request, caller: Caller, form: Form | None = None) -> HTMLResponse:
        recent = is_recent(caller, clock.now())
        return pages.page("profile/erase", request, area="attendee", form=form, is_recent=recent)

    @router.get("/profile/data")
    async def show_data(request: Request, caller: Own) -> HTMLResponse:
        """What you can do with the data stored about you."""
        try:
            await own_attendee.act(caller, rights.get)
        except NotFound:  # such as a mentor who attended nothing
            return pages.page("profile/data", request, area="attendee", files=FILES[1:], is_attendee=False)
        return pages.page("profile/data", request, area="attendee", files=FILES, is_attendee=True)

    @router.get("/profile/data/export", response_class=Response)
    async def export_data(request: Request, caller: Own) -> Response:
        """Everything that registration stores about you, as a file."""
        try:
            return exported(rights, await own_attendee.act(caller, rights.export))
        except NotFound:
            return no_profile(request, pages)

    @router.get("/profile/data/erase")
    async def show_erasure(request: Request, caller: Own) -> HTMLResponse:
        """What erasing you means. Nothing happens yet."""
        return erasing(request, caller)

    @router.post("/profile/data/erase")
    async def erase(request: Request, caller: Own) -> Response:
        """Erase you. The sessions end with it."""
        form = await read_form(request)
        if not is_recent(caller, clock.now()):
            return erasing(request, caller, form.with_faults({"": _AGAIN}, HTTPStatus.FORBIDDEN))
        if form.get("known") != "yes":
            return erasing(request, caller, form.with_faults({"known": _TICK}))
        try:
            await own_attendee.act(caller, rights.erase)
        except NotFound:
            return no_profile(request, pages)
        response = see_other("/profile/erased")
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

    @router.get("/profile/erased", dependencies=[Depends(public("confirms an erasure; no data"))])
    async def show_erased(request: Request) -> HTMLResponse:
        """You were erased."""
        return pages.page("profile/erased", request)

    return router
