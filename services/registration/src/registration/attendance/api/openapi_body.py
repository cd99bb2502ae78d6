"""The OpenAPI description of the body of ``POST /attendance``. FastAPI cannot derive it: the route reads the body itself."""

from typing import Final

from registration.attendance.api import cloudevents
from shared.contract.envelope import STRUCTURED
from shared.contract.topics import ATTENDANCE_INBOUND

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
        "source": {"type": "string", "minLength": 1, "maxLength": 256, "description": "the system that publishes the event"},
        "type": {"enum": list(ATTENDANCE_INBOUND.types)},
        "time": {"type": "string", "format": "date-time", "description": "when it happened"},
        "data": {"type": "object", "description": "what happened; `/asyncapi` lists the fields of each type"},
    },
    "examples": [_EXAMPLE],
}
EVENT_BODY: Final = {
    "required": True,
    "description": "one CloudEvent (structured mode), its data with the attributes in headers `ce-*` (binary mode), or a batch",
    "content": {
        STRUCTURED: {"schema": _EVENT},
        cloudevents.BATCHED: {"schema": {"type": "array", "maxItems": cloudevents.MAX_BATCH, "items": _EVENT}},
        "application/json": {"schema": {"type": "object", "examples": [_EXAMPLE["data"]]}},
    },
}
