"""The pages on which people sign in and out, and the question who is signed in.

A GET changes nothing, because mail programs and virus scanners follow links on their own. So the page behind a link only has a
button.
"""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from notifications.contacts.repository import Contacts
from notifications.links import Links
from notifications.mail.languages import Language, language_of
from notifications.mail.templates import Templates
from notifications.sign_in.domain import SignInRequest
from notifications.sign_in.use_cases.sessions import Sessions
from notifications.sign_in.use_cases.sign_ins import SignIns
from shared import clock
from shared.database.mongo import Database
from shared.persons import normalise_email
from shared.refusals import TooMany
from shared.web.access.guard import public
from shared.web.access.sessions import COOKIE, LIFETIME, Session
from shared.web.access.signed_in import People, own_path

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # the address may hold a token; with no referrer at all, a form would have no Origin
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
}
PATHS: Final = ("/sign-in", "/sign-in/*", "/sign-out", "/sign-out/*")
BODY_BYTES: Final = 8 * 1024
"""The most bytes of a form on these paths."""
ACCOUNT: Final = "/account"
"""The page after signing in, if no other one was asked for."""

_MOST_FIELDS: Final = 10
_PAGE: Final[dict[str, Any]] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {422: {"description": "what was entered is not valid", **_PAGE}}
_TOO_MANY: Final[dict[int | str, dict[str, Any]]] = {429: {"description": "too many requests; try again later", **_PAGE}}
_GONE: Final[dict[int | str, dict[str, Any]]] = {410: {"description": "the link is used, too old, or not ours", **_PAGE}}
_SEE_OTHER: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "the page to go on with"}}


def _form(*required: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """What OpenAPI says of a form with these fields."""
    text = {"type": "string"}
    schema = {"type": "object", "properties": dict.fromkeys((*required, *optional), text), "required": list(required)}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


class SignedIn(BaseModel):
    """Who is signed in."""

    person_id: str
    signed_in_at: datetime
    ends_at: datetime = Field(description="when the session ends by itself")


def create_router(
    sign_ins: SignIns,
    sessions: Sessions,
    people: People,
    contacts: Contacts,
    database: Database,
    templates: Templates,
    links: Links,
    language: Language,
    asked: asyncio.Event,
) -> APIRouter:
    """``/sign-in``, ``/sign-out``, ``/session`` and ``/account``.

    ``language`` is for browsers that ask for none that there is. ``asked`` is set when there is a new request.
    """
    router = APIRouter(tags=["sign-in"], default_response_class=HTMLResponse)
    signed_in = people.signed_in()

    def page(name: str, request: Request, status: int = HTTPStatus.OK, **variables: object) -> HTMLResponse:
        spoken = language_of(_locale(request), language)
        html = templates.page(name, spoken, **variables)
        return HTMLResponse(html, status, headers=HEADERS | {"Content-Language": spoken})

    def form_page(request: Request, next: str, email: str = "", fault: str = "", status: int = HTTPStatus.OK) -> HTMLResponse:
        return page("sign_in", request, status, next=next, email=email, fault=fault)

    async def use(proven: SignInRequest, request: Request) -> Response | None:
        """Sign in, and go on to the page that was asked for; None if the request was used meanwhile."""
        before = await people.session(request)
        token = await database.transact(lambda tx: sign_ins.sign_in(proven, before, tx))
        if token is None:
            return None
        response = see_other(proven.next or ACCOUNT)
        response.set_cookie(
            COOKIE, token, max_age=int(LIFETIME.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
        )
        return response

    # Signing in

    @router.get("/sign-in", dependencies=[Depends(public("people sign in here"))], responses=_SEE_OTHER)
    async def show_sign_in(request: Request, next: str = "") -> Response:
        """Ask for an address. ``next`` is the path of the page to go on with."""
        if await people.session(request):
            return see_other(own_path(next) or ACCOUNT)
        return form_page(request, own_path(next))

    @router.post(
        "/sign-in",
        dependencies=[Depends(public("people sign in here; requests are limited"))],
        responses=_REFUSED | _TOO_MANY,
        openapi_extra=_form("email", optional=("next",)),
    )
    async def ask(request: Request) -> HTMLResponse:
        """Send a link and a code to an address, if it is known. The answer does not tell whether it is."""
        form = await _fields(request)
        next, written = own_path(form.get("next", "")), form.get("email", "")
        try:
            email = normalise_email(written)
        except ValueError:
            return form_page(request, next, written[:254], "address", HTTPStatus.UNPROCESSABLE_ENTITY)
        client = request.client.host if request.client else ""
        try:
            kept = await sign_ins.ask(email, client, next, _locale(request), clock.now())
        except TooMany as refused:
            response = form_page(request, next, written, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = str(refused.retry_after)
            return response
        asked.set()
        return page("sign_in_sent", request, request_id=kept.id, fault=False)

    @router.post(
        "/sign-in/code",
        dependencies=[Depends(public("the code of the mail is the proof; its tries are limited"))],
        responses=_SEE_OTHER | _REFUSED,
        openapi_extra=_form("request", "code"),
    )
    async def use_code(request: Request) -> Response:
        """Sign in by the code of a mail, in the browser that asked for it."""
        form = await _fields(request)
        id = form.get("request", "")
        proven = await sign_ins.try_code(id, form.get("code", ""), clock.now())
        if proven and (response := await use(proven, request)):
            return response
        return page("sign_in_sent", request, HTTPStatus.UNPROCESSABLE_ENTITY, request_id=id, fault=True)

    @router.get(
        "/sign-in/{token}",
        dependencies=[Depends(public("the link of the mail is the proof; only a POST uses it"))],
        responses=_GONE,
    )
    async def show_link(token: str, request: Request) -> HTMLResponse:
        """Show who signs in by this link, and a button. Nothing is changed."""
        link = await sign_ins.link(token, clock.now())
        if link is None:
            return page("sign_in_gone", request, HTTPStatus.GONE)
        return page("sign_in_link", request, email=link.email, token=token)

    @router.post(
        "/sign-in/{token}",
        dependencies=[Depends(public("the link of the mail is the proof"))],
        responses=_SEE_OTHER | _GONE,
    )
    async def use_link(token: str, request: Request) -> Response:
        """Sign in by the link of a mail."""
        link = await sign_ins.link(token, clock.now())
        if link and (response := await use(link.request, request)):
            return response
        return page("sign_in_gone", request, HTTPStatus.GONE)

    # Signed in

    @router.get("/session", response_model=SignedIn)
    async def show_session(session: Annotated[Session, Depends(signed_in)]) -> Response:
        """Who is signed in."""
        found = SignedIn(person_id=session.person_id, signed_in_at=session.signed_in_at, ends_at=session.ends_at)
        return Response(found.model_dump_json(), media_type="application/json")

    @router.get("/account", responses=_SEE_OTHER)
    async def show_account(request: Request, session: Annotated[Session, Depends(signed_in)]) -> HTMLResponse:
        """Show who is signed in, with the ways to sign out."""
        contact = await contacts.get(session.person_id)
        email = contact.mailbox.email if contact and contact.mailbox else ""
        return page("account", request, email=email, preferences_url=links.preferences(session.person_id))

    @router.post(
        "/sign-out", dependencies=[Depends(public("whoever has no session is signed out already"))], responses=_SEE_OTHER
    )
    async def sign_out(request: Request) -> Response:
        """Sign out in this browser."""
        if session := await people.session(request):
            await database.transact(lambda tx: sessions.end(session, tx))
        return without_cookie(see_other("/sign-in"))

    @router.post("/sign-out/everywhere", responses=_SEE_OTHER)
    async def sign_out_everywhere(session: Annotated[Session, Depends(signed_in)]) -> Response:
        """Sign out on all devices."""
        await database.transact(lambda tx: sessions.end_all([session.person_id], tx))
        return without_cookie(see_other("/sign-in"))

    return router


def see_other(path: str) -> Response:
    """Go on with this page, by GET."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, headers=HEADERS)


def without_cookie(response: Response) -> Response:
    """The response, which has the browser forget its session, and the pages that it still holds."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _locale(request: Request) -> str:
    """The first language that the browser accepts."""
    return request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()[:35]


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; none if it is not one."""
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=_MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        return {}
    return {name: values[0] for name, values in fields.items()}
