"""CloudEvents 1.0 in HTTP requests: binary, structured and batched mode (its HTTP protocol binding and JSON format)."""

import re
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import unquote_to_bytes

from fastapi import Request

from shared.envelope import MAX_EVENT_BYTES, STRUCTURED, Event, Received, Rejected, unpack
from shared.json_text import read_json
from shared.problems import Problem, too_large
from shared.topics import Topic

BATCHED: Final = "application/cloudevents-batch+json"
MAX_BATCH: Final = 1000
"""The most events of one batch."""

Mode = Literal["binary", "structured", "batched"]
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_QUOTED: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


def mode(request: Request) -> Mode:
    """How the request carries its event or events.

    Raises:
        Problem: 415, it is in no form that is read here.
    """
    header = request.headers.get("content-type", "")
    kind = header.partition(";")[0].strip().lower()
    charset = _CHARSET.search(header)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported(f"the charset must be utf-8, as for all JSON, not {charset[1]!r}")
    if kind == STRUCTURED:
        return "structured"
    if kind == BATCHED:
        return "batched"
    if kind.startswith("application/cloudevents"):
        raise _unsupported(f"CloudEvents are read as {STRUCTURED} or {BATCHED}, not {kind!r}")
    # Without one, JSON is meant: CloudEvents 1.0, `datacontenttype`.
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise _unsupported(
            "an event's data is read as application/json (binary mode, attributes in headers ce-*), "
            f"a whole event as {STRUCTURED}, several as {BATCHED}, not {kind!r}"
        )
    return "binary"


def event(request: Request, mode: Mode, body: bytes, topic: Topic) -> Event:
    """The one event in a request of binary or structured mode.

    Raises:
        Problem: 413, the body is larger than an event may be.
        Rejected: it is not an event of this topic.
    """
    if len(body) > MAX_EVENT_BYTES:
        raise too_large(MAX_EVENT_BYTES)
    headers: list[tuple[str, bytes | None]] = [
        ("content-type", (STRUCTURED if mode == "structured" else "application/json").encode())
    ]
    if mode == "binary":
        headers += attributes(request)
    return unpack(Received(topic.name, body, headers), topic)


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
        Rejected: it is not a JSON array.
        Problem: 413, it has more than ``MAX_BATCH``.
    """
    try:
        values = read_json(body)
    except ValueError as error:
        raise Rejected(f"the body is not JSON: {error}", [("body", f"is not JSON: {error}")]) from None
    if not isinstance(values, list):
        raise Rejected("the body must be a JSON array of events", [("body", "must be a JSON array of events")])
    if len(values) > MAX_BATCH:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the batch has {len(values):,} events; it may have {MAX_BATCH:,}")
    return values


def _unsupported(detail: str) -> Problem:
    return Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        detail,
        "header.Content-Type",
        headers={"Accept": f"{STRUCTURED}, {BATCHED}, application/json"},
    )
