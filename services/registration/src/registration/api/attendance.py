"""Attendance over HTTP."""

import re
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel

from registration.api import cloudevents
from registration.api.auth import Guard
from registration.domain.keys import Key, Refused
from registration.rates import Rates
from registration.use_cases.intake import Intake, Repeats
from shared.envelope import STRUCTURED, Event, Rejected, unpack_parsed
from shared.mongo import Database, Tx
from shared.problems import FieldFault, Problem
from shared.topics import ATTENDANCE_INBOUND

# A string of RFC 8941, with its quotes or, as most clients send it, without.
_IDEMPOTENCY_KEY: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,256})"|([!#-~]{1,256})')


class Accepted(BaseModel):
    """The event that was accepted, by what identifies it."""

    source: str
    id: str


class Result(BaseModel):
    """What became of one event of a batch; ``reason`` and ``errors`` say what to mend in a rejected one."""

    status: Literal["accepted", "rejected"]
    source: str | None = None
    id: str | None = None
    reason: str | None = None
    errors: list[FieldFault] | None = None


class Results(BaseModel):
    """What became of the events of a batch, in their order."""

    accepted: int
    rejected: int
    results: list[Result]


def create_router(guard: Guard, rates: Rates, intake: Intake, repeats: Repeats, database: Database) -> APIRouter:
    """``/attendance``."""
    router = APIRouter(tags=["attendance"])

    @router.post(
        "/attendance", status_code=HTTPStatus.ACCEPTED, response_model=Accepted | Results, openapi_extra={"requestBody": _BODY}
    )
    async def post_attendance(
        request: Request,
        key: Annotated[Key, Depends(guard("attendance"))],
        idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", description=_REPEATS)] = None,
    ) -> Response:
        """Accept attendance: one CloudEvent in structured or binary mode, or a batch of up to 1,000 (see `/asyncapi` for types).

        What is accepted is kept when this answers, and will be recorded. The same event again is harmless: it is known by its
        source and id. Of a batch, each event is accepted or rejected for itself, and the answer has one result for each.
        """
        mode, name = cloudevents.mode(request), _idempotency_key(idempotency_key)
        body = await request.body()
        events: list[Event]
        answer: BaseModel
        if mode == "batched":
            values = cloudevents.batch(body)
            rates.take(key.id, key.events_per_minute, len(values))
            events, answer = _accept(values, key, guard)
        else:
            rates.take(key.id, key.events_per_minute)
            event = cloudevents.event(request, mode, body, ATTENDANCE_INBOUND)
            guard.event(key, event)
            events, answer = [event], Accepted(source=event.source, id=event.id)
        attributes = sorted(cloudevents.attributes(request)) if mode == "binary" else []
        content = [mode.encode(), body, *(part for name, value in attributes for part in (name.encode(), value))]

        accepted = intake.accept(events)

        async def unless_repeated(tx: Tx) -> None:
            if name and await repeats.is_first(key.id, name, content, tx):
                for one in accepted:
                    tx.send(one)

        if name:
            await database.transact(unless_repeated)
        elif accepted:
            await database.publish(accepted)
        return Response(answer.model_dump_json(exclude_none=True), HTTPStatus.ACCEPTED, media_type="application/json")

    return router


def _accept(values: list[Any], key: Key, guard: Guard) -> tuple[list[Event], Results]:
    """The events of a batch that can be accepted, and what is to be said of each."""
    events, results = [], []
    not_allowed: list[Refused] = []
    for value in values:
        try:
            event = unpack_parsed(value, ATTENDANCE_INBOUND)
            key.check_event(event.source, getattr(event.data, "conference_id", None))
        except (Rejected, Refused) as rejected:
            faults = rejected.faults if isinstance(rejected, Rejected) else ()
            if isinstance(rejected, Refused):
                not_allowed.append(rejected)
            results.append(
                Result(
                    status="rejected",
                    source=_text(value, "source"),
                    id=_text(value, "id"),
                    reason=str(rejected),
                    errors=[FieldFault(field=field or "body", detail=detail) for field, detail in faults],
                )
            )
        else:
            events.append(event)
            results.append(Result(status="accepted", source=event.source, id=event.id))
    guard.note(not_allowed)
    return events, Results(accepted=len(events), rejected=len(values) - len(events), results=results)


def _text(value: Any, name: str) -> str | None:
    """An attribute of a rejected event, where it can be told."""
    text = value.get(name) if isinstance(value, dict) else None
    return text[:256] if isinstance(text, str) else None


def _idempotency_key(header: str | None) -> str | None:
    if header is None:
        return None
    match = _IDEMPOTENCY_KEY.fullmatch(header)
    if match is None:
        raise Problem(
            HTTPStatus.BAD_REQUEST, 'must be 1 to 256 printable ASCII characters, in quotes: "…"', "header.Idempotency-Key"
        )
    return match[1] or match[2]


_REPEATS: Final = (
    "A name for this request, unique to it, such as a UUID (draft-ietf-httpapi-idempotency-key-header). For 24 hours the same "
    "request under the same name is answered again and publishes nothing again; another one under that name is refused with 422."
)
_EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "scan-1",
    "source": "badges",
    "time": "2026-07-08T10:00:00Z",
    "type": "attendance.session_attended.v1",
    "data": {"conference_id": "pyconf", "session_id": "s1", "attendee": {"email": "ada@example.org", "name": "Ada"}},
}
_EVENT: Final = {
    "type": "object",
    "title": "CloudEvent",
    "required": ["specversion", "id", "source", "type", "time"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 256, "description": "unique within the source"},
        "source": {"type": "string", "minLength": 1, "maxLength": 256, "description": "who publishes"},
        "type": {"enum": list(ATTENDANCE_INBOUND.types)},
        "time": {"type": "string", "format": "date-time", "description": "when it happened"},
        "data": {"type": "object", "description": "what happened; its fields are those of the type, see `/asyncapi`"},
    },
    "examples": [_EXAMPLE],
}
_BODY: Final = {
    "required": True,
    "description": "one CloudEvent, or its data with the attributes in headers `ce-*` (binary mode), or a batch",
    "content": {
        STRUCTURED: {"schema": _EVENT},
        cloudevents.BATCHED: {"schema": {"type": "array", "maxItems": cloudevents.MAX_BATCH, "items": _EVENT}},
        "application/json": {"schema": {"type": "object", "examples": [_EXAMPLE["data"]]}},
    },
}
