"""CloudEvents 1.0 over Kafka: binary mode out; binary and structured mode in, from any client."""

import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import uuid4

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared import clock
from shared.contract.events.fields import Moment
from shared.contract.message_types import model_of, name_of
from shared.contract.topics import Topic
from shared.json_text import is_deep, read_json
from shared.validation import MOST_SHOWN, in_words, shown

MAX_EVENT_BYTES: Final = 1024 * 1024
"""The largest event that is applied; a larger one is dead-lettered."""

MAX_DEPTH: Final = 32
"""How deeply the JSON of an event may be nested."""

MAX_ATTRIBUTES: Final = 100
"""How many attributes an event may have in headers."""

MAX_ATTRIBUTE_BYTES: Final = 64 * 1024
"""The most bytes of an attribute in a header. The attributes that are read are far shorter."""

MAX_FAULTS: Final = 5
"""The most faults of an event that a reason names. If there are more, it says how many."""

REPUBLISHED: Final = "republished"
"""The attribute of an event that repeats a state after a restore, and so is no news."""

PUBLISHER: Final = "od-publisher"
"""The header with the id of the API key by which an event was published over HTTP."""

STRUCTURED: Final = "application/cloudevents+json"
_CONTENT_TYPE: Final = "content-type"
_STRUCTURED_HEADERS: Final = [("content-type", STRUCTURED.encode())]
# CloudEvents 1.0 forbids these characters in a "String". Ids are also copied into headers of other messages.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MOMENT = TypeAdapter(Moment)
_TOO_DEEP: Final = f"the event's JSON is nested deeper than {MAX_DEPTH} levels"


class Rejected(Exception):
    """An event can never be applied. The reason tells its publisher what to correct.

    ``faults`` has each wrong field with its fault, if known.
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
    """An event that did not come from Kafka, in the form of a record. The HTTP header ``ce-id`` is ``ce_id`` here."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    key: bytes | None = None
    partition: int = -1
    offset: int = -1


@dataclass(frozen=True, slots=True)
class Event:
    """A message as it was read. ``data`` is an instance of its type's model, or None for a tombstone (the key was erased)."""

    id: str
    source: str
    type: str
    time: datetime
    correlation_id: str
    data: BaseModel | None
    record: Record
    republished: bool = False
    """Published again after a database was restored, so it is no news."""

    @property
    def key(self) -> str:
        """The record's key as text; "" if it has none."""
        return (self.record.key or b"").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event to publish: its topic, key, headers and bytes. Without a ``partition``, the key decides.

    Without a ``value`` it is a tombstone, which erases the key.
    """

    topic: str
    key: str
    headers: dict[str, str]
    value: bytes | None
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """The data of an event, already as JSON.

    This is for events that are published by the thousand: building a model of each would cost more than everything else. Tests
    check the JSON against its ``model``.
    """

    model: type[BaseModel]
    json: bytes

    @classmethod
    def of(cls, model: type[BaseModel], data: dict[str, Any]) -> "Encoded":
        """Encode ``data``, which has every field of the model as a plain value."""
        return cls(model, orjson.dumps(data, option=orjson.OPT_UTC_Z))


def pack(
    data: BaseModel | Encoded,
    *,
    id: str,
    source: str,
    topic: str,
    key: str,
    time: datetime,
    correlation_id: str,
    partition: int | None = None,
    republished: bool = False,
) -> Outgoing:
    """Make the event to publish: attributes in ``ce_*`` headers, the data as JSON."""
    encoded = data if isinstance(data, Encoded) else Encoded(type(data), data.model_dump_json().encode())
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": name_of(encoded.model),
        "ce_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_correlationid": correlation_id,
        "content-type": "application/json",
    }
    if republished:
        headers[f"ce_{REPUBLISHED}"] = "true"
    return Outgoing(topic, key, headers, encoded.json, partition)


def forwarded(event: Event, key: str, publisher: str = "") -> Outgoing:
    """The event as received, to be published to its record's topic under this key.

    Its headers say which event it is, in structured mode too: logs and dead letters show them. ``publisher`` is the id of the
    API key by which it was received.
    """
    headers = {name: (value or b"").decode(errors="replace") for name, value in event.record.headers if _concerns(name)}
    headers |= {"ce_id": event.id, "ce_correlationid": event.correlation_id}
    if publisher:
        headers[PUBLISHER] = publisher
    return Outgoing(event.record.topic, key, headers, event.record.value or b"")


def unpack(record: Record, topic: Topic) -> Event:
    """Read the event in a record of this topic.

    Raises:
        Rejected: it is no valid event of this topic. The reason names the attribute or field, what was expected and what came.
    """
    body = record.value or b""
    _check_form(body)
    content_type = _content_type(record)
    if body and content_type == STRUCTURED:
        try:
            return _structured(read_json(body), topic, record)
        except ValueError as error:
            raise Rejected(f"the value is not JSON: {error}") from None
    attributes = _attributes(record)
    if not body:
        if topic.compacted and record.key and "type" not in attributes:
            return Event("", "", "", clock.now(), "", None, record)  # a tombstone
        raise Rejected("the record has no value; the event's data was expected there, as JSON")
    if content_type.startswith("application/cloudevents"):
        raise Rejected(f"a structured event must have content-type {STRUCTURED}, not {shown(content_type)}")
    if not attributes:
        raise Rejected(
            "not a CloudEvent: send the attributes as headers ce_specversion, ce_id, ce_source, ce_type, ce_time "
            f"(binary mode), or the whole event with content-type {STRUCTURED} (structured mode)"
        )
    return _event(attributes, body, topic, record)


def _concerns(header: str) -> bool:
    """Whether the header is about the event. Other headers are for tracing, connectors or schema registries."""
    return header[:3].lower() == "ce_" or (len(header) == len(_CONTENT_TYPE) and header.lower() == _CONTENT_TYPE)


def _content_type(record: Record) -> str:
    """The media type without parameters; "" if there is none. Of several, the last one counts, as it does for attributes."""
    for name, value in reversed(record.headers):
        if len(name) == len(_CONTENT_TYPE) and name.lower() == _CONTENT_TYPE:
            return _text(name, value).partition(";")[0].strip().lower()
    return ""


def _attributes(record: Record) -> dict[str, str]:
    headers = [(name, value) for name, value in record.headers if name[:3].lower() == "ce_"]
    if len(headers) > MAX_ATTRIBUTES:
        raise Rejected(f"the record has {len(headers):,} headers ce_…; an event may have at most {MAX_ATTRIBUTES}")
    return {name[3:].lower(): _text(name, value) for name, value in headers}


def _text(header: str, value: bytes | None) -> str:
    if value is None:
        raise Rejected(f"header {_quoted(header)} is null; leave a header out rather than sending it without a value")
    if len(value) > MAX_ATTRIBUTE_BYTES:
        raise Rejected(f"header {_quoted(header)} has {len(value):,} bytes; it may have at most {MAX_ATTRIBUTE_BYTES:,}")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Rejected(f"header {_quoted(header)} is not UTF-8 text") from None


def _quoted(header: str) -> str:
    return repr(header if len(header) <= MOST_SHOWN else header[: MOST_SHOWN - 1] + "…")


def unpack_parsed(value: Any, topic: Topic) -> Event:
    """Read the event in a JSON value that is parsed already, such as one event of a batch. Its record is in structured mode.

    Raises:
        Rejected: see ``unpack``.
    """
    try:
        body = orjson.dumps(value)
    except TypeError:  # orjson reads deeper nesting than it writes
        raise Rejected(_TOO_DEEP) from None
    _check_form(body)
    return _structured(value, topic, Received(topic.name, body, _STRUCTURED_HEADERS))


def _check_form(body: bytes) -> None:
    if len(body) > MAX_EVENT_BYTES:
        raise Rejected(f"the record has {len(body):,} bytes; an event may have at most {MAX_EVENT_BYTES:,}")
    if is_deep(body, MAX_DEPTH):
        raise Rejected(_TOO_DEEP)


def _structured(attributes: Any, topic: Topic, record: Record) -> Event:
    if not isinstance(attributes, dict):
        raise Rejected(f"the value must be a JSON object with a CloudEvent's attributes, not {_kind(attributes)}")
    data, encoded = attributes.get("data"), attributes.get("data_base64")  # null means unset, as for every attribute
    if data is not None:
        if encoded is not None:
            raise _attribute("data_base64", "must not be given together with 'data'")
        return _event(attributes, orjson.dumps(data), topic, record)
    if encoded is None:
        raise _attribute("data", "is missing; the event's data was expected there, as a JSON object")
    if not isinstance(encoded, str):
        raise _attribute("data_base64", f"must be text, not {_kind(encoded)}")
    try:
        body = b64decode(encoded, validate=True)
    except ValueError:
        raise _attribute("data_base64", "is not Base64") from None
    _check_form(body)
    return _event(attributes, body, topic, record)


def _event(attributes: dict[str, Any], data: bytes, topic: Topic, record: Record) -> Event:
    def text(name: str) -> str:
        value = attributes.get(name)
        if value is None or value == "":
            raise _attribute(name, "is missing")
        if not isinstance(value, str):
            raise _attribute(name, f"must be text, not {_kind(value)}")
        if len(value) > 256:
            raise _attribute(name, f"must have at most 256 characters, not {len(value):,}")
        if not value.isprintable() and _CONTROL.search(value):
            raise _attribute(name, "must not contain control characters or line breaks")
        return value

    if (version := text("specversion")) != "1.0":
        raise _attribute("specversion", f'must be "1.0", not {shown(version)}')
    identifier, source, name = text("id"), text("source"), text("type")
    if name not in topic.types:
        raise _attribute("type", f"must be one of {', '.join(topic.types)}, not {shown(name)}")
    try:
        time = _MOMENT.validate_python(text("time"))
    except ValidationError as error:
        raise _attribute("time", in_words(error.errors(include_url=False)[0])) from None
    correlation = text("correlationid") if attributes.get("correlationid") not in (None, "") else identifier
    if "@" in correlation:
        # A publisher may have made it, or the id, from an address. It is copied into topics and logs, where no address may be.
        correlation = uuid4().hex
    try:
        parsed = model_of(name).model_validate_json(data)
        read_json(data)  # pydantic accepts NaN and duplicate names
    except ValidationError as error:
        raise _invalid(error) from None
    except ValueError as error:
        raise Rejected(f"data: is not JSON: {error}", [("", f"is not JSON: {error}")]) from None
    republished = attributes.get(REPUBLISHED) in (True, "true")
    return Event(identifier, source, name, time, correlation, parsed, record, republished)


def _invalid(error: ValidationError) -> Rejected:
    """A rejection that names the faults of a validation, each as "field: what was expected, not what was found"."""
    faults = [(".".join(map(str, each["loc"])), in_words(each)) for each in error.errors(include_url=False)[:MAX_FAULTS]]
    more = error.error_count() - len(faults)
    reason = "; ".join(f"{place or 'data'}: {detail}" for place, detail in faults) + (f"; and {more} more" if more > 0 else "")
    return Rejected(reason, faults)


def _attribute(name: str, detail: str) -> Rejected:
    return Rejected(f"attribute {name!r} {detail}", [(name, detail)])


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")
