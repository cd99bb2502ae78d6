"""The page for publishers, and a check of events that changes nothing. Both need no key."""

from http import HTTPStatus
from typing import Annotated, Any, Final, Self
from urllib.parse import parse_qsl

from fastapi import Depends, Path, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from registration.attendance.api import cloudevents
from registration.attendance.api.publish_page import PATH, Checked, PublishPage
from registration.attendance.api.results import faults
from registration.attendance.domain.similar_fields import SimilarFields
from registration.attendance.domain.warnings import warnings_of
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.rate_limits import Rates
from shared import clock
from shared.contract.envelope import STRUCTURED, Event, Received, Rejected, unpack
from shared.contract.schemas import schema
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Database
from shared.web.access.guard import public
from shared.web.access.router import Router
from shared.web.problems import FieldFault, Problem, not_found

CHECKS_PER_MINUTE: Final = 300
"""How many checks one client may make, as there is no key with a limit."""

_FORM: Final = "application/x-www-form-urlencoded"


class Verdict(BaseModel):
    """The predicted outcome of an event. ``reason`` is what its dead letter would say; ``reasons`` has it by field.

    ``pending`` says what a valid event would wait for. ``warnings`` name ignored fields that may be typos.
    """

    valid: bool
    pending: str | None = None
    warnings: list[FieldFault] = []
    reason: str | None = None
    reasons: list[FieldFault] = []

    @classmethod
    def of(cls, checked: Checked) -> Self:
        return cls(
            valid=not checked.reason,
            pending=checked.pending or None,
            warnings=faults(checked.warnings, ""),
            reason=checked.reason or None,
            reasons=faults(checked.faults, ""),
        )


def create_router(event_recorder: EventRecorder, rates: Rates, database: Database, page: PublishPage) -> Router:
    """The routes below ``/docs/publish``."""
    router = Router(prefix=PATH, tags=["publish"], dependencies=[Depends(public("documentation for publishers"))])

    @router.get("", include_in_schema=False)
    async def get_page(request: Request) -> HTMLResponse:
        return page.render(request)

    @router.get("/schemas/{type}.json")
    async def get_schema(type: Annotated[str, Path(description="a type of event")]) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the data of a type of attendance event."""
        if type not in ATTENDANCE_INBOUND.types:
            raise not_found("type of event", type)
        return schema(type)

    @router.post(
        "/check",
        response_model=Verdict,
        responses={200: {"content": {"text/html": {}}, "description": "The predicted outcome; for the form, a page"}},
        openapi_extra={"requestBody": _BODY},
    )
    async def post_check(request: Request) -> Response:
        """Predict the outcome of an event. Send it as to `/attendance`; nothing is recorded.

        The event is checked against the conferences and sessions that are known now. `pending` says what it would wait for.
        `reason` is what its dead letter would say. `warnings` name unknown fields that look like a typo of a known one. The form
        of `/docs/publish` posts `event` and, if that is only the data, the type `as`.
        """
        rates.take(f"check {request.client.host if request.client else ''}", CHECKS_PER_MINUTE)
        body = await request.body()
        pasted = _pasted(body) if cloudevents.media_type(request) == _FORM else None
        try:
            checked = await check(*(_unpack_pasted(*pasted) if pasted else _unpack(request, body)))
        except Rejected as rejected:
            checked = Checked(reason=str(rejected), faults=rejected.faults or [("", str(rejected))])
        if pasted and "application/json" not in request.headers.get("accept", ""):
            return page.render(request, checked, *pasted)
        headers = {"Cache-Control": "no-store", "Vary": "Accept"}
        return Response(Verdict.of(checked).model_dump_json(), media_type="application/json", headers=headers)

    async def check(event: Event, mode: cloudevents.Mode, body: bytes) -> Checked:
        lacks = await database.transact(lambda tx: event_recorder.check(event, tx))
        found = warnings_of(event, *cloudevents.raw(mode, body, event), SimilarFields(), clock.now())
        return Checked(pending=lacks, warnings=found)

    return router


def _unpack(request: Request, body: bytes) -> tuple[Event, cloudevents.Mode, bytes]:
    mode = cloudevents.mode(request)
    if mode == "batched":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the check takes a single event; send one at a time", "header.Content-Type"
        )
    return cloudevents.event(request, mode, body, ATTENDANCE_INBOUND), mode, body


def _pasted(body: bytes) -> tuple[str, str]:
    """The content of the form: the event, and its type if it is only the data, or ""."""
    try:
        fields = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=10))
    except ValueError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"the form cannot be read: {error}", "body") from None
    return fields.get("event", ""), fields.get("as", "")


def _unpack_pasted(text: str, data_of: str) -> tuple[Event, cloudevents.Mode, bytes]:
    headers = [("content-type", STRUCTURED)]
    if data_of:
        attributes = {
            "specversion": "1.0",
            "id": "check",
            "source": "check",
            "type": data_of,
            "time": clock.now().isoformat(),
        }
        headers = [("content-type", "application/json"), *((f"ce_{name}", value) for name, value in attributes.items())]
    encoded: list[tuple[str, bytes | None]] = [(name, value.encode()) for name, value in headers]
    body = text.strip().encode()
    event = unpack(Received(ATTENDANCE_INBOUND.name, body, encoded), ATTENDANCE_INBOUND)
    return event, "binary" if data_of else "structured", body


_BODY: Final = {
    "content": {
        STRUCTURED: {"schema": {"type": "object"}},
        "application/json": {"schema": {"type": "object"}},
        _FORM: {"schema": {"type": "object", "properties": {"event": {"type": "string"}, "as": {"type": "string"}}}},
    },
}
