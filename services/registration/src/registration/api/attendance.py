"""Attendance over HTTP."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from registration.api.auth import Guard
from registration.domain.keys import Key
from registration.rates import Rates
from registration.use_cases.intake import Intake
from shared.envelope import STRUCTURED, Event, Received, unpack
from shared.mongo import Database, Tx
from shared.topics import ATTENDANCE_INBOUND

_CLOUD_EVENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "one CloudEvent: structured, or binary with its attributes in headers `ce-*`",
        "content": {name: {"schema": {"type": "object"}} for name in (STRUCTURED, "application/json")},
    }
}


class Accepted(BaseModel):
    """The event that was accepted, by what identifies it."""

    source: str
    id: str


def create_router(guard: Guard, rates: Rates, intake: Intake, database: Database) -> APIRouter:
    """``/attendance``."""
    router = APIRouter(tags=["attendance"])

    @router.post("/attendance", status_code=HTTPStatus.ACCEPTED, openapi_extra=_CLOUD_EVENT)
    async def post_attendance(request: Request, key: Annotated[Key, Depends(guard("attendance"))]) -> Accepted:
        """Accept one attendance event (see `/asyncapi`). It is kept when this answers; the same event again is harmless."""
        # CloudEvents 1.0, HTTP protocol binding: the values of headers are percent-encoded.
        headers: list[tuple[str, bytes | None]] = [
            (name.replace("ce-", "ce_", 1), unquote(value).encode())
            for name, value in request.headers.items()
            if name.startswith("ce-") or name == "content-type"
        ]
        event = unpack(Received(ATTENDANCE_INBOUND.name, await request.body(), headers), ATTENDANCE_INBOUND)
        guard.event(key, event)
        rates.take(key.id, key.events_per_minute)

        async def accept(tx: Tx) -> Event:
            intake.accept([event], tx)
            return event

        await database.transact(accept)
        return Accepted(source=event.source, id=event.id)

    return router
