"""HTTP interface for mails that came back: bounces, complaints, replies."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, SecretStr

from notifications.bounces.domain import Report, Understood, read
from notifications.bounces.use_cases import BounceOutcome, Bounces, MessageInHand, log_outcome
from shared.database.mongo import Database
from shared.key_lists import contains
from shared.refusals import Invalid, Unauthenticated
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.problems import Problem, ProblemDetails

INBOUND_BYTES: Final = 64 * 1024 * 1024
"""The largest mail accepted: more than mail servers take, because a refused mail is handed over again for days."""
_READ_BYTES: Final = 1024 * 1024
"""How much of a mail is read: a report ends with a copy of our mail, and a reply with pictures."""

_IN_HAND_SECONDS: Final = (0.2, 0.5, 1, 2)
"""How long to wait for a message whose bounce came before its sending was recorded."""

_BEARER: Final = HTTPBearer(scheme_name="inbound", description="the setting INBOUND_KEY", auto_error=False)

_OWN_KEY: Final = public("the mail server has its own key, INBOUND_KEY, which is checked here")

_BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_MAIL: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "the mail as received (RFC 5322), with any `content-type`; only its first megabyte is read",
        "content": {"message/rfc822": _BYTES, "application/octet-stream": _BYTES},
    }
}
_NOT_NOW: Final[dict[int | str, dict[str, Any]]] = {
    503: {
        "model": ProblemDetails,
        "description": "INBOUND_KEY is not set, or the mail must be passed on again later",
        "content": {"application/problem+json": {}},
    }
}


class UnderstoodMail(BaseModel):
    """What a mail meant."""

    understood: Understood
    applied: bool = Field(
        description="whether that changed anything; false for a repeat, or if it is not about a message of this service"
    )


def create_router(bounces: Bounces, database: Database, keys: SecretStr | None) -> Router:
    """``/inbound``, for whoever has one of these keys, which are separated by commas."""
    router = Router()

    async def apply_when_ended(report: Report) -> BounceOutcome:
        for wait in _IN_HAND_SECONDS:
            try:
                return await database.transact(lambda tx: bounces.take(report, tx))
            except MessageInHand:
                await asyncio.sleep(wait)
        return await database.transact(lambda tx: bounces.take(report, tx))

    @router.post("/inbound", tags=["inbound"], openapi_extra=_MAIL, responses=_NOT_NOW, dependencies=[Depends(_OWN_KEY)])
    async def take_mail(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
        recipient: Annotated[str, Query(max_length=320, description="the envelope's, if known")] = "",
    ) -> UnderstoodMail:
        """Receive a mail that was sent to BOUNCE_ADDRESS: a bounce (RFC 3464), a complaint (RFC 5965), a request to
        unsubscribe, an automatic reply.

        Repeating the request changes nothing. If the response is not a success, pass the mail on again later.
        """
        _check(credentials, keys)
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk[: _READ_BYTES - len(raw)]
        if not raw:
            raise Invalid("body", "is empty; send the mail as received")
        report = await asyncio.to_thread(read, bytes(raw), recipient)
        outcome = await apply_when_ended(report)
        log_outcome(report, outcome)
        return UnderstoodMail(understood=outcome.understood, applied=outcome.applied)

    return router


def _check(credentials: HTTPAuthorizationCredentials | None, keys: SecretStr | None) -> None:
    if keys is None:
        detail = "mails are not accepted yet: set INBOUND_KEY, and give it to the mail server that passes them on"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    if credentials is None or not contains(keys, credentials.credentials):
        raise Unauthenticated("send the INBOUND_KEY in the header `authorization: Bearer ...`", "Bearer")
