"""Malformed records, each with the reason that its dead letter must give."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from e2e.delivery.load import Shipment

Spoil = Callable[[Random, "Shipment", int], "Shipment"]
MEGABYTE: Final = 1024 * 1024
_EMAIL = "nobody@example.org"


def _record(
    kind: str, reason: str, *, data: Any = None, value: bytes | None = None, without: str = "", **attributes: str | bytes | None
) -> Spoil:
    """A record in binary mode that is right but for what is given: its data or value, one attribute, or one left out."""

    def spoil(_: Random, shipment: "Shipment", number: int) -> "Shipment":
        right: dict[str, str | bytes | None] = {
            "ce_specversion": "1.0",
            "ce_id": f"malformed-{number}",
            "ce_source": "https://malformed.example",
            "ce_type": "attendance.checked_in.v1",
            "ce_time": "2026-03-03T09:00:00Z",
            "content-type": "application/json",
        }
        headers = {name: text for name, text in (right | attributes).items() if name != without}
        body = json.dumps(data if data is not None else _checked_in()).encode() if value is None else value
        return replace(
            shipment,
            kind=kind,
            value=body,
            headers=[(name, text.encode() if isinstance(text, str) else text) for name, text in headers.items()],
            statement=None,
            reason=reason,
        )

    return spoil


def _structured(kind: str, reason: str, value: bytes) -> Spoil:
    """A record in structured mode with this value."""

    def spoil(_: Random, shipment: "Shipment", __: int) -> "Shipment":
        headers: list[tuple[str, bytes | None]] = [("content-type", b"application/cloudevents+json")]
        return replace(shipment, kind=kind, value=value, headers=headers, statement=None, reason=reason)

    return spoil


def _huge(rng: Random, shipment: "Shipment", number: int) -> "Shipment":
    size = rng.randint(2 * MEGABYTE, 5 * MEGABYTE)
    data = {**_checked_in(), "padding": "x" * size}
    spoilt = _record("body over the limit", r"has [\d,]{9} bytes; an event may have at most 1,048,576", data=data)(
        rng, shipment, number
    )
    return replace(spoilt, codec=None)


def _inflating(rng: Random, shipment: "Shipment", number: int) -> "Shipment":
    # Kafka limits the compressed size: with its headers and as it is, such a record fits into no topic.
    value = b" " * (20 * MEGABYTE)
    spoilt = _record("20 MiB compressed to little", r"has 20,971,520 bytes; an event may have", value=value)(
        rng, shipment, number
    )
    return replace(spoilt, codec="gzip")


def _no_value(rng: Random, shipment: "Shipment", number: int) -> "Shipment":
    return replace(_record("no value", "the record has no value")(rng, shipment, number), key=b"some key", value=None)


def _bare(rng: Random, shipment: "Shipment", number: int) -> "Shipment":
    return replace(_record("no headers", "not a CloudEvent: send the attributes as headers")(rng, shipment, number), headers=[])


def _deep() -> bytes:
    return json.dumps(_checked_in()).encode()[:-1] + b', "x": ' + b"[" * 100 + b"]" * 100 + b"}"


def _checked_in(**change: Any) -> dict[str, Any]:
    return {"conference_id": "conf.1", "attendee": {"email": _EMAIL}} | change


_THOUSANDS: Final[dict[str, Any]] = {f"ce_x{number}": "x" for number in range(3000)}
_BINARY: Final[dict[str, Any]] = {"content-type": b"\xff"}
_SESSION: Final[dict[str, Any]] = {"ce_type": "attendance.session_attended.v1"}
_MET: Final[dict[str, Any]] = {"ce_type": "attendance.person_met.v1"}
_EVENT: Final = {"specversion": "1.0", "id": "malformed", "source": "s", "type": "attendance.checked_in.v1"}

MALFORMED: Final[tuple[Spoil, ...]] = (
    _record("undecodable header", "header 'ce_subject' is not UTF-8", ce_subject=b"\xff\xfe\x00"),
    _record("null header", "header 'ce_subject' is null", ce_subject=None),
    _record("unknown type", "'type' must be one of .*, not .attendance.teleported.v1", ce_type="attendance.teleported.v1"),
    _record("missing field", "conference_id: is missing", data={"attendee": {"email": _EMAIL}}),
    _record("missing attribute", "attribute 'id' is missing", without="ce_id"),
    _record("wrong specversion", "'specversion' must be .1.0., not .0.3.", ce_specversion="0.3"),
    _record("year 9999", "attribute 'time' must lie between 2000 and 2100", ce_time="9999-12-31T23:59:59.999999-12:00"),
    _record("time without offset", "attribute 'time' must be a time with its offset", ce_time="2026-03-03T09:00:00"),
    _record("endless id", "attribute 'id' must have at most 256 characters, not 5,000", ce_id="i" * 5000),
    _record("e-mail that is none", "attendee.email: .*e-mail", data=_checked_in(attendee={"email": "ada at example.org"})),
    _record("header injection", "attendee.name: .*control", data=_checked_in(attendee={"email": _EMAIL, "name": "a\r\nBcc: b"})),
    _record(
        "met themselves", "must be somebody other than the attendee", data=_checked_in(met={"email": _EMAIL.upper()}), **_MET
    ),
    _record("broken JSON", "data: is not JSON", value=b'{"conference_id": "conf.1", "attendee": {'),
    _record("not text at all", "data: is not JSON", value=bytes(range(128, 256))),
    _record(
        "lone surrogate", "data: is not JSON", value=b'{"conference_id":"conf.1","attendee":{"email":"a@b.org","name":"\\ud800"}}'
    ),
    _record("nested without end", "data: is not JSON.*recursion", value=b"[" * 200_000),
    _record("a list", "data: must be an object", value=b"[1, 2, 3]"),
    _structured("structured: broken JSON", "the value is not JSON", b'{"specversion": "1.0", '),
    _structured("structured: a list", "must be a JSON object .* not an array", b"[]"),
    _structured("structured: no data", "attribute 'data' is missing", json.dumps(_EVENT).encode()),
    _structured(
        "structured: id a number", "'id' must be text, not a number", json.dumps(_EVENT | {"id": 7, "data": {}}).encode()
    ),
    _structured("structured: nested without end", "the value is not JSON", b'{"data":' * 100_000),
    _record(
        "endless correlation id", "'correlationid' must have at most 256 characters, not 20,000", ce_correlationid="a@" * 10_000
    ),
    _record("correlation id of 900,000 characters", "'ce_correlationid' has 900,000 bytes", ce_correlationid="a" * 900_000),
    _record("thousands of attributes", r"has 3,005 headers ce_", **_THOUSANDS),
    _record("undecodable content type", "header 'content-type' is not UTF-8", **_BINARY),
    _record("NaN", "data: is not JSON", value=json.dumps(_checked_in(x=float("nan"))).encode()),
    _record("a number of 5,000 digits", "data: is not JSON", value=b'{"conference_id":"conf.1","x":' + b"9" * 5000 + b"}"),
    _record(
        "a name twice",
        "appears twice in one object",
        value=json.dumps(_checked_in()).encode()[:-1] + b',"conference_id":"conf.2"}',
    ),
    _record("nested deep in what is not read", "nested deeper than 32 levels", value=_deep()),
    *(
        _structured(
            f"structured: {name} null", f"attribute '{name}' is missing", json.dumps(_EVENT | {name: None, "data": {}}).encode()
        )
        for name in ("id", "source", "type", "specversion")
    ),
    _structured("structured: data null", "attribute 'data' is missing", json.dumps(_EVENT | {"data": None}).encode()),
    _no_value,
    _bare,
    _huge,
    _inflating,
)
"""Each makes a malformed record, taking key, partition and codec from the shipment given."""
