"""Warnings about parts of an event that are ignored and may be mistakes of its publisher."""

from base64 import b64decode
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from registration.attendance.domain.similar_fields import SimilarFields
from shared.contract.envelope import STRUCTURED, Event, Record
from shared.wording.languages import translatable

CLOCKS_DIFFER_BY: Final = timedelta(minutes=5)
"""How far another system's clock may be ahead of ours. Later times are not believed."""

MAX_BYTES: Final = 32 * 1024
"""The most bytes of a record whose JSON is examined. Real events have about a kilobyte."""

_FUTURE: Final = translatable("is in the future; the event counts as having happened when it arrived")

Warnings = list[tuple[str, str]]
"""Fields, each with its warning."""


def warnings_of(event: Event, attributes: Collection[str], data: Any, similar_fields: SimilarFields, now: datetime) -> Warnings:
    """The warnings about an event. ``attributes`` are the names of its attributes, and ``data`` is its data, as they were
    sent."""
    found = [*similar_fields.of_attributes(attributes), *similar_fields.of(event.type, data)]
    if event.time > now + CLOCKS_DIFFER_BY:
        found.append(("time", _FUTURE))
    return found


def warnings_from_record(event: Event, similar_fields: SimilarFields, now: datetime) -> Warnings:
    """The warnings about an event, from its record. There are at most about twenty.

    In a record of more than ``MAX_BYTES``, only the attributes in headers and the time are examined.
    """
    return warnings_of(event, *_as_sent(event.record), similar_fields, now)


def data_of(value: Mapping[str, Any]) -> Any:
    """The data of an event in structured mode, as it was sent. None if it cannot be read."""
    if value.get("data") is not None or "data_base64" not in value:
        return value.get("data")
    try:
        return orjson.loads(b64decode(value["data_base64"]))
    except (ValueError, TypeError):
        return None


def _as_sent(record: Record) -> tuple[Collection[str], Any]:
    """The names of an event's attributes, and its data, as they were sent."""
    body = record.value or b""
    try:
        value = orjson.loads(body) if len(body) <= MAX_BYTES else None
    except orjson.JSONDecodeError:  # pydantic reads more than JSON
        return (), None
    names, content_type = list[str](), b""
    for name, content in record.headers:
        if name[:3].lower() == "ce_":
            names.append(name[3:].lower())
        elif name.lower() == "content-type":
            content_type = content or b""
    if isinstance(value, dict) and content_type.partition(b";")[0].strip().lower() == STRUCTURED.encode():
        return value, data_of(value)
    return names, value
