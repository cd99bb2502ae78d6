"""CloudEvents 1.0 over Kafka: binary mode out; binary and structured mode in, from any client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.events import NAMES, TYPES
from shared.events.fields import Moment
from shared.topics import Topic

MAX_EVENT_BYTES: Final = 1024 * 1024
"""The largest event that is applied; a larger one is dead-lettered."""

STRUCTURED: Final = "application/cloudevents+json"
_MOMENT = TypeAdapter(Moment)


class Rejected(Exception):
    """An event that cannot be applied, however often it is tried. The reason tells its publisher what to mend.

    ``faults`` holds each field at fault with what is wrong there, where that is known.
    """

    def __init__(self, reason: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(reason)
        self.faults = faults


class Record(Protocol):
    """A record as Kafka delivers it (``aiokafka.ConsumerRecord``)."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(slots=True)
class Received:
    """An event that came by another way than Kafka, in the form of a record: HTTP headers ``ce-id`` as ``ce_id``."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    key: bytes | None = None
    partition: int = -1
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Event:
    """One event read. ``data`` is a model of ``shared.events``, or None for a tombstone (the key was erased)."""

    id: str
    source: str
    type: str
    time: datetime
    correlation_id: str
    data: BaseModel | None
    record: Record

    @property
    def key(self) -> str:
        """The record's key as text, "" where there is none."""
        return (self.record.key or b"").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event to be published: where, under which key, and its bytes. ``partition`` is None where the key decides.

    Without a ``value`` it is a tombstone: the key is erased.
    """

    topic: str
    key: str
    headers: dict[str, str]
    value: bytes | None
    partition: int | None = None


def pack(
    data: BaseModel,
    *,
    id: str,
    source: str,
    topic: str,
    key: str,
    time: datetime,
    correlation_id: str,
    partition: int | None = None,
) -> Outgoing:
    """The event as it goes out: attributes in ``ce_*`` headers, the data as JSON."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": NAMES[type(data)],
        "ce_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_correlationid": correlation_id,
        "content-type": "application/json",
    }
    return Outgoing(topic, key, headers, data.model_dump_json().encode(), partition)


def unpack(record: Record, topic: Topic) -> Event:
    """The event in a record of this topic.

    Raises:
        Rejected: it is not such an event. The reason names the attribute or field, what was expected and what came.
    """
    body = record.value or b""
    if len(body) > MAX_EVENT_BYTES:
        raise Rejected(f"the record has {len(body):,} bytes; an event may have {MAX_EVENT_BYTES:,}")
    attributes: dict[str, Any] = {}
    for name, value in record.headers:
        if value is None:
            raise Rejected(f"header {name!r} is null; leave a header out rather than sending it without a value")
        try:
            attributes[name.lower()] = value.decode()
        except UnicodeDecodeError:
            raise Rejected(f"header {name!r} is not UTF-8 text") from None
    if not body:
        if topic.compacted and record.key and "ce_type" not in attributes:
            return Event("", "", "", datetime.now(UTC), "", None, record)  # a tombstone
        raise Rejected("the record has no value; the event's data was expected there, as JSON")
    content_type = attributes.get("content-type", "").partition(";")[0].strip().lower()
    data: Any = body
    if content_type == STRUCTURED:
        try:
            attributes = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Rejected(f"the value is not JSON: {error}") from None
        if not isinstance(attributes, dict):
            raise Rejected(f"the value must be a JSON object with a CloudEvent's attributes, not {_kind(attributes)}")
        data = attributes.get("data")
        if data is None:
            raise Rejected("attribute 'data' is missing; the event's data was expected there, as a JSON object")
    else:
        attributes = {name.removeprefix("ce_"): value for name, value in attributes.items() if name.startswith("ce_")}
        if not attributes:
            raise Rejected(
                "not a CloudEvent: send the attributes as headers ce_specversion, ce_id, ce_source, ce_type, ce_time "
                f"(binary mode), or the whole event with content-type {STRUCTURED} (structured mode)"
            )
    return _event(attributes, data, topic, record)


def _event(attributes: dict[str, Any], data: Any, topic: Topic, record: Record) -> Event:
    def text(name: str) -> str:
        value = attributes.get(name)
        if value is None or value == "":
            raise Rejected(f"attribute {name!r} is missing")
        if not isinstance(value, str):
            raise Rejected(f"attribute {name!r} must be a text, not {_kind(value)}")
        if len(value) > 256:
            raise Rejected(f"attribute {name!r} has {len(value)} characters; at most 256 are accepted")
        return value

    if (version := text("specversion")) != "1.0":
        raise Rejected(f"attribute 'specversion' must be '1.0', not {_shown(version)}")
    identifier, source, name = text("id"), text("source"), text("type")
    if name not in topic.types:
        raise Rejected(f"type {_shown(name)} is not known here; expected one of: {', '.join(topic.types)}")
    try:
        time = _MOMENT.validate_python(text("time"))
    except ValidationError as error:
        raise Rejected(f"attribute 'time': {_mend(error)}") from None
    correlation = text("correlationid") if "correlationid" in attributes else identifier
    try:
        parsed = TYPES[name].model_validate_json(data if isinstance(data, bytes) else orjson.dumps(data))
    except ValidationError as error:
        raise Rejected(_mend(error), _faults(error)) from None
    except TypeError:  # orjson reads deeper nesting than it writes
        raise Rejected("attribute 'data' is nested too deep") from None
    return Event(identifier, source, name, time, correlation, parsed, record)


def _mend(error: ValidationError) -> str:
    """Each fault of a validation as "field: what is expected, not what came"."""
    faults = [f"{place}: {fault}" if place else fault for place, fault in _faults(error)]
    more = error.error_count() - len(faults)
    return "; ".join(faults) + (f"; and {more} more" if more > 0 else "")


def _faults(error: ValidationError) -> list[tuple[str, str]]:
    faults = []
    for fault in error.errors(include_url=False)[:5]:
        place = ".".join(str(part) for part in fault["loc"])
        # The whole document is no help in a message about what it lacks.
        came = f", not {_shown(fault['input'])}" if place and fault["type"] != "missing" else ""
        faults.append((place, fault["msg"].removeprefix("Value error, ") + came))
    return faults


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "…"


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")
