"""The audit: who changed what.

Each request that may change something leaves an entry if its caller is known, even if it was refused: for a scope or role that is
missing, or a key or session that has ended. Strangers leave none, so they cannot fill the audit. An entry holds ids, but neither
addresses nor bodies.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from shared import clock
from shared.logging import correlation_id, without_addresses
from shared.web.access.roles import Role
from shared.web.access.scopes import Scope

SAFE: Final = ("GET", "HEAD", "OPTIONS")
"""The methods that change nothing."""
_ACTOR: Final = "shared.actor"
"""Where a request's scope has who makes it."""
_SECRETS: Final = ("token",)
"""Parameters of paths that prove something, and so are not kept."""
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who makes a request: a key, or a person by their session. ``scopes`` and ``roles`` are those that opened the route."""

    key_id: str = ""
    person_id: str = ""
    session_id: str = ""
    scopes: frozenset[Scope] = frozenset()
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request: who made it, what it was for, and how it was answered."""

    at: datetime
    actor: Actor
    method: str
    route: str
    """The path with the names of its parameters, such as ``/keys/{id}``."""
    ids: Mapping[str, str]
    """The parameters of the path."""
    status: int
    correlation_id: str


Record = Callable[[Entry], Awaitable[None]]
"""Keeps an entry. It does not fail."""


def note(request: HTTPConnection, actor: Actor) -> None:
    """Say who makes this request, as soon as that is proven, whether or not they are let in."""
    request.scope[_ACTOR] = actor


class Audit:
    """ASGI middleware: records each request that may change something before it is answered."""

    def __init__(self, app: ASGIApp, record: Record) -> None:
        self._app = app
        self._record = record

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return
        answered = False

        async def record(status: int) -> None:
            nonlocal answered
            actor: Actor | None = scope.get(_ACTOR)
            if actor and not answered:
                answered = True
                await self._record(_entry(scope, actor, status))

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                await record(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_recorded)
        except Exception:
            await record(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise


def _entry(scope: Connection, actor: Actor, status: int) -> Entry:
    return Entry(
        at=clock.now(),
        actor=actor,
        method=scope["method"],
        route=scope["route"].path,
        ids={name: _kept(str(value)) for name, value in scope["path_params"].items() if name not in _SECRETS},
        status=status,
        correlation_id=_kept(correlation_id.get()),
    )


def _kept(text: str) -> str:
    """The text, as it may be kept: callers choose ids, and may write addresses into them."""
    return without_addresses(text[:_LONGEST])
