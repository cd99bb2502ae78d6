"""Maps errors to problems: those of use cases, of FastAPI's checks, of the database and of Kafka."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pymongo.errors import ConnectionFailure, PyMongoError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from shared.contract.envelope import Rejected
from shared.refusals import Refusal, Unauthenticated
from shared.transient_errors import described, passes
from shared.validation import in_words, sendable
from shared.web.problems import FieldFault, Problem, answer, status_of

log = structlog.get_logger(__name__)

_UNREADABLE: Final = "There was an error parsing the body"
"""What FastAPI says of a body that is no UTF-8, or nested so deeply that nobody reads it."""

_NAMED: Final = re.compile(r"([a-z_]{1,50}): ")

_METHODS: Final = ("GET", "PUT", "POST", "PATCH", "DELETE")


def install(app: FastAPI) -> None:
    """Return every error of the app as problem details."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, problem: Problem) -> Response:
        response = answer(problem.status, str(problem), problem.errors)
        response.headers.update(problem.headers)
        return response

    @app.exception_handler(Refusal)
    async def on_refusal(_: Request, refusal: Refusal) -> Response:
        faults = [FieldFault(field=refusal.field, detail=refusal.detail)] if refusal.field else []
        response = answer(status_of(refusal), str(refusal), faults)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if isinstance(refusal, Unauthenticated):
            response.headers["WWW-Authenticate"] = refusal.challenge
        return response

    @app.exception_handler(Rejected)
    async def on_rejected(_: Request, rejected: Rejected) -> Response:
        faults = [FieldFault(field=field or "body", detail=detail) for field, detail in rejected.faults]
        return answer(422, str(rejected), faults)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        if isinstance(error.body, bytes) and error.body and not _is_json(request.headers.get("content-type", "")):
            response = answer(415, "send the body as JSON, with the header content-type: application/json")
            response.headers["Accept"] = "application/json"  # RFC 9110, 15.5.16
            return response
        faults = [_fault(fault) for fault in error.errors()[:20]]
        return answer(422, "; ".join(f"{fault.field}: {fault.detail}" for fault in faults[:5]), faults)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
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
    async def on_database_unavailable(_: Request, error: Exception) -> Response:
        log.warning("database_unavailable", error=str(error))
        response = answer(503, "the database does not answer; try again")
        response.headers["Retry-After"] = "5"
        return response

    @app.exception_handler(PyMongoError)
    async def on_database_failing(_: Request, error: PyMongoError) -> Response:
        if not passes(error):
            raise error
        log.warning("database_failing", error=described(error))
        response = answer(503, "the database cannot do this at the moment; try again")
        response.headers["Retry-After"] = "5"
        return response

    @app.exception_handler(KafkaError)
    async def on_kafka_unavailable(_: Request, error: KafkaError) -> Response:
        log.warning("kafka_unavailable", error=type(error).__name__)
        response = answer(503, "Kafka does not answer; try again")
        response.headers["Retry-After"] = "5"
        return response

    @app.exception_handler(Exception)
    async def on_error(_: Request, error: Exception) -> Response:
        return answer(500, "an error on our side; it has been logged")


def _fault(fault: dict[str, Any]) -> FieldFault:
    """A fault as pydantic or FastAPI reports it."""
    place = list(fault["loc"])
    if fault["type"] == "json_invalid":  # the place is an offset then, not a field
        return FieldFault(field="body", detail=f"is not JSON: {fault['ctx']['error']}, at character {place[-1]}")
    if place[:1] == ["body"]:
        place = place[1:]
    detail: str = in_words(fault)
    # A rule over several fields says which of them is to blame, as in "ends: is before starts".
    if fault["type"] == "value_error" and isinstance(fault.get("input"), dict) and (named := _NAMED.match(detail)):
        place, detail = [*place, named[1]], detail[named.end() :]
    return FieldFault(field=sendable(".".join(map(str, place))) or "body", detail=detail)


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
