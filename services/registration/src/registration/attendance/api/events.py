"""The HTTP interface for attendance events."""

import re
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Header, Path, Query, Request, Response

from registration.attendance.api import cloudevents
from registration.attendance.api.openapi_body import EVENT_BODY
from registration.attendance.api.results import Entry, EventView, Result, Results, results
from registration.attendance.domain.warnings import data_of
from registration.attendance.use_cases.event_lookup import Answer, EventLookup, decoded, encoded
from registration.attendance.use_cases.intake import Intake
from registration.attendance.use_cases.repeated_requests import RepeatedRequests
from registration.keys.domain import Key
from registration.keys.guard import check_event, check_outcome, note
from registration.rate_limits import Rates
from shared.contract.envelope import Rejected, unpack_parsed
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.keys import Refused
from shared.web.access.router import Router
from shared.web.problems import Problem

# A string of RFC 8941, with its quotes or, as most clients send it, without.
_IDEMPOTENCY_KEY: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,256})"|([!#-~]{1,256})')


def create_router(
    guard: Guard, rates: Rates, intake: Intake, repeated_requests: RepeatedRequests, event_lookup: EventLookup, database: Database
) -> Router:
    """``/attendance``."""
    router = Router(tags=["attendance"])
    Publisher = Annotated[Key, Depends(guard("attendance", conference=True))]  # noqa: N806 - a type
    Allowed = Annotated[Caller, Depends(guard("attendance", conference=True, people=True))]  # noqa: N806 - a type

    @router.post(
        "/attendance", status_code=HTTPStatus.ACCEPTED, response_model=Result | Results, openapi_extra={"requestBody": EVENT_BODY}
    )
    async def post_attendance(
        request: Request,
        key: Publisher,
        idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", description=_REPEATS)] = None,
    ) -> Response:
        """Send attendance: one CloudEvent in structured or binary mode, or a batch of up to 1,000 (see `/asyncapi` for types).

        Accepted and pending events are stored before the response. Sending an event again is harmless: it is recognised by its
        source and id. Each event of a batch is checked on its own and has its own result in the response.
        `GET /attendance/{source}/{id}` returns the outcome of an event.
        """
        mode, name = cloudevents.mode(request), _idempotency_key(idempotency_key)
        body = await request.body()
        if mode == "batched":
            values = cloudevents.batch(body)
            rates.take(key.id, key.events_per_minute, len(values))
            entries = _read(values, key)
        else:
            rates.take(key.id, key.events_per_minute)
            event = cloudevents.event(request, mode, body, ATTENDANCE_INBOUND)
            check_event(key, event)
            entries = [Entry.of(event, *cloudevents.raw(mode, body, event))]
        readable = [entry for entry in entries if entry.event]
        events = [entry.event for entry in readable if entry.event]
        answers = await event_lookup.answers(events)
        if mode != "batched" and answers[0].status == "rejected":
            raise Rejected(answers[0].reason, answers[0].faults)
        outgoing = intake.accept((event for event, answer in zip(events, answers, strict=True) if answer.publish), key.id)
        if name:
            attributes = sorted(cloudevents.attributes(request)) if mode == "binary" else []
            content = [mode.encode(), body, *(part for header, value in attributes for part in (header.encode(), value))]

            async def send_unless_repeated(tx: Tx) -> str | None:
                first = await repeated_requests.first_answer(key.id, name, content, "".join(map(encoded, answers)), tx)
                for record in outgoing if first is None else ():
                    tx.send(record)
                return first

            first = await database.transact(send_unless_repeated)
            if first is not None:
                answers = [decoded(letter, event) for letter, event in zip(first, events, strict=True)]
        elif outgoing:
            await database.publish(outgoing)
        for entry, answer in zip(readable, answers, strict=True):
            entry.answer = answer
        answered = results(entries)
        answer_body = Results.of(answered) if mode == "batched" else answered[0]
        return Response(answer_body.model_dump_json(exclude_none=True), HTTPStatus.ACCEPTED, media_type="application/json")

    @router.get("/attendance", response_model_exclude_none=True)
    async def get_attendance(
        caller: Allowed,
        source: Annotated[str, Query(max_length=256, description="the event's source")],
        id: Annotated[str, Query(max_length=256, description="the event's id")],
    ) -> EventView:
        """Return the outcome of an event, like `GET /attendance/{source}/{id}`, for clients that prefer a query."""
        return await view(caller, source, id)

    # Declared as paths: the framework decodes slashes within source and id before it splits the path.
    @router.get("/attendance/{source:path}/{id:path}", response_model_exclude_none=True)
    async def get_event(
        request: Request,
        caller: Allowed,
        source: Annotated[str, Path(description="the event's source, percent-encoded: `/` as `%2F`")],
        id: Annotated[str, Path(description="the event's id, percent-encoded")],
    ) -> EventView:
        """Return the outcome of an event, sent over HTTP or Kafka. A key sees only events that it could have published itself.

        An event is recorded, or pending, within seconds of being accepted. Until then the response is 404, as it is if there is
        no such event, or if its person was erased. The reason for a rejection is kept for 30 days.
        """
        return await view(caller, *_source_and_id(request))

    async def view(caller: Caller, source: str, id: str) -> EventView:
        outcome = await event_lookup.outcome_of(source, id)
        try:
            if outcome is None:
                raise Refused("there is none")
            check_outcome(caller, source, outcome.conference_id or None)
        except Refused:  # must not reveal whether another publisher has such an event
            raise Problem(
                HTTPStatus.NOT_FOUND, "there is no such event (yet); an event is known within seconds of being accepted"
            ) from None
        return EventView.of(source, id, outcome)

    return router


def _source_and_id(request: Request) -> tuple[str, str]:
    """The source and the id in the path, before the framework decoded them."""
    parts = request.scope["raw_path"].partition(b"/attendance/")[2].split(b"/")
    try:
        source, id = (unquote_to_bytes(part).decode() for part in parts)
    except ValueError:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "the path is /attendance/{source}/{id}, both percent-encoded, with '/' as %2F; or use /attendance?source=…&id=…",
        ) from None
    return source, id


def _read(values: list[Any], key: Key) -> list[Entry]:
    """The events of a batch, with the reasons why some cannot be accepted."""
    entries = []
    not_allowed: list[Refused] = []
    for value in values:
        try:
            event = unpack_parsed(value, ATTENDANCE_INBOUND)
            key.check_event(event.source, getattr(event.data, "conference_id", None))
        except (Rejected, Refused) as rejected:
            if isinstance(rejected, Refused):
                not_allowed.append(rejected)
            answer = Answer("rejected", str(rejected), rejected.faults if isinstance(rejected, Rejected) else ())
            entries.append(Entry(None, _text(value, "source"), _text(value, "id"), answer, {}, None))
        else:
            entries.append(Entry.of(event, value, data_of(value)))
    note(not_allowed)
    return entries


def _text(value: Any, name: str) -> str | None:
    """An attribute of a rejected event, if it can be read."""
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
    "A key that is unique to this request, such as a UUID (draft-ietf-httpapi-idempotency-key-header). For 24 hours, the same "
    "request with the same key gets the same response and publishes nothing again; a different request with that key gets 422."
)
