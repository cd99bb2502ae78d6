"""Checks who makes each request. Every route says what it needs: ``guard(...)`` a key or a role, ``public(...)`` nothing."""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, NoReturn, Protocol

import structlog
from fastapi import Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from shared import clock
from shared.database.recent import Recent
from shared.web.access.audit import Actor, note
from shared.web.access.callers import Caller, person
from shared.web.access.keys import ApiKey, KeyEnded, Refused, digest, parse
from shared.web.access.roles import Binding, Grant, GrantLookup, NoGrants, Role, opening
from shared.web.access.scopes import SCOPES, Scope
from shared.web.access.sessions import COOKIE, SignInSession
from shared.web.access.signed_in import People, admit_once, ask_to_sign_in
from shared.web.problems import Problem, not_found

log = structlog.get_logger(__name__)

_BEARER: Final = HTTPBearer(
    scheme_name="key",
    bearerFormat="odk_...",
    description="an API key; create the first with `python -m registration keys create`",
    auto_error=False,
)
_SESSION: Final = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description="the session cookie of a person who is signed in; browsers send it",
    auto_error=False,
)
_BASIC: Final = 'Basic realm="Opportunity Desk: an API key as the password (from programs, as a Bearer token)", charset="UTF-8"'
"""The only challenge to browsers: Chromium understands one alone in the header."""
_NOBODY: Final = ApiKey(id="", scopes=frozenset(), digest=bytes(len(digest(""))))
"""Compared with if a key is unknown, so that the response takes as long."""


class KeyLookup(Protocol):
    """Where keys are found, by their ids."""

    async def get(self, id: str, /) -> ApiKey | None: ...


OnUse = Callable[[ApiKey, datetime], Awaitable[None]]
"""Called for each valid key presented."""


class Guard:
    """Gives whoever makes a request to the routes: ``caller: Annotated[Caller, Depends(guard("rounds", people=True))]``."""

    def __init__(
        self,
        keys: KeyLookup,
        on_use: OnUse | None = None,
        people: People | None = None,
        grants: GrantLookup | None = None,
        unknown: str = "this key is not known",
    ) -> None:
        """Without ``people``, nobody is signed in. Without ``grants``, nobody is an organizer or on a host's staff.

        ``unknown``: the message for a key that is not found.
        """
        self._keys = keys
        self._unknown = unknown
        self._on_use = on_use
        self.people = people
        self.grants = grants or NoGrants()
        self._recent_grants = Recent[Collection[Grant]]()

    def __call__(
        self,
        *scopes: Scope,
        conference: bool = False,
        organization: bool = False,
        attendee: bool = False,
        browser: bool = False,
        people: bool = False,
    ) -> "NeedsKey":
        """A FastAPI dependency that returns the request's caller: a key if it has one of these scopes.

        Keys that are bound to a conference or an organization are refused, unless the route takes them (``conference=True``,
        ``organization=True``): such a route checks itself whether the thing belongs to the caller's conference or
        organization, by ``conference``, ``organization`` or ``owner``.

        ``people=True``: people who are signed in get in as well, by a role that has one of these scopes. A role that is bound
        to an attendee, a conference or an organization counts only if the route checks that (``attendee=True``, …).

        ``browser=True`` is for pages: a browser asks for the key, and sends it as the password of HTTP Basic. This works with GET
        only, because a browser sends the password even where another site's page makes it send the request. With
        ``people=True``, the browser is sent to sign in instead of being asked for a key.
        """
        if not scopes or (unknown := set(scopes) - set(SCOPES)):
            raise ValueError(f"not a scope: {', '.join(sorted(unknown)) if scopes else 'none was given'}")
        kind = NeedsKeyOrSession if people else NeedsKey
        needs = kind(self, scopes, conference, organization, attendee, browser)
        if people and not needs.roles:
            raise ValueError(f"no role opens {', '.join(scopes)} where only {', '.join(needs.takes) or 'nothing'} is checked")
        return needs

    async def authenticate(self, shown: str, now: datetime) -> ApiKey:
        """The key with this text. Keys are looked up for each request, so a revoked one is refused from then on.

        Raises:
            KeyEnded: it is no longer valid.
            Refused: it is not a key, or not known.
        """
        id, secret = parse(shown)
        structlog.contextvars.bind_contextvars(key=id)
        key = await self._keys.get(id)
        opens = (key or _NOBODY).opens_with(secret)
        if key is None or not opens:
            raise Refused(self._unknown)
        if reason := key.ended(now):
            raise KeyEnded(key, reason)
        if self._on_use:
            await self._on_use(key, now)
        return key

    async def grants_of(self, session: SignInSession, roles: Collection[Role]) -> list[Grant]:
        """Those of the person's grants in this service that are for these roles."""
        grants = [Grant("attendee", id) for id in session.person_ids]
        if session.operator:
            grants.append(Grant("operator"))
        if not set(roles) <= {"attendee", "operator"}:  # which the session itself tells
            ids = session.person_ids
            # What another instance changed is known within a second.
            grants += await self._recent_grants.get(ids, lambda: self.grants.grants(ids)) or ()
        return [grant for grant in grants if grant.role in roles]

    def conference(self, caller: Caller, conference_id: str | None) -> None:
        """Raises ``Problem`` 403 if the caller may not act for this conference."""
        try:
            caller.check_conference(conference_id)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)

    def organization(self, caller: Caller, organization_id: str | None) -> None:
        """Raises ``Problem`` 403 if the caller may not act for this organization."""
        try:
            caller.check_organization(organization_id)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)

    def owner(
        self,
        caller: Caller,
        what: str,
        identifier: str,
        *,
        conference_id: str | None = None,
        organization_id: str | None = None,
        attendee_id: str | None = None,
    ) -> None:
        """Raises ``Problem`` 404 if the thing belongs to others, or to none, and the caller is bound: to a conference, …

        Nobody must learn what others have.
        """
        try:
            caller.check_owner(conference_id=conference_id, organization_id=organization_id, attendee_id=attendee_id)
        except Refused as refused:
            _note(HTTPStatus.NOT_FOUND, refused)
            raise not_found(what, identifier) from None


@dataclass(frozen=True, eq=False)
class NeedsKey:
    """A FastAPI dependency: the route needs a key. Otherwise the response is 401 or 403."""

    guard: Guard
    scopes: tuple[Scope, ...]
    conference: bool
    """Whether the route checks conferences: keys bound to one are taken."""
    organization: bool
    """Whether the route checks organizations: keys bound to one are taken."""
    attendee: bool = False
    """Whether the route checks attendees."""
    browser: bool = False
    """Whether GET takes the key as the password of HTTP Basic, too."""

    @property
    def takes(self) -> list[Binding]:
        """What the route checks."""
        checked: dict[Binding, bool] = {
            "attendee": self.attendee,
            "conference": self.conference,
            "organization": self.organization,
        }
        return [binding for binding, checks in checked.items() if checks]

    @property
    def roles(self) -> list[Role]:
        """The roles that open the route."""
        return []

    async def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None
    ) -> Caller:
        return await self.admit(request)

    async def admit(self, request: Request) -> Caller:
        """Whoever makes the request."""
        return await admit_once(request, self, self._caller)

    async def _caller(self, request: Request) -> Caller:
        credentials = await _BEARER(request)
        # The route's path rather than the request's, which may contain personal data.
        structlog.contextvars.bind_contextvars(path=request.scope["route"].path)
        by_browser = self.browser and request.method in ("GET", "HEAD")
        shown = credentials.credentials if credentials else _password(request) if by_browser else None
        challenge = _BASIC if by_browser else "Bearer"
        caller = await self._without_key(request, challenge) if shown is None else await self._by_key(request, shown, challenge)
        request.state.caller = caller
        return caller

    async def _without_key(self, request: Request, challenge: str) -> Caller:
        """Whoever gets in without a key."""
        refuse(HTTPStatus.UNAUTHORIZED, Refused("a key is needed; send it as authorization: Bearer odk_..."), challenge)

    async def _by_key(self, request: Request, shown: str, challenge: str) -> ApiKey:
        try:
            key = await self.guard.authenticate(shown, clock.now())
        except KeyEnded as ended:
            note(request, Actor(key_id=ended.key.id))
            refuse(HTTPStatus.UNAUTHORIZED, ended, challenge)
        except Refused as refused:
            refuse(HTTPStatus.UNAUTHORIZED, refused, challenge)
        note(request, Actor(key_id=key.id))
        try:
            key.check_scope(*self.scopes)
            self._check_binding(key)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)
        note(request, Actor(key_id=key.id, scopes=key.scopes.intersection(self.scopes)))
        return key

    def _check_binding(self, key: ApiKey) -> None:
        if key.conference_id is not None and not self.conference:
            raise Refused("this needs a key that is not bound to a conference")
        if key.organization_id is not None and not self.organization:
            raise Refused("this needs a key that is not bound to an organization")


class NeedsKeyOrSession(NeedsKey):
    """A FastAPI dependency: the route needs a key, or somebody who is signed in and has a role that opens it.

    A key wins over a session: whoever shows a key that does not get in is refused, signed in or not. Browsers without either are
    sent to sign in.
    """

    @property
    def roles(self) -> list[Role]:
        return opening(self.scopes, self.takes)

    async def __call__(
        self,
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None,
        __: Annotated[str | None, Security(_SESSION)] = None,
    ) -> Caller:
        return await self.admit(request)

    async def _without_key(self, request: Request, challenge: str) -> Caller:
        people = self.guard.people
        session = await people.session(request) if people else None
        if session is None:
            ask_to_sign_in(request)
            reason = "a key (authorization: Bearer odk_...) or a session (/sign-in) is needed"
            refuse(HTTPStatus.UNAUTHORIZED, Refused(reason))
        structlog.contextvars.bind_contextvars(session=session.id)
        try:
            caller = person(session, await self.guard.grants_of(session, self.roles), self.scopes, self.takes)
        except Refused as refused:
            refuse(HTTPStatus.FORBIDDEN, refused)
        used = caller.scopes.intersection(self.scopes)
        note(request, Actor(person_id=session.person_id, session_id=session.id, scopes=used, roles=caller.roles))
        return caller


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
    """Respond with the reason, and log it. ``challenge``: with 401, how to prove who asks."""
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
