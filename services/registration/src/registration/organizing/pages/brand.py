"""The page on which organizers set a conference's brand, shown in that brand."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from registration.brands.api import Colour, Sender
from registration.brands.use_cases import PLAIN, Branding, read_logo
from registration.conferences.repository import Conferences
from registration.organizing.pages.access import organized
from shared.colours import OWN_COLOUR
from shared.contract.events.fields import Email
from shared.database.mongo import Database, Tx
from shared.refusals import Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form_with_file
from shared.web.pages.organizer_page import organizer_page
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable


class BrandForm(BaseModel):
    """The fields of the form, besides the picture."""

    colour: Colour = OWN_COLOUR
    sender: Sender | None = None
    reply_to: Email | None = None
    without_logo: bool = False


_DONE: Final = {
    "saved": translatable("Saved. Pages and new mails follow within seconds."),
}


def create_router(guard: Guard, conferences: Conferences, branding: Branding, database: Database, pages: Pages) -> PageRouter:
    """``/organize/{conference}/brand``."""
    router = PageRouter(prefix="/organize/{conference}/brand")
    Organizer = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    async def show(request: Request, caller: Caller, id: str, *, form: Form | None = None) -> HTMLResponse:
        conference = await organized(guard, conferences, caller, id)
        kept = conference.brand or PLAIN
        return organizer_page(
            pages,
            "organize/brand",
            request,
            conference,
            form=form or Form.of({"colour": kept.colour or OWN_COLOUR, "sender": kept.sender, "reply_to": kept.reply_to}),
            logo=kept.logo,
            done=_DONE,
        )

    @router.get("")
    async def show_brand(conference: str, request: Request, caller: Organizer) -> HTMLResponse:
        """The brand, and a form to change it."""
        return await show(request, caller, conference)

    @router.post("")
    async def change_brand(conference: str, request: Request, caller: Organizer) -> Response:
        """Change it all at once."""
        await organized(guard, conferences, caller, conference)
        form, file = await read_form_with_file(request, "logo")
        try:
            wanted = form.check(BrandForm)
            logo = await read_logo(file.content) if file.content else None

            async def change(tx: Tx) -> None:
                colour = None if wanted.colour == OWN_COLOUR else wanted.colour
                await branding.put(conference, colour, wanted.sender, wanted.reply_to, tx)
                if logo or wanted.without_logo:
                    await branding.put_logo(conference, logo, tx)

            await database.transact(change)
        except Refusal as refusal:
            return await show(request, caller, conference, form=form.refused(refusal))
        return see_other(f"/organize/{conference}/brand?done=saved")

    return router
