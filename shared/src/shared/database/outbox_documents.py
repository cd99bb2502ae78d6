"""Outbox documents: the events of a transaction, in order."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import bson
from bson.timestamp import Timestamp

from shared import tracing
from shared.contract.envelope import Outgoing

Document = dict[str, Any]

_DOCUMENT_BYTES: Final = 8 * 1024 * 1024


def outbox_documents(outgoing: Iterable[Outgoing], order: Timestamp, now: datetime) -> list[Document]:
    """These events as one document, or as several where one would be too large for MongoDB."""
    parts: list[list[Document]] = []
    traceparent = tracing.current()
    room = 0
    for event in outgoing:
        size = len(event.value or b"") + 1000  # with its headers
        if size > room:
            parts.append([])
            room = _DOCUMENT_BYTES
        room -= size
        parts[-1].append(
            {
                "topic": event.topic,
                "key": event.key,
                "headers": tracing.carried(event.headers, traceparent),
                "value": event.value,
                "partition": event.partition,
            }
        )
    # In one piece: nobody searches in them, and the server need not take them apart, which takes longer than all the rest.
    return [
        {"order": order, "part": number, "created_at": now, "events": bson.encode({"events": events})}
        for number, events in enumerate(parts)
    ]


def outbox_events(document: Document) -> list[Document]:
    """The events of an outbox document, in their order, each as ``Outgoing`` has it."""
    events: list[Document] = bson.decode(document["events"])["events"]
    return events
