"""HTTP in for what came back by mail."""

import asyncio
import hmac
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, SecretStr

from notifications.bounces.domain import Understood, read
from notifications.bounces.use_cases import Bounces, MessageInHand, note
from shared.database.mongo import Database
from shared.web.problems import Problem, ProblemDetails

INBOUND_BYTES: Final = 64 * 1024 * 1024
"""Of a mail, at most: more than mail servers take, as one that is refused is handed over again for days."""
_READ_BYTES: Final = 1024 * 1024
"""What is read of it: a report begins with what it has to say, and ends with a copy of our mail, a reply with its pictures."""

_IN_HAND_SECONDS: Final = (0.2, 0.5, 1, 2)
"""How long a bounce waits that came faster than what the mail server said was written down."""

_BEARER: Final = HTTPBearer(scheme_name="inbound", description="the setting INBOUND_KEY", auto_error=False)

_BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_MAIL: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "the mail as it came (RFC 5322), whatever its `content-type` is called; its first megabyte is read",
        "content": {"message/rfc822": _BYTES, "application/octet-stream": _BYTES},
    }
}
_NOT_NOW: Final[dict[int | str, dict[str, Any]]] = {
    503: {
        "model": ProblemDetails,
        "description": "there is no INBOUND_KEY, or the mail is to be handed over again later",
        "content": {"application/problem+json": {}},
    }
}


class UnderstoodMail(BaseModel):
    """What a mail said."""

    understood: Understood
    applied: bool = Field(
        description="whether that changed anything: not where it came before, or is about none of this service's messages"
    )


def create_router(bounces: Bounces, database: Database, key: SecretStr | None) -> APIRouter:
    """``/inbound``."""
    router = APIRouter()

    @router.post("/inbound", tags=["inbound"], openapi_extra=_MAIL, responses=_NOT_NOW)
    async def take_mail(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
        recipient: Annotated[str, Query(max_length=320, description="of the envelope, where known")] = "",
    ) -> UnderstoodMail:
        """Take in a mail that came to BOUNCE_ADDRESS, whatever it is: a bounce (RFC 3464), a complaint (RFC 5965), a request to
        unsubscribe, an automatic reply.

        The same again changes nothing. Where the answer is not a success, hand the mail over again later.
        """
        _check(credentials, key)
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk[: _READ_BYTES - len(raw)]
        if not raw:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "is empty; send the mail as it came", "body")
        report = await asyncio.to_thread(read, bytes(raw), recipient)
        for wait in (*_IN_HAND_SECONDS, 0):
            try:
                outcome = await database.transact(lambda tx: bounces.take(report, tx))
                break
            except MessageInHand:
                await asyncio.sleep(wait)
        else:
            detail = "the message that came back is still being sent; hand its bounce over again later"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "60"})
        note(report, outcome)
        return UnderstoodMail(understood=outcome.understood, applied=outcome.applied)

    return router


def _check(credentials: HTTPAuthorizationCredentials | None, key: SecretStr | None) -> None:
    if key is None:
        detail = "nothing is taken in here: set INBOUND_KEY, and give it to whoever hands over mails to BOUNCE_ADDRESS"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    given = credentials.credentials if credentials else ""
    if not hmac.compare_digest(given.encode(), key.get_secret_value().encode()):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "the key of INBOUND_KEY is needed: authorization: Bearer ...",
            headers={"WWW-Authenticate": "Bearer"},
        )
