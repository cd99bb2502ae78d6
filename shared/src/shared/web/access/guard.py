"""Checks the API key of each request. Every route says what it needs: ``guard(...)`` a key, ``public(...)`` nothing."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, NoReturn, Protocol

import structlog
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared import clock
from shared.web.access.keys import ApiKey, Refused, digest, parse
from shared.web.access.scopes import SCOPES, Scope
from shared.web.problems import Problem, not_found

log = structlog.get_logger(__name__)

_BEARER: Final = HTTPBearer(
    scheme_name="key", bearerFormat="odk_...", description="an API key; `python -m registration keys create`", auto_error=False
)
_BASIC: Final = 'Basic realm="Opportunity Desk: an API key as the password (from programs, as a Bearer token)", charset="UTF-8"'
"""The only challenge to browsers: Chromium understands one alone in the header."""
_NOBODY: Final = ApiKey(id="", scopes=frozenset(), digest=bytes(len(digest(""))))
"""Compared with where a key is not known, so that the answer takes as long."""


class KeyLookup(Protocol):
    """Where keys are found, by their ids."""

    async def get(self, id: str, /) -> ApiKey | None: ...


OnUse = Callable[[ApiKey, datetime], Awaitable[None]]
"""Is told of each valid key that is shown."""


class Guard:
    """Gives the key of a request to the routes: ``key: Annotated[ApiKey, Depends(guard("rounds"))]``."""

    def __init__(self, keys: KeyLookup, on_use: OnUse | None = None) -> None:
        self._keys = keys
        self._on_use = on_use

    def __call__(self, *scopes: Scope, conference: bool = False, organization: bool = False, browser: bool = False) -> "NeedsKey":
        """A FastAPI dependency that returns the request's key if it has one of these scopes.

        Keys that are bound to a conference or an organization are refused, unless the route takes them (``conference=True``,
        ``organization=True``): such a route checks itself whether the thing belongs to the key's conference or organization, by
        ``conference``, ``organization`` or ``owner``.

        ``browser=True`` is for pages: a browser asks for the key, and sends it as the password of HTTP Basic. This works with GET
        only, because a browser sends the password even where another site's page makes it send the request.
        """
        if not scopes or (unknown := set(scopes) - set(SCOPES)):
            raise ValueError(f"not a scope: {', '.join(sorted(unknown)) if scopes else 'none was given'}")
        return NeedsKey(self, scopes, conference, organization, browser)

    async def authenticate(self, shown: str, now: datetime) -> ApiKey:
        """The key with this text. Keys are looked up for each request, so a revoked one is refused from then on.

        Raises:
            Refused: it is not a key, not known, or no longer valid.
        """
        id, secret = parse(shown)
        structlog.contextvars.bind_contextvars(key=id)
        key = await self._keys.get(id)
        opens = (key or _NOBODY).opens_with(secret)
        if key is None or not opens:
            raise Refused("this key is not known")
        if reason := key.ended(now):
            raise Refused(f"this key is {reason}; use a valid one")
        if self._on_use:
            await self._on_use(key, now)
        return key

    def conference(self, key: ApiKey, conference_id: str | None) -> None:
        """Raises ``Problem`` 403 if the key is for another conference."""
        try:
            key.check_conference(conference_id)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)

    def organization(self, key: ApiKey, organization_id: str | None) -> None:
        """Raises ``Problem`` 403 if the key is for another organization."""
        try:
            key.check_organization(organization_id)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)

    def owner(
        self, key: ApiKey, what: str, identifier: str, *, conference_id: str | None = None, organization_id: str | None = None
    ) -> None:
        """Raises ``Problem`` 404 if the thing belongs to another conference or organization, or to none, and the key is bound.

        A key must not learn what others have.
        """
        try:
            key.check_conference(conference_id)
            key.check_organization(organization_id)
        except Refused as refused:
            _note(HTTPStatus.NOT_FOUND, refused)
            raise not_found(what, identifier) from None


@dataclass(frozen=True, eq=False)
class NeedsKey:
    """A FastAPI dependency: the route needs a key. Otherwise the answer is 401 or 403."""

    _guard: Guard
    scopes: tuple[Scope, ...]
    conference: bool
    """Whether keys bound to a conference are taken."""
    organization: bool
    """Whether keys bound to an organization are taken."""
    browser: bool = False
    """Whether GET takes the key as the password of HTTP Basic, too."""

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
    ) -> ApiKey:
        # The route's path rather than the request's, which may contain personal data.
        structlog.contextvars.bind_contextvars(path=request.scope["route"].path)
        by_browser = self.browser and request.method in ("GET", "HEAD")
        try:
            shown = credentials.credentials if credentials else _password(request) if by_browser else None
            if shown is None:
                raise Refused("a key is needed: authorization: Bearer odk_...")
            key = await self._guard.authenticate(shown, clock.now())
        except Refused as refused:
            refuse(HTTPStatus.UNAUTHORIZED, refused, _BASIC if by_browser else "Bearer")
        try:
            key.check_scope(*self.scopes)
            self._check_binding(key)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)
        return key

    def _check_binding(self, key: ApiKey) -> None:
        if key.conference_id is not None and not self.conference:
            raise Refused("this needs a key that is not bound to a conference")
        if key.organization_id is not None and not self.organization:
            raise Refused("this needs a key that is not bound to an organization")


@dataclass(frozen=True, eq=False)
class Public:
    """A FastAPI dependency that checks nothing: the route needs no key."""

    why: str

    async def __call__(self) -> None:
        """Nothing is checked."""


def public(why: str) -> Public:
    """For a route that needs no key: ``dependencies=[Depends(public("the link's token says whose it is"))]``."""
    return Public(why)


def refuse(status: HTTPStatus, refused: Refused, challenge: str = "Bearer") -> NoReturn:
    """Answer with the reason, and log it. ``challenge``: with 401, how to prove who asks."""
    _note(status, refused)
    headers = {"WWW-Authenticate": challenge} if status is HTTPStatus.UNAUTHORIZED else {}
    raise Problem(status, str(refused), headers=headers) from None


def _password(request: Request) -> str | None:
    """The password of HTTP Basic (RFC 7617); None if the request has none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return None


def _note(status: HTTPStatus, refused: Refused) -> None:
    log.warning("access_refused", status=status.value, reason=str(refused))
