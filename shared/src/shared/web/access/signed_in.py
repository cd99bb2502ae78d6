"""Who is signed in: read from the session cookie of each request."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol, TypeVar
from urllib.parse import quote

import structlog
from fastapi import Request

from shared import clock
from shared.signing_keys import PublicKey
from shared.web.access.audit import Actor, note
from shared.web.access.sessions import COOKIE, NoSession, SignInSession, key_id, verified
from shared.web.problem_page import wants_page
from shared.web.problems import Problem

log = structlog.get_logger(__name__)

_ADMITTED: Final = "shared.admitted"
"""Where a request's scope has whom the guard of its route let in, by that guard."""
SIGN_IN: Final = "/sign-in"
"""The page on which people sign in: one address through a proxy serves the pages of all services."""
LONGEST_PATH: Final = 500
_OWN_PATH: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII without a backslash, which browsers read as a slash
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_CHALLENGE: Final = f'Cookie form-action="{SIGN_IN}", cookie-name="{COOKIE}"'


class SignInFirst(Problem):
    """A browser sent a form, and nobody is signed in any more. The page that answers keeps what was typed."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.UNAUTHORIZED, "sign in first", headers={"WWW-Authenticate": _CHALLENGE})


Admitted = TypeVar("Admitted")


class SessionLookup(Protocol):
    """Where keys and ends of sessions are found."""

    async def key(self, id: str, /) -> PublicKey | None: ...

    async def has_ended(self, session: SignInSession, signing_key_id: str, /) -> bool: ...


class People:
    """Gives whoever is signed in to the routes: ``session: Annotated[SignInSession, Depends(people.signed_in())]``."""

    def __init__(self, sessions: SessionLookup) -> None:
        self._sessions = sessions

    def signed_in(self) -> "NeedsSession":
        """A FastAPI dependency that returns the request's session.

        Without one, a browser is sent to the page for signing in, and from there back to the page that it asked for. Other
        clients get 401.
        """
        return NeedsSession(self)

    async def session(self, request: Request) -> SignInSession | None:
        """The request's session; None if nobody is signed in."""
        token = request.cookies.get(COOKIE)
        return await self.session_by(token, request) if token else None

    async def session_by(self, token: str, request: Request) -> SignInSession | None:
        """The session with this token, by which a person makes the request; None if it does not hold."""
        try:
            key = await self._sessions.key(key_id(token))
            if key is None:
                raise NoSession("an unknown key")
            session = verified(token, key, clock.now())
        except NoSession as reason:
            log.info("session_refused", reason=str(reason))
            return None
        note(request, Actor(person_id=session.person_id, session_id=session.id))
        if await self._sessions.has_ended(session, key.id):
            return None
        request.state.session = session  # for what each page says of its reader
        return session


@dataclass(frozen=True, eq=False)
class NeedsSession:
    """A FastAPI dependency: the route needs somebody who is signed in."""

    _people: People

    async def __call__(self, request: Request) -> SignInSession:
        return await self.admit(request)

    async def admit(self, request: Request) -> SignInSession:
        """The session of whoever makes the request."""
        return await admit_once(request, self, self._session)

    async def _session(self, request: Request) -> SignInSession:
        session = await self._people.session(request)
        if session is None:
            ask_to_sign_in(request)
            raise Problem(HTTPStatus.UNAUTHORIZED, "sign in first", headers={"WWW-Authenticate": _CHALLENGE})
        structlog.contextvars.bind_contextvars(session=session.id)
        return session


async def admit_once(request: Request, guard: object, ask: Callable[[Request], Awaitable[Admitted]]) -> Admitted:
    """Whom this guard lets in. It asks once for each request: the dependency has what the route's first step found."""
    admitted: dict[object, Admitted] = request.scope.setdefault(_ADMITTED, {})
    if guard not in admitted:
        admitted[guard] = await ask(request)
    return admitted[guard]


def own_path(text: str) -> str:
    """The path, with its query, if it leads to a page of this site; "" if it could lead elsewhere."""
    return text if len(text) <= LONGEST_PATH and _OWN_PATH.fullmatch(text) else ""


def ask_to_sign_in(request: Request) -> None:
    """Send a browser to the page for signing in, and from there back to the page that it asked for. Not for other clients, and
    not for a part of a page, which the page for signing in would replace.

    Raises:
        SignInFirst: it sent a form, which must not be lost.
    """
    if not wants_page(request.headers) or "hx-request" in request.headers:
        return
    if request.method == "POST" and request.headers.get("content-type", "").startswith(_FORMS):
        raise SignInFirst
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = own_path(asked) if request.method == "GET" else ""
    location = f"{SIGN_IN}?next={quote(back, safe='')}" if back else SIGN_IN
    raise Problem(HTTPStatus.SEE_OTHER, "sign in first", headers={"Location": location})
