"""The pages on which people sign in and out, and the question who is signed in.

A GET changes nothing, because mail programs and virus scanners follow links on their own. So the page behind a link only has a
button.
"""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from notifications.sign_in.domain import SignInRequest
from notifications.sign_in.page_answers import (
    ACCOUNT,
    PAGE,
    SEE_OTHER,
    browser,
    browser_locale,
    client_address,
    form,
    form_fields,
    with_session,
    with_zone,
    without_session,
)
from notifications.sign_in.passkeys.domain.records import RelyingParty
from notifications.sign_in.use_cases.sessions import Sessions
from notifications.sign_in.use_cases.sign_ins import SignIns
from shared import clock
from shared.contract.paths import HOME
from shared.database.mongo import Database
from shared.persons import normalise_email
from shared.refusals import TooMany
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.access.sessions import SignInSession
from shared.web.access.signed_in import People, own_path
from shared.web.pages.pages import Pages, see_other

PATHS: Final = ("/sign-in", "/sign-in/*", "/sign-out", "/sign-out/*")
BODY_BYTES: Final = 8 * 1024
"""The most bytes of a form on these paths."""

_REFUSED: Final[dict[int | str, dict[str, Any]]] = {422: {"description": "what was entered is not valid", **PAGE}}
_TOO_MANY: Final[dict[int | str, dict[str, Any]]] = {429: {"description": "too many requests; try again later", **PAGE}}
_GONE: Final[dict[int | str, dict[str, Any]]] = {410: {"description": "the link was used, has expired, or is not ours", **PAGE}}


class SignedIn(BaseModel):
    """Who is signed in."""

    person_id: str
    signed_in_at: datetime
    ends_at: datetime = Field(description="when the session expires")


def create_router(
    sign_ins: SignIns,
    sessions: Sessions,
    people: People,
    party: RelyingParty,
    database: Database,
    pages: Pages,
    asked: asyncio.Event,
) -> Router:
    """``/sign-in``, ``/sign-out`` and ``/session``. ``asked`` is set when there is a new request."""
    router = Router(tags=["sign-in"], default_response_class=HTMLResponse)
    signed_in = people.signed_in()

    def form_page(request: Request, next: str, email: str = "", fault: str = "", status: int = HTTPStatus.OK) -> HTMLResponse:
        origin = party.origin if party.is_named else ""
        return pages.page("sign_in", request, status=status, next=next, email=email, fault=fault, origin=origin)

    def sent_page(request: Request, id: str, email: str, next: str, *, fault: bool = False) -> HTMLResponse:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
        return pages.page(
            "sign_in_sent",
            request,
            status=status,
            request_id=id,
            email=email,
            next=next,
            fault=fault,
            passkeys=party.is_named,
        )

    async def use(proven: SignInRequest, request: Request) -> Response | None:
        """Sign in and continue to the requested page; None if the request was used meanwhile."""
        before = await people.session(request)
        token = await database.transact(lambda tx: sign_ins.sign_in(proven, before, browser(request), tx))
        if token is None:
            return None
        await people.session_by(token, request)  # from here on, the request is theirs
        zone = await sign_ins.time_zone(proven.person_ids[0])
        return with_zone(with_session(see_other(proven.next or HOME), token), request, zone)

    # Signing in

    @router.get("/sign-in", dependencies=[Depends(public("people sign in here"))], responses=SEE_OTHER)
    async def show_sign_in(request: Request, next: str = "", again: bool = False) -> Response:
        """Ask for an address. ``next`` is the path of the page to continue with; ``again``: ask even people who are signed in."""
        if await people.session(request) and not again:
            return see_other(own_path(next) or HOME)
        return form_page(request, own_path(next))

    @router.post(
        "/sign-in",
        dependencies=[Depends(public("people sign in here; requests are limited"))],
        responses=_REFUSED | _TOO_MANY,
        openapi_extra=form("email", optional=("next",)),
    )
    async def ask(request: Request) -> HTMLResponse:
        """Send a link and a code to an address, if it is known. The response does not reveal whether it is."""
        fields = await form_fields(request)
        next, written = own_path(fields.get("next", "")), fields.get("email", "")
        try:
            email = normalise_email(written)
        except ValueError:
            return form_page(request, next, written[:254], "address", HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            kept = await sign_ins.ask(email, client_address(request), next, browser_locale(request), clock.now())
        except TooMany as refused:
            response = form_page(request, next, written, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = str(refused.retry_after)
            return response
        asked.set()
        return sent_page(request, kept.id, email, next)

    @router.post(
        "/sign-in/code",
        dependencies=[Depends(public("the code from the mail is the proof; its tries are limited"))],
        responses=SEE_OTHER | _REFUSED,
        openapi_extra=form("request", "code", optional=("email", "next")),
    )
    async def use_code(request: Request) -> Response:
        """Sign in with the code from a mail, in the browser that asked for it. ``email`` and ``next`` are for another try."""
        fields = await form_fields(request)
        id = fields.get("request", "")
        proven = await sign_ins.try_code(id, fields.get("code", ""), clock.now())
        if proven and (response := await use(proven, request)):
            return response
        return sent_page(request, id, fields.get("email", "")[:254], own_path(fields.get("next", "")), fault=True)

    @router.get(
        "/sign-in/{token}",
        dependencies=[Depends(public("the link from the mail is the proof; only a POST uses it"))],
        responses=_GONE,
    )
    async def show_link(token: str, request: Request) -> HTMLResponse:
        """Show who signs in by this link, who else is signed in, and a button. Nothing is changed."""
        link = await sign_ins.link(token, clock.now())
        if link is None:
            return pages.page("sign_in_gone", request, status=HTTPStatus.GONE)
        session = await people.session(request)
        is_other = session and not set(session.person_ids) & set(link.request.person_ids)
        other = await sign_ins.email(session.person_id) if session and is_other else ""
        return pages.page("sign_in_link", request, email=link.email, token=token, other_email=other)

    @router.post(
        "/sign-in/{token}",
        dependencies=[Depends(public("the link from the mail is the proof"))],
        responses=SEE_OTHER | _GONE,
    )
    async def use_link(token: str, request: Request) -> Response:
        """Sign in with the link from a mail."""
        link = await sign_ins.link(token, clock.now())
        if link and (response := await use(link.request, request)):
            return response
        return pages.page("sign_in_gone", request, status=HTTPStatus.GONE)

    # Signed in

    @router.get("/session", response_model=SignedIn)
    async def show_session(session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Who is signed in."""
        found = SignedIn(person_id=session.person_id, signed_in_at=session.signed_in_at, ends_at=session.ends_at)
        return Response(found.model_dump_json(), media_type="application/json")

    @router.post(
        "/sign-out", dependencies=[Depends(public("anybody without a session is already signed out"))], responses=SEE_OTHER
    )
    async def sign_out(request: Request) -> Response:
        """Sign out in this browser."""
        if session := await people.session(request):
            await database.transact(lambda tx: sessions.end(session, tx))
        return without_session(see_other("/sign-in"))

    @router.post("/account/sessions/{id}/end", responses=SEE_OTHER)
    async def end_session(id: str, session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Sign out in another browser."""
        await database.transact(lambda tx: sessions.end_own(id, session, tx))
        return without_session(see_other("/sign-in")) if id == session.id else see_other(ACCOUNT)

    @router.post("/sign-out/everywhere", responses=SEE_OTHER)
    async def sign_out_everywhere(session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Sign out on all devices."""
        await database.transact(lambda tx: sessions.end_all(session.person_ids, tx))
        return without_session(see_other("/sign-in"))

    return router
