"""Checks the API key of requests. Only health, documentation and webhooks need no key."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Final, NoReturn

import structlog
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from registration.keys.domain import Key, Refused, Scope
from registration.keys.use_cases import KeyManager
from shared import clock
from shared.contract.envelope import Event
from shared.web.problems import Problem, not_found

log = structlog.get_logger(__name__)

_BEARER: Final = HTTPBearer(
    scheme_name="key", bearerFormat="odk_...", description="an API key; `python -m registration keys create`", auto_error=False
)


class Guard:
    """Gives the key of a request to the routes: ``key: Annotated[Key, Depends(guard("people"))]``."""

    def __init__(self, key_manager: KeyManager) -> None:
        self._key_manager = key_manager

    def __call__(self, *scopes: Scope) -> Callable[..., Awaitable[Key]]:
        """A FastAPI dependency that returns the request's key if it has one of these scopes; otherwise the answer is 401 or
        403."""

        async def key_of(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> Key:
            # The route's path rather than the request's, which may contain personal data.
            structlog.contextvars.bind_contextvars(path=request.scope["route"].path)
            try:
                if credentials is None:
                    raise Refused("a key is needed: authorization: Bearer odk_...")
                key = await self._key_manager.authenticate(credentials.credentials, clock.now())
            except Refused as refused:
                _refuse(HTTPStatus.UNAUTHORIZED, refused)
            try:
                key.check_scope(*scopes)
            except Refused as refused:
                _refuse(HTTPStatus.FORBIDDEN, refused)
            return key

        return key_of

    def conference(self, key: Key, conference_id: str) -> None:
        """Raises ``Problem`` 403 if the key is for another conference."""
        try:
            key.check_conference(conference_id)
        except Refused as refused:
            _refuse(HTTPStatus.FORBIDDEN, refused)

    def owner(self, key: Key, conference_id: str, what: str, identifier: str) -> None:
        """Raises ``Problem`` 404 if the thing belongs to another conference: a key must not learn what others have."""
        try:
            key.check_conference(conference_id)
        except Refused as refused:
            _note(HTTPStatus.NOT_FOUND, refused)
            raise not_found(what, identifier) from None

    def event(self, key: Key, event: Event) -> None:
        """Raises ``Problem`` 403 if the key may not publish events of this source or conference."""
        try:
            key.check_event(event.source, getattr(event.data, "conference_id", None))
        except Refused as refused:
            _refuse(HTTPStatus.FORBIDDEN, refused)

    def note(self, refused: Sequence[Refused]) -> None:
        """Log once that events of a batch were refused."""
        if refused:
            log.warning("access_refused", status=HTTPStatus.FORBIDDEN.value, reason=str(refused[0]), events=len(refused))


def _note(status: HTTPStatus, refused: Refused) -> None:
    log.warning("access_refused", status=status.value, reason=str(refused))


def _refuse(status: HTTPStatus, refused: Refused) -> NoReturn:
    _note(status, refused)
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    raise Problem(status, str(refused), headers=headers) from None
