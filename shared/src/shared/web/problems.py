"""HTTP errors as problem details (RFC 9457): what is wrong, in which field, and what was expected."""

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pymongo.errors import ConnectionFailure, PyMongoError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.contract.envelope import Rejected
from shared.errors import Busy, Conflict, Forbidden, Invalid, NotFound, Refusal, Stalled, TooLarge, TooMany, Unauthenticated
from shared.failures import described, passes
from shared.faults import fault as in_words
from shared.faults import sendable
from shared.json_text import compounds

log = structlog.get_logger(__name__)


class FieldFault(BaseModel):
    """One field that is wrong, as a dotted path, and what was expected there."""

    field: str
    detail: str


class ProblemDetails(BaseModel):
    """The body of every error, ``application/problem+json``."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = []


class Problem(Exception):
    """An answer other than success. Where a field is to blame, ``detail`` goes on from its name ("is missing")."""

    def __init__(
        self, status: HTTPStatus, detail: str, field: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{field}: {detail}" if field else detail)
        self.status = status
        self.headers = headers or {}
        self.errors = [FieldFault(field=field, detail=detail)] if field else []


def not_found(what: str, identifier: str) -> Problem:
    """There is no such thing."""
    return Problem(HTTPStatus.NOT_FOUND, f"there is no {what} {identifier!r}")


def conflict(detail: str) -> Problem:
    """The thing's state does not allow this now."""
    return Problem(HTTPStatus.CONFLICT, detail)


def invalid(field: str, detail: str) -> Problem:
    """A field is well-formed, but names what cannot be."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field)


STATUSES: Final[Mapping[type[Refusal], HTTPStatus]] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Stalled: HTTPStatus.REQUEST_TIMEOUT,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How each refusal of a use case is answered. This is the only place that maps them."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemDetails, "description": "What is wrong, in which field", "content": {"application/problem+json": {}}}
}
"""For a router's ``responses``: the errors, in its OpenAPI."""


def answer(status: int, detail: str, errors: list[FieldFault] | None = None) -> JSONResponse:
    """An error as problem details."""
    problem = ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or [])
    return JSONResponse(problem.model_dump(), status, media_type="application/problem+json")


def _fault(fault: dict[str, Any]) -> FieldFault:
    """A fault as pydantic or FastAPI reports it."""
    place = list(fault["loc"])
    if fault["type"] == "json_invalid":  # the place is an offset then, not a field
        return FieldFault(field="body", detail=f"is not JSON: {fault['ctx']['error']}, at character {place[-1]}")
    if place[:1] == ["body"]:
        place = place[1:]
    return FieldFault(field=sendable(".".join(map(str, place))) or "body", detail=in_words(fault))


def install(app: FastAPI) -> None:
    """Answer every error of the app as problem details."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, problem: Problem) -> JSONResponse:
        response = answer(problem.status, str(problem), problem.errors)
        response.headers.update(problem.headers)
        return response

    @app.exception_handler(Refusal)
    async def on_refusal(_: Request, refusal: Refusal) -> JSONResponse:
        faults = [FieldFault(field=refusal.field, detail=refusal.detail)] if refusal.field else []
        response = answer(STATUSES[type(refusal)], str(refusal), faults)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if isinstance(refusal, Unauthenticated):
            response.headers["WWW-Authenticate"] = refusal.challenge
        return response

    @app.exception_handler(Rejected)
    async def on_rejected(_: Request, rejected: Rejected) -> JSONResponse:
        faults = [FieldFault(field=field or "body", detail=detail) for field, detail in rejected.faults]
        return answer(422, str(rejected), faults)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if isinstance(error.body, bytes) and error.body and not _is_json(request.headers.get("content-type", "")):
            response = answer(415, "send the body as JSON, with the header content-type: application/json")
            response.headers["Accept"] = "application/json"  # RFC 9110, 15.5.16
            return response
        faults = [_fault(fault) for fault in error.errors()[:20]]
        return answer(422, "; ".join(f"{fault.field}: {fault.detail}" for fault in faults[:5]), faults)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        detail = str(error.detail)
        if error.status_code == HTTPStatus.BAD_REQUEST and detail == _UNREADABLE:
            detail = "the body cannot be read: send JSON in UTF-8, not nested deeply"
        response = answer(error.status_code, detail)
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # RFC 9110, 10.2.1: all methods of the resource. Starlette names those of the first route with its path.
            allowed = _allowed(app, request)
            response.headers["Allow"] = ", ".join([*allowed[:1], "HEAD", *allowed[1:]] if "GET" in allowed else allowed)
        return response

    @app.exception_handler(TimeoutError)
    @app.exception_handler(ConnectionFailure)
    async def on_database_away(_: Request, error: Exception) -> JSONResponse:
        log.warning("database_away", error=str(error))
        response = answer(503, "the database does not answer; try again")
        response.headers["Retry-After"] = "5"
        return response

    @app.exception_handler(PyMongoError)
    async def on_database_failing(_: Request, error: PyMongoError) -> JSONResponse:
        if not passes(error):
            raise error
        log.warning("database_failing", error=described(error))
        response = answer(503, "the database cannot do this now; try again")
        response.headers["Retry-After"] = "5"
        return response

    @app.exception_handler(KafkaError)
    async def on_kafka_away(_: Request, error: KafkaError) -> JSONResponse:
        log.warning("kafka_away", error=type(error).__name__)
        response = answer(503, "Kafka does not answer; try again")
        response.headers["Retry-After"] = "5"
        return response

    @app.exception_handler(Exception)
    async def on_error(_: Request, error: Exception) -> JSONResponse:
        return answer(500, "an error of ours; it is logged")


_UNREADABLE: Final = "There was an error parsing the body"
"""What FastAPI says of a body that is no UTF-8, or nested so deeply that nobody reads it."""

_METHODS: Final = ("GET", "PUT", "POST", "PATCH", "DELETE")


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _routes(router: Any) -> Iterator[Any]:
    """All routes, those of included routers too."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        yield from _routes(included) if included is not None else (route,)


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """The methods of the request's path. A path without parameters goes before one with them, as in OpenAPI."""
    matching = [
        (route, method)
        for method in _METHODS
        for route in _routes(app.router)
        if isinstance(route, Route) and route.matches(dict(request.scope) | {"method": method})[0] is Match.FULL
    ]
    fewest = min((route.path.count("{") for route, _ in matching), default=0)
    found = {method for route, method in matching if route.path.count("{") == fewest}
    return [method for method in _METHODS if method in found]


MAX_FIELDS: Final = 30_000
"""Of a JSON body, by its colons: of each unknown field pydantic makes an error, and FastAPI a copy of that. Also the most objects
and arrays, of which Python's take long to be made."""


class LimitBody:
    """ASGI middleware: refuses a request body that is too large, with 413 and without reading it all, compressed, with 415, or of
    JSON with too many fields, with 422.

    ``limits`` has the most bytes for the paths that match a pattern (as in ``fnmatch``), None for any number; the first match
    counts, ``limit`` where there is none. Fields are not counted at paths that match one of ``raw``, where JSON is not read by
    FastAPI.
    """

    def __init__(self, app: ASGIApp, limit: int, limits: Mapping[str, int | None], raw: Collection[str] = ()) -> None:
        self._app = app
        self._limit = limit
        self._limits = limits
        self._raw = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        # Nothing here unpacks a body, so a small one cannot become a large one.
        if (encoding := headers.get(b"content-encoding", b"identity")).lower() != b"identity":
            detail = f"send the body as it is, not with content-encoding {encoding.decode(errors='replace')!r}"
            response = answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
            response.headers["Accept-Encoding"] = "identity"  # RFC 9110, 15.5.16
            await response(scope, receive, send)
            return
        limit = next((most for pattern, most in self._limits.items() if fnmatchcase(scope["path"], pattern)), self._limit)
        if limit is None:
            await self._app(scope, receive, send)
            return
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            problem = too_large(limit)
            await answer(problem.status, str(problem))(scope, receive, send)
            return
        in_json = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == b"application/json"
        in_json &= not any(fnmatchcase(scope["path"], pattern) for pattern in self._raw)
        seen = fields = inner = 0
        refused: Problem | None = None
        answered = False

        async def counted() -> Message:
            nonlocal seen, fields, inner, refused
            message = await receive()
            body = message.get("body", b"")
            seen += len(body)
            if in_json:
                fields, inner = fields + body.count(b":"), inner + compounds(body)
            if seen > limit:
                refused = too_large(limit)
            elif fields > MAX_FIELDS:
                refused = invalid("body", f"has more than {MAX_FIELDS:,} fields")
            elif inner > MAX_FIELDS:
                refused = invalid("body", f"has more than {MAX_FIELDS:,} objects and arrays")
            if refused:
                raise refused
            return message

        async def unless_refused(message: Message) -> None:
            nonlocal answered
            if not refused or answered:
                answered = True
                await send(message)

        await self._app(scope, counted, unless_refused)
        # FastAPI makes a 400 of whatever is raised while it reads a body: this answer takes that one's place.
        if refused and not answered:
            await answer(refused.status, str(refused), refused.errors)(scope, receive, send)


def too_large(limit: int) -> Problem:
    """The request's body has more bytes than are read."""
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit:,} bytes")
