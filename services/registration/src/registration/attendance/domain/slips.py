"""Warnings about what is ignored in an event, and may be a slip in its publisher."""

from base64 import b64decode
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from registration.attendance.domain.near_misses import NearMisses
from shared.contract.envelope import STRUCTURED, Event, Record

CLOCKS_DIFFER_BY: Final = timedelta(minutes=5)
"""By so much another system's clock may be ahead of ours before its times are not believed."""

MAX_BYTES: Final = 32 * 1024
"""Of a record that is looked into: its JSON is parsed once more. Real events have a kilobyte."""

Warnings = list[tuple[str, str]]
"""Fields, each with what is wrong with it."""


def slips(event: Event, attributes: Collection[str], data: Any, near_misses: NearMisses, now: datetime) -> Warnings:
    """The warnings about an event that came now; ``attributes`` are their names, and ``data`` its data, both as they came."""
    found = [*near_misses.of_attributes(attributes), *near_misses.of(event.type, data)]
    if event.time > now + CLOCKS_DIFFER_BY:
        found.append(("time", "lies ahead of our clock; the event counts as having happened when it came"))
    return found


def slips_of(event: Event, near_misses: NearMisses, now: datetime) -> Warnings:
    """The warnings about an event that came now, by its record. There are at most some twenty, each a short line.

    Of a record of more than ``MAX_BYTES``, only the attributes in headers and the time are looked at.
    """
    return slips(event, *_as_it_came(event.record), near_misses, now)


def data_of(value: Mapping[str, Any]) -> Any:
    """The data of an event in structured mode, as it came. None where it cannot be read."""
    if value.get("data") is not None or "data_base64" not in value:
        return value.get("data")
    try:
        return orjson.loads(b64decode(value["data_base64"]))
    except (ValueError, TypeError):
        return None


def _as_it_came(record: Record) -> tuple[Collection[str], Any]:
    """The names of the attributes, and the data, of an event that could be read."""
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
