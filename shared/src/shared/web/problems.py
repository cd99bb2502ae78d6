"""HTTP errors as problem details (RFC 9457): the fault, its field, and what was expected."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from shared.free_text import legible
from shared.refusals import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    Stalled,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from shared.web import problem_page


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
    """A response other than success. If a field is at fault, ``detail`` continues from its name ("is missing")."""

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


def too_large(limit: int) -> Problem:
    """The request's body has more bytes than are read."""
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit:,} bytes")


STATUSES: Final[Mapping[type[Refusal], HTTPStatus]] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Stalled: HTTPStatus.REQUEST_TIMEOUT,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How each refusal of a use case is answered. This is the only place that maps them."""


def status_of(refusal: Refusal) -> HTTPStatus:
    """The status for a refusal: that of its class, or of the nearest base class."""
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemDetails, "description": "What is wrong, and where", "content": {"application/problem+json": {}}}
}
"""For a router's ``responses``: the errors, in its OpenAPI."""


class ProblemResponse(JSONResponse):
    """A problem, as JSON for programs and as a page for people."""

    media_type = "application/problem+json"

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(problem.model_dump(), problem.status)
        self.headers["Vary"] = "Accept"
        self._problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if problem_page.wants_page(Headers(scope=scope)):
            show = getattr(scope["app"].state, "problem_page", None) if "app" in scope else None
            if show:
                page = show(Request(scope), self._problem)
                self.body, headers = page.body, dict(page.headers)
            else:  # an app without pages, as that of health and metrics is
                fields = [f"{fault.field}: {fault.detail}" for fault in self._problem.errors]
                self.body = problem_page.render(self._problem.title, fields or [self._problem.detail])
                headers = {"Content-Type": "text/html; charset=utf-8", **problem_page.HEADERS}
            self.headers.update(headers | {"Content-Length": str(len(self.body)), "Vary": "Accept, Cookie, Accept-Language"})
        await super().__call__(scope, receive, send)


def answer(status: int, detail: str, errors: list[FieldFault] | None = None) -> ProblemResponse:
    """An error as problem details. What they quote of a request is written out where it would reverse or hide text."""
    faults = [FieldFault(field=legible(fault.field), detail=legible(fault.detail)) for fault in errors or ()]
    return ProblemResponse(ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=legible(detail), errors=faults))
