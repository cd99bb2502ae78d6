"""CloudEvents 1.0 in HTTP requests: binary, structured and batched mode (its HTTP protocol binding and JSON format)."""

import re
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import unquote_to_bytes

import orjson
from fastapi import Request

from registration.attendance.domain.warnings import data_of
from shared.contract.envelope import MAX_DEPTH, MAX_EVENT_BYTES, STRUCTURED, Event, Received, Rejected, unpack
from shared.contract.topics import Topic
from shared.json_text import compounds, is_deep, read_json
from shared.web.problems import Problem, too_large

BATCHED: Final = "application/cloudevents-batch+json"
MAX_BATCH: Final = 1000
"""The most events of one batch."""
MAX_COMPOUNDS: Final = 200 * MAX_BATCH
"""The most objects and arrays in a batch. A typical event has six."""

Mode = Literal["binary", "structured", "batched"]
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_KAFKA_HEADER: Final = re.compile(r"^header (['\"])ce_")
_NO_EVENT: Final = (
    "not a CloudEvent: send the attributes as headers ce-specversion, ce-id, ce-source, ce-type and ce-time, with Content-Type: "
    f"application/json (binary mode), or the whole event with Content-Type: {STRUCTURED} (structured mode)"
)
_QUOTED: Final = re.compile(rb'\A"(?:[^"\\]|\\.)*"')


def media_type(request: Request) -> str:
    """The media type of the request, in lower case and without parameters; empty if it gives none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def mode(request: Request) -> Mode:
    """Determine the CloudEvents mode of the request.

    Raises:
        Problem: 415, the mode is not supported.
    """
    kind = media_type(request)
    charset = _CHARSET.search(request.headers.get("content-type", ""))
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported(f"the charset must be utf-8, as for all JSON, not {charset[1]!r}")
    if kind == STRUCTURED:
        return "structured"
    if kind == BATCHED:
        return "batched"
    if kind.startswith("application/cloudevents"):
        raise _unsupported(f"send CloudEvents as {STRUCTURED} or {BATCHED}, not {kind!r}")
    # Without a content type, it is JSON (CloudEvents 1.0, `datacontenttype`).
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise _unsupported(
            "send an event's data as application/json (binary mode, attributes in headers ce-*), a whole event as "
            f"{STRUCTURED}, several as {BATCHED}, not {kind!r}"
        )
    return "binary"


def event(request: Request, mode: Mode, body: bytes, topic: Topic) -> Event:
    """Read the event in a request of binary or structured mode.

    Raises:
        Problem: 413, the body is larger than an event may be.
        Rejected: it is not an event of this topic.
    """
    if len(body) > MAX_EVENT_BYTES:
        raise too_large(MAX_EVENT_BYTES)
    headers: list[tuple[str, bytes | None]] = [
        ("content-type", (STRUCTURED if mode == "structured" else "application/json").encode())
    ]
    if mode == "structured":
        return unpack(Received(topic.name, body, headers), topic)
    if not (present := attributes(request)):
        raise Rejected(_NO_EVENT, [("header.ce-id", "is missing")])
    try:
        return unpack(Received(topic.name, body, [*headers, *present]), topic)
    except Rejected as rejected:
        raise _in_terms_of_http(rejected) from None


def _in_terms_of_http(rejected: Rejected) -> Rejected:
    """The same rejection with HTTP's names of headers: ``ce-id``, where Kafka has ``ce_id``."""
    reason, faults = str(rejected), rejected.faults
    if len(faults) == 1 and reason == f"attribute {faults[0][0]!r} {faults[0][1]}":
        header = f"ce-{faults[0][0]}"
        return Rejected(f"header {header!r} {faults[0][1]}", [(f"header.{header}", faults[0][1])])
    return Rejected(_KAFKA_HEADER.sub(r"header \1ce-", reason), faults)


def raw(mode: Mode, body: bytes, event: Event) -> tuple[dict[str, Any], Any]:
    """The attributes and the data of this event, both as they were received."""
    try:
        value = read_json(body)
        if mode == "binary":
            names = (name[3:] for name, _ in event.record.headers if name.startswith("ce_"))
            return dict.fromkeys(names), value
        return value, data_of(value)
    except ValueError:  # pydantic accepts more than JSON
        return {}, None


def attributes(request: Request) -> list[tuple[str, bytes]]:
    """The attributes of an event in binary mode as a record's headers: unquoted, and percent-decoded once."""
    return [
        (f"ce_{name[3:].decode('latin-1')}", unquote_to_bytes(_unquoted(value)))
        for name, value in request.headers.raw
        if name.startswith(b"ce-")
    ]


def _unquoted(value: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", value[1:-1]) if _QUOTED.fullmatch(value) else value


def batch(body: bytes) -> list[Any]:
    """The JSON values of a batch.

    Raises:
        Rejected: it is not a JSON array, or has more than ``MAX_COMPOUNDS`` objects and arrays.
        Problem: 413, it has more than ``MAX_BATCH`` events.
    """
    if compounds(body) > MAX_COMPOUNDS:
        detail = f"has more than {MAX_COMPOUNDS:,} objects and arrays; send several batches"
        raise Rejected(f"the body {detail}", [("body", detail)])
    try:
        values = read_json(body)
    except ValueError as error:
        if is_deep(body, MAX_DEPTH):  # then only the event that is too deep is rejected, later
            return _limited(orjson.loads(body))
        raise Rejected(f"the body is not JSON: {error}", [("body", f"is not JSON: {error}")]) from None
    return _limited(values)


def _limited(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise Rejected("the body must be a JSON array of events", [("body", "must be a JSON array of events")])
    if len(values) > MAX_BATCH:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the batch has {len(values):,} events; it may have at most {MAX_BATCH:,}"
        )
    return values


def _unsupported(detail: str) -> Problem:
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        detail,
        "header.Content-Type",
        headers={"Accept": f"{STRUCTURED}, {BATCHED}, application/json"},
    )
