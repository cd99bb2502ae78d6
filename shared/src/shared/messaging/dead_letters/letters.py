"""A dead letter: a record that could not be applied, as it came, with whence and why in its ``dl_*`` headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson
from aiokafka import ConsumerRecord

from shared.contract.envelope import MAX_EVENT_BYTES
from shared.persons import Mentioned

PREFIX: Final = "dl_"
KEY: Final = "dl_key"
"""The record's own key: the dead letter's is its origin, so that one dead letter can be erased without the others."""
NULL: Final = "dl_null"
"""Marks a record that came without a value: a dead letter without one would be erased."""
OMITTED: Final = "dl_omitted_bytes"
"""The size of a record whose content was not kept; ``OMITTED_WHY`` says why, and ``SHA256`` is its value's."""
OMITTED_WHY: Final = "dl_omitted_why"
SHA256: Final = "dl_sha256"
SOURCE: Final = "dl_source"
EVENT_ID: Final = "dl_id"
PERSONS: Final = "dl_persons"
"""The ids of all persons whom the letter may be about, separated by commas. Letters of older versions have none."""

MAX_KEPT_BYTES: Final = MAX_EVENT_BYTES + 64 * 1024
"""The largest record whose content is kept: the largest event that is applied, with its key and headers."""

Headers = Sequence[tuple[str, bytes | None]]


class Content(Protocol):
    """What came in a record."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


def size(record: Content) -> int:
    """The bytes of a record's key, value and headers."""
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def event_of(record: Content) -> tuple[str, str] | None:
    """The source and id of the event in a record, where it has them and they can be read."""
    attributes: dict[str, Any] = {name.lower(): value for name, value in record.headers}
    source, id = attributes.get("ce_source"), attributes.get("ce_id")
    if source is None and id is None and record.value is not None and len(record.value) <= MAX_EVENT_BYTES:
        try:
            document = orjson.loads(record.value)
        except orjson.JSONDecodeError:
            return None
        if isinstance(document, dict):
            source, id = document.get("source"), document.get("id")
    source, id = _short(source), _short(id)
    return (source, id) if source and id else None


def _short(attribute: object) -> str:
    """An attribute of an event as a text; empty where it cannot be one."""
    text = attribute.decode(errors="replace") if isinstance(attribute, bytes) else attribute
    return text if isinstance(text, str) and len(text) <= 256 and text.isprintable() else ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record as it came, whence, and why it could not be applied."""

    service: str
    origin: str
    """``topic/partition/offset``, the topic without its prefix."""
    at: datetime
    reason: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    attempts: int = 1
    event: tuple[str, str] | None = None
    """Its source and id."""
    omitted_bytes: int | None = None
    """The size of a record whose content was not kept."""
    omitted_why: str = ""
    sha256: str = ""
    """Of a value that was not kept."""
    persons: Mentioned | None = None
    """Whom it may be about; None where it was buried before this was noted."""

    @property
    def place(self) -> tuple[str, int, int]:
        """Its origin's topic without the prefix, partition and offset."""
        topic, partition, offset = self.origin.rsplit("/", 2)
        return topic, int(partition), int(offset)

    @property
    def bytes(self) -> int:
        """The record's size, also of one whose content was not kept."""
        return size(self) if self.omitted_bytes is None else self.omitted_bytes


def own_headers(headers: Headers) -> list[tuple[str, bytes | None]]:
    """A record's own ones: without what a dead letter adds."""
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


def letter_of(service: str, record: ConsumerRecord) -> DeadLetter | None:
    """The dead letter in a record of the service's topic; None where it is none."""
    headers = {name: value or b"" for name, value in record.headers if name.startswith(PREFIX)}
    text = {name: value.decode(errors="replace") for name, value in headers.items() if name != KEY}
    if record.value is None or "dl_topic" not in text:
        return None
    letter = DeadLetter(
        service=service,
        origin=f"{text['dl_topic']}/{text['dl_partition']}/{text['dl_offset']}",
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        reason=text["dl_reason"],
        key=headers.get(KEY),
        value=None if NULL in headers else record.value,
        headers=tuple(own_headers(record.headers)),
        attempts=int(text.get("dl_attempts", "1")),
        event=(text[SOURCE], text[EVENT_ID]) if SOURCE in text else None,
        omitted_bytes=int(text[OMITTED]) if OMITTED in text else None,
        omitted_why=text.get(OMITTED_WHY, "it was too large to keep") if OMITTED in text else "",
        sha256=text.get(SHA256, ""),
        persons=Mentioned(frozenset(text[PERSONS].split(",")) - {""}) if PERSONS in text else None,
    )
    if letter.event is None and PERSONS not in text:  # of an older version
        object.__setattr__(letter, "event", event_of(letter))
    return letter


def summary(letter: DeadLetter) -> dict[str, Any]:
    """What lists show of a letter, for JSON."""
    return {
        "origin": letter.origin,
        "service": letter.service,
        "at": letter.at,
        "source": letter.event[0] if letter.event else None,
        "id": letter.event[1] if letter.event else None,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "bytes": letter.bytes,
        "not_kept": letter.omitted_why or None,
    }


def details(letter: DeadLetter) -> dict[str, Any]:
    """All of a letter, for JSON, with its content: bytes that are no UTF-8 are shown as ``\\xff``."""
    return {
        **summary(letter),
        "key": _text(letter.key),
        "headers": [[name, _text(value)] for name, value in letter.headers],
        "value": _text(letter.value) if letter.omitted_bytes is None else None,
        "sha256": letter.sha256 or None,
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
