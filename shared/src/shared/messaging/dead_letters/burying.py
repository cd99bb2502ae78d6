"""Buries records that cannot be applied in the service's dead-letter topic."""

import asyncio
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from prometheus_client import Counter

from shared.contract.envelope import Received, Record
from shared.contract.topics import dead_letters
from shared.messaging.dead_letters.letters import (
    EVENT_ID,
    KEY,
    MAX_KEPT_BYTES,
    NULL,
    OMITTED,
    OMITTED_WHY,
    PERSONS,
    SHA256,
    SOURCE,
    Content,
    event_of,
    own_headers,
    size,
)
from shared.messaging.dead_letters.quota import Quota
from shared.messaging.lossless_consumer import UndecodableRecord
from shared.persons import Mentioned
from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

WITHOUT_CONTENT = Counter(
    "opportunity_desk_dead_letters_without_content", "dead letters that are kept without their content", ["topic", "why"]
)

PersonsIn = Callable[[Content, str], Mentioned]
"""The persons whom a record may be about, with the reason for which it could not be applied. Runs in a thread."""

MOST_PERSONS: Final = 1000
"""Whose ids are stored with a letter."""
_MAX_REASON: Final = 4000
"""In characters. Reasons quote what came, which may be long."""
_MAX_REASON_ALONE: Final = 300
"""Of a letter without content."""
_TOGETHER: Final = 4
"""Letters processed at the same time: each may be a copy of the largest record."""

_Letter = tuple[bytes, list[tuple[str, bytes | None]]]


class Burial:
    """Puts records into a service's dead-letter topic.

    Key, value and headers stay as they came, null headers too; the ``dl_*`` headers say whence it came, why, which event it
    is, and the ids of the persons whom it may be about: an erasure reads those, and never the content again.

    Without content, with its place, size, hash and reason only, is kept: a record that is larger than any that is applied,
    one in which too many persons may be to find them all, and what comes after a source has filled its hour (``Quota``).
    """

    def __init__(
        self, service: str, producer: AIOKafkaProducer, settings: ServiceSettings, persons_in: PersonsIn | None = None
    ) -> None:
        self._topic = settings.topic_prefix + dead_letters(service).name
        self._prefix = settings.topic_prefix
        self._producer = producer
        self._persons_in = persons_in
        self._quota = Quota(settings.dead_letters_per_source, settings.dead_letter_bytes_per_source, settings.dead_letter_bytes)
        self._free = asyncio.Semaphore(_TOGETHER)

    async def bury(self, record: Record, reason: str, attempts: int) -> None:
        """Bury a record, and wait until Kafka has it."""
        origin = f"{record.topic.removeprefix(self._prefix)}/{record.partition}/{record.offset}".encode()
        async with self._free:
            value, headers = await asyncio.to_thread(self._letter, record, reason, attempts)
            try:
                await self._producer.send_and_wait(self._topic, value, origin, headers=headers)
            except MessageSizeTooLargeError:
                # Without this, the one record would be tried for ever, and nothing behind it would be read.
                value, headers = self._without_content(record, reason, attempts, "it was too large to keep", "size")
                await self._producer.send_and_wait(self._topic, value, origin, headers=headers)

    def _letter(self, record: Record, reason: str, attempts: int) -> _Letter:
        reason = reason[:_MAX_REASON]
        if isinstance(record, UndecodableRecord):
            return self._without_content(record, reason, attempts, "it could not be read", "unread")
        if (bytes := size(record)) > MAX_KEPT_BYTES:
            why = f"it has more bytes than the largest event may have ({MAX_KEPT_BYTES:,})"
            return self._without_content(record, reason, attempts, why, "size")
        event = event_of(record)
        source = event[0] if event else ""
        now = time.monotonic()
        if not self._quota.take(source, bytes, now):
            if self._quota.first_refusal(source, now):
                log.warning("dead_letters_without_content", source=source, topic=record.topic.removeprefix(self._prefix))
            why = "the quota of dead letters in that hour was used up, of its source or of all sources"
            return self._without_content(record, reason, attempts, why, "quota")
        found = self._persons(record, reason)
        if found and not found.complete:
            why = "it may be about too many persons to look for, and could not be erased"
            return self._without_content(record, reason, attempts, why, "persons")
        headers = [*own_headers(record.headers), *self._about(record, reason, attempts, event, found)]
        if record.key is not None:
            headers.append((KEY, record.key))
        if record.value is None:
            headers.append((NULL, b"1"))
        return record.value or b"", headers

    def _without_content(self, record: Record, reason: str, attempts: int, why: str, label: str) -> _Letter:
        WITHOUT_CONTENT.labels(record.topic.removeprefix(self._prefix), label).inc()
        reason = reason[:_MAX_REASON_ALONE]
        event = event_of(record)
        attributes_only = Received("", None, [("ce_source", event[0].encode()), ("ce_id", event[1].encode())] if event else [])
        found = self._persons(attributes_only, reason)
        if found and not found.complete:
            reason, event, found = "it cannot be read", None, Mentioned(frozenset())
        headers = self._about(record, reason, attempts, event, found)
        headers += [(OMITTED, str(size(record)).encode()), (OMITTED_WHY, why.encode())]
        if record.value is not None:
            headers.append((SHA256, sha256(record.value).hexdigest().encode()))
        return b"", headers

    def _persons(self, record: Content, reason: str) -> Mentioned | None:
        if self._persons_in is None:
            return None
        found = self._persons_in(record, reason)
        return found if len(found.ids) <= MOST_PERSONS else Mentioned(frozenset(), complete=False)

    def _about(
        self, record: Record, reason: str, attempts: int, event: tuple[str, str] | None, found: Mentioned | None
    ) -> list[tuple[str, bytes | None]]:
        texts = {
            "dl_topic": record.topic.removeprefix(self._prefix),
            "dl_partition": str(record.partition),
            "dl_offset": str(record.offset),
            "dl_reason": reason,
            "dl_attempts": str(attempts),
        }
        if event:
            texts |= {SOURCE: event[0], EVENT_ID: event[1]}
        if found:
            texts[PERSONS] = ",".join(sorted(found.ids))
        return [(name, text.encode(errors="replace")) for name, text in texts.items()]
