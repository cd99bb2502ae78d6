"""How HTTP answers each refusal: the only place that maps the service's errors to problem details."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from registration.errors import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Stalled,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from shared.web.problems import FieldFault, answer

STATUSES: Final[dict[type[Refusal], HTTPStatus]] = {
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


def install(app: FastAPI) -> None:
    """Answer refusals as problem details."""

    @app.exception_handler(Refusal)
    async def on_refusal(_: Request, refusal: Refusal) -> JSONResponse:
        faults = [FieldFault(field=refusal.field, detail=refusal.detail)] if refusal.field else []
        response = answer(STATUSES[type(refusal)], str(refusal), faults)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if isinstance(refusal, Unauthenticated):
            response.headers["WWW-Authenticate"] = refusal.challenge
        return response
