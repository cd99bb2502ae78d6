"""``/profile/portfolio/{id}/credential``: issues a signed document of a completed placement, which cannot be recalled."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from registration.portfolio.use_cases.credentials import Credentials
from shared import clock
from shared.contract.events.fields import Id, PlainLine
from shared.database.mongo import Database
from shared.refusals import Conflict, NotFound, Refusal
from shared.web.access.callers import Caller, is_recent, own_ids
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable, translations
from shared.wording.reason_texts import Words

_DONE: Final = {
    "issued": translatable("Issued. Download it and keep it safe."),
    "revoked": translatable("Revoked. Anybody who verifies a copy learns that it is no longer valid."),
}
_TICK: Final = translatable("Please confirm that you know: copies cannot be recalled.")
_AGAIN: Final = translatable("Nothing was issued. Please sign in again first.")


class CredentialForm(BaseModel):
    """How a credential is to be issued."""

    name: PlainLine
    address: bool = False


def create_router(guard: Guard, credentials: Credentials, database: Database, pages: Pages) -> PageRouter:
    """``/profile/portfolio/{id}/credential`` and its actions."""
    router = PageRouter(prefix="/profile/portfolio/{id}")
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    async def page(request: Request, id: str, caller: Caller, form: Form | None = None) -> HTMLResponse:
        try:
            placement, _ = await database.transact(lambda tx: credentials.preview(own_ids(caller), id, tx))
        except Conflict as refusal:
            return pages.page("profile/no_credential", request, status=HTTPStatus.CONFLICT, area="attendee", why=refusal.detail)
        words = Words(translations(pages.reader(request).language, "registration"))
        return pages.page(
            "profile/credential",
            request,
            area="attendee",
            form=form,
            placement=placement,
            skills=[words.skill(term, level) for term, level in placement.gained],
            is_recent=is_recent(caller, clock.now()),
            done=_DONE,
        )

    @router.get("/credential")
    async def show_credential(request: Request, id: Id, caller: Own) -> HTMLResponse:
        """A preview of the placement's credential, and the existing one."""
        return await page(request, id, caller)

    @router.post("/credential")
    async def issue(request: Request, id: Id, caller: Own) -> Response:
        """Have the credential issued, once the person has confirmed that copies cannot be recalled."""
        form = await read_form(request)
        if not is_recent(caller, clock.now()):
            return await page(request, id, caller, form.with_faults({"": _AGAIN}, HTTPStatus.FORBIDDEN))
        if form.get("known") != "yes":
            return await page(request, id, caller, form.with_faults({"known": _TICK}))
        try:
            spec = form.check(CredentialForm)
            await database.transact(lambda tx: credentials.issue(own_ids(caller), id, spec.name, spec.address, tx))
        except NotFound:
            raise
        except Refusal as refusal:
            return await page(request, id, caller, form.refused(refusal))
        return see_other(f"/profile/portfolio/{id}/credential?done=issued")

    @router.get("/credential.jwt", response_class=Response)
    async def download(id: Id, caller: Own) -> Response:
        """The credential itself, as a file."""
        placement, _ = await database.transact(lambda tx: credentials.preview(own_ids(caller), id, tx))
        if placement.credential is None:
            raise NotFound("credential of this placement", id)
        headers = {"Content-Disposition": 'attachment; filename="credential.jwt"', "Cache-Control": "no-store"}
        return Response(placement.credential.token, media_type="application/vc+jwt", headers=headers)

    @router.post("/credential/revoke")
    async def revoke(id: Id, caller: Own) -> Response:
        """Revoke the credential: anybody who verifies a copy learns that it is no longer valid."""
        await database.transact(lambda tx: credentials.revoke(own_ids(caller), id, tx))
        return see_other(f"/profile/portfolio/{id}/credential?done=revoked")

    return router
