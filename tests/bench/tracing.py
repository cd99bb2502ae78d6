"""What it costs to be able to trace, of a batch of a hundred events that publishes as many: without a place to export to, and with
spans that are made and thrown away.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from bson.timestamp import Timestamp
from opentelemetry.sdk.trace import TracerProvider

from shared import tracing
from shared.contract.envelope import Outgoing, Received
from shared.database.outbox_documents import outbox_documents

EVENTS: Final = 100
BATCHES: Final = 1000
_PARENTS: Final = [f"00-{n:032x}-{n:016x}-01".encode() for n in range(1, EVENTS + 1)]
_RECORDS: Final = [Received("t", b"{}", [("ce_id", b"1"), ("traceparent", parent)]) for parent in _PARENTS]
_EVENTS: Final = [Outgoing("t", str(n), {"ce_id": str(n), "ce_type": "t"}, b"{}" * 200) for n in range(EVENTS)]


def tracing_cost() -> Iterator[dict[str, Any]]:
    """All that a batch calls for the sake of traces, beside the making of its outbox documents."""
    tracing.use(None)
    documents = _seconds(lambda: outbox_documents(_EVENTS, Timestamp(1, 1), datetime.now(UTC)))
    for name, provider in (("off", None), ("on", TracerProvider(shutdown_on_exit=False))):
        tracing.use(provider)
        yield {
            "name": f"tracing_{name}",
            "value": round(_seconds(_trace) * 1_000_000, 1),
            "unit": "µs a batch",
            "of": "p50",
            "at": f"{EVENTS} events in, {EVENTS} out",
            "to": f"making the outbox documents of the batch, {documents * 1_000_000:.0f} µs",
        }
    tracing.use(None)


def _trace() -> None:
    with tracing.processing("group", _RECORDS):
        current = tracing.current()
        for event in _EVENTS:
            tracing.carried(event.headers, current)


def _seconds(work: Callable[[], object]) -> float:
    """The median time of this."""
    took = []
    for _ in range(BATCHES):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took)
