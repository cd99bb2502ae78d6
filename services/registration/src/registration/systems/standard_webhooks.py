"""Standard Webhooks, for all other systems: the body is an attendance event.

Source: github.com/standard-webhooks/standard-webhooks, ``spec/standard-webhooks.md``. We do not verify with its own library: it
reads the clock, and raises an unrelated error for a malformed signature. The tests sign with it.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from registration.attendance_event import AttendanceEvent
from registration.systems.adapter import WebhookContent, WebhookRefused, WebhookRequest
from registration.systems.connection import STANDARD_PREFIX, Connection
from registration.systems.json_body import Body, parse
from registration.systems.signatures import any_fits
from shared.contract.envelope import Rejected, unpack_parsed
from shared.contract.events.attendance import Attendance, Reverted
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.json_text import read_json

TOLERANCE: Final = timedelta(minutes=5)
"""How far a request's time may be from ours, as specified."""

_MAX_ID: Final = 256
_MAX_TIMESTAMP: Final = 20


class _Event(Body):
    type: str
    timestamp: str
    data: dict[str, Any]


def verify(request: WebhookRequest, secrets: Sequence[str], now: datetime) -> None:
    id, timestamp, signatures = (request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id and timestamp and signatures):
        raise WebhookRefused("the headers webhook-id, webhook-timestamp and webhook-signature are needed; send all three")
    if len(id) > _MAX_ID or len(timestamp) > _MAX_TIMESTAMP:
        raise WebhookRefused(f"webhook-id may have at most {_MAX_ID} characters, and webhook-timestamp {_MAX_TIMESTAMP}")
    signed = f"{id}.{timestamp}.".encode() + request.body
    actual = [one.removeprefix("v1,").encode() for one in signatures.split() if one.startswith("v1,")]
    expected = [b64encode(hmac.new(_key_of(secret), signed, sha256).digest()) for secret in secrets]
    if not any_fits(actual, expected):
        raise WebhookRefused("no v1 signature matches the request and any valid secret")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        minutes = TOLERANCE.total_seconds() / 60
        raise WebhookRefused(f"webhook-timestamp must be within {minutes:.0f} minutes of now, in Unix seconds", verified=True)


def _key_of(secret: str) -> bytes:
    return b64decode(secret.removeprefix(STANDARD_PREFIX) + "==")  # extra padding does no harm


def key(request: WebhookRequest, now: datetime) -> str:
    return request.headers["webhook-id"]


def attempt(request: WebhookRequest) -> int:
    """When this attempt to deliver was made, in Unix seconds. A later attempt at the same delivery has a later time."""
    return int(request.headers["webhook-timestamp"])


def read(request: WebhookRequest, connection: Connection) -> WebhookContent:
    """The body is a CloudEvent in structured mode, or ``type``, ``timestamp`` and ``data`` as the specification recommends."""
    try:
        event = read_json(request.body)
    except ValueError as error:
        raise Rejected(f"body: is not JSON: {error}", [("body", f"is not JSON: {error}")]) from None
    source = connection.source
    if isinstance(event, dict) and "specversion" in event:
        # It came through this connection, whatever source it names.
        source = f"{source}/{event.get('source')}"
    else:
        simple = parse(_Event, request.body)
        event = {
            "specversion": "1.0",
            "id": request.headers["webhook-id"],
            "source": source,
            "type": simple.type,
            "time": simple.timestamp,
            "data": simple.data,
        }
    read = unpack_parsed(event, ATTENDANCE_INBOUND)
    if len(source) > 256:
        raise Rejected("attribute 'source' is too long", [("source", "is too long")])
    data = read.data
    assert isinstance(data, Attendance | Reverted)  # noqa: S101 - the topic has no others
    if not isinstance(data, Reverted) and data.conference_id != connection.conference_id:
        detail = f"must be {connection.conference_id!r}, the conference that the connection is for"
        raise Rejected(f"data.conference_id: {detail}", [("data.conference_id", detail)])
    return WebhookContent(events=(AttendanceEvent(source, read.id, read.time, data),))
