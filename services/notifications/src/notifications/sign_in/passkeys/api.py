"""The page of whoever is signed in, and their passkeys.

A script on our pages talks to the browser's passkeys, and posts what they give as JSON. Renaming and removing are plain forms.
"""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, JsonValue

from notifications.contacts.repository import Contacts
from notifications.links import Links
from notifications.mail.writer import zone_of
from notifications.sign_in.page_answers import (
    ACCOUNT,
    SEE_OTHER,
    browser,
    browser_locale,
    client_address,
    form,
    form_fields,
    with_session,
)
from notifications.sign_in.passkeys.domain.records import (
    LONGEST_NAME,
    MOST_PASSKEYS,
    VALID,
    Passkey,
    RelyingParty,
    tidy_name,
)
from notifications.sign_in.passkeys.repository import Passkeys
from notifications.sign_in.passkeys.use_cases.passkey_manager import Asked, PasskeyManager
from notifications.sign_in.repository import StartedSessions
from notifications.sign_in.use_cases.sign_ins import SignIns
from shared import clock
from shared.contract.paths import HOME
from shared.database.mongo import Database
from shared.refusals import Conflict, Invalid
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.access.sessions import SignInSession, signed_in_recently
from shared.web.access.signed_in import People, own_path
from shared.web.pages.pages import Pages, see_other
from shared.wording.dates import Dates

PATHS: Final = ("/account/*",)
BODY_BYTES: Final = 16 * 1024
"""The most bytes of a body on these paths: a new passkey, with certificates that nobody asked for."""
TICKET: Final = "__Host-passkey"
"""The cookie of the browser that asked for a challenge."""
UNNAMED: Final = "Passkey"
"""The name of a passkey that got none."""

_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    403: {"description": "the passkey is not valid here; or the options were used, have expired, or belong to another browser"},
}


class PasskeyOptions(BaseModel):
    """The options for ``navigator.credentials``, in the form of WebAuthn's JSON."""

    challenge: str


class SignInResponse(BaseModel):
    """What a passkey signed."""

    credential: dict[str, JsonValue] = Field(description="as in WebAuthn's AuthenticationResponseJSON")
    next: str = Field(default="", description="the path of the page to continue with")


class NewPasskey(BaseModel):
    """What a device created."""

    credential: dict[str, JsonValue] = Field(description="as in WebAuthn's RegistrationResponseJSON")
    name: str = Field(default="", description=f"at most {LONGEST_NAME} characters are kept")


class Next(BaseModel):
    """The page to continue with."""

    next: str


def create_router(
    manager: PasskeyManager,
    passkeys: Passkeys,
    started: StartedSessions,
    party: RelyingParty,
    sign_ins: SignIns,
    people: People,
    contacts: Contacts,
    database: Database,
    pages: Pages,
    links: Links,
    zone: str,
    queued: asyncio.Event,
) -> Router:
    """``/account`` and ``/sign-in/passkey``. Include it before the routes of ``/sign-in/{token}``.

    ``zone`` is for people whose own time zone is not known. ``queued`` is set when mails were queued.
    """
    router = Router(tags=["sign-in"])
    signed_in = people.signed_in()

    # Signing in

    @router.post(
        "/sign-in/passkey/options",
        dependencies=[Depends(public("people sign in here; requests are limited"))],
        response_model=PasskeyOptions,
    )
    async def ask_to_sign_in(request: Request) -> Response:
        """Return what the browser needs for a passkey to sign. Its challenge is valid once, for five minutes, in this browser."""
        return _with_ticket(await manager.ask_to_sign_in(client_address(request), clock.now()))

    @router.post(
        "/sign-in/passkey",
        dependencies=[Depends(public("the passkey is the proof"))],
        response_model=Next,
        responses=_REFUSED
        | {404: {"description": "the passkey was removed"}, 409: {"description": "there may be two copies of the passkey"}},
    )
    async def sign_in(signed: SignInResponse, request: Request) -> Response:
        """Sign in with what a passkey signed."""
        challenge = await manager.challenge(_ticket(request), "sign_in", clock.now())
        before = await people.session(request)
        token = await database.transact(lambda tx: manager.sign_in(signed.credential, challenge, before, browser(request), tx))
        if token is None:
            raise Conflict("there may be a copy of this passkey; sign in by mail, and remove it")
        await people.session_by(token, request)  # from here on, the request is theirs
        return with_session(_done(own_path(signed.next) or HOME), token)

    # Signed in

    @router.get("/account", response_class=HTMLResponse, responses=SEE_OTHER)
    async def show_account(request: Request, session: Annotated[SignInSession, Depends(signed_in)]) -> HTMLResponse:
        """Show who is signed in, with their passkeys and the ways to sign out."""
        contact = await contacts.get(session.person_id)
        own = await passkeys.of(session.person_id)
        own_zone = zone_of(contact.time_zone if contact else None, zone)
        dates = Dates(pages.reader(request).language, own_zone, clock.now().astimezone(own_zone).date())
        return pages.page(
            "account",
            request,
            email=await sign_ins.email(session.person_id),
            preferences_url=links.preferences(session.person_id) if contact and contact.mailbox else "",
            sessions=[
                {
                    "id": one.session.id,
                    "browser": one.browser,
                    "since": dates.day_of(one.session.signed_in_at),
                    "is_this": one.session.id == session.id,
                }
                for one in await started.of(session.person_id, clock.now())
            ],
            passkeys=[_row(passkey, dates) for passkey in own],
            is_full=len(own) >= MOST_PASSKEYS,
            is_recent=signed_in_recently(session, clock.now()),
            origin=party.origin if party.is_named else "",
            elsewhere=request.query_params.get("elsewhere") == "yes",
            longest_name=LONGEST_NAME,
        )

    @router.post("/account/passkeys/options", response_model=PasskeyOptions)
    async def ask_to_add(request: Request, session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Return what the browser needs to create a passkey, within 15 minutes of signing in."""
        return _with_ticket(await manager.ask_to_add(session, client_address(request), clock.now()))

    @router.post(
        "/account/passkeys", response_model=Next, responses=_REFUSED | {409: {"description": "it is already registered"}}
    )
    async def add(new: NewPasskey, request: Request, session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Add the passkey that the browser created."""
        challenge = await manager.challenge(_ticket(request), "add", clock.now())
        name = tidy_name(new.name) or UNNAMED
        locale = browser_locale(request)
        await database.transact(lambda tx: manager.add(new.credential, challenge, session, name, locale, tx))
        queued.set()
        return _done(ACCOUNT)

    @router.post("/account/passkeys/{id}/name", response_class=HTMLResponse, responses=SEE_OTHER, openapi_extra=form("name"))
    async def rename(id: str, request: Request, session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Rename a passkey."""
        name = tidy_name((await form_fields(request)).get("name", ""))
        if not name:
            raise Invalid("name", "is empty; give the passkey a name that you will recognize")
        await database.transact(lambda tx: manager.rename(id, session, name, tx))
        return see_other(ACCOUNT)

    @router.post("/account/passkeys/{id}/remove", response_class=HTMLResponse, responses=SEE_OTHER)
    async def remove(id: str, request: Request, session: Annotated[SignInSession, Depends(signed_in)]) -> Response:
        """Remove a passkey."""
        locale = browser_locale(request)
        await database.transact(lambda tx: manager.remove(id, session, locale, tx))
        queued.set()
        return see_other(ACCOUNT)

    return router


def _row(passkey: Passkey, dates: Dates) -> dict[str, object]:
    """A passkey as the page shows it."""
    return {
        "id": passkey.id,
        "name": passkey.name,
        "added": dates.day_of(passkey.added_at),
        "used": dates.day_of(passkey.used_at) if passkey.used_at else "",
        "doubted": passkey.doubted_at is not None,
    }


def _ticket(request: Request) -> str:
    return request.cookies.get(TICKET, "")


def _with_ticket(asked: Asked) -> Response:
    response = JSONResponse(asked.options)
    seconds = int(VALID.total_seconds())
    response.set_cookie(TICKET, asked.ticket, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")
    return response


def _done(next: str) -> Response:
    response = JSONResponse(Next(next=next).model_dump(), HTTPStatus.OK)
    response.delete_cookie(TICKET, path="/", secure=True, httponly=True, samesite="strict")
    return response
