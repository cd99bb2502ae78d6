"""What an entry of the audit costs: each request that may change something writes one before it is answered."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from bench.load import own_prefix
from local_stack import Stack
from shared.database.mongo import Database
from shared.settings import ServiceSettings
from shared.web.access.audit import Actor, Entry
from shared.web.access.audit_trail import AuditTrail

ENTRIES: Final = int(os.environ.get("BENCH_ENTRIES", "3000"))
WARM: Final = 200


def audit(stack: Stack) -> Iterator[dict[str, Any]]:
    """The time until an entry is written, and the processor time of the service in it."""
    given = {"mongodb_uri": stack.environment()["MONGODB_URI"], "topic_prefix": own_prefix()}
    waited, worked = asyncio.run(_write(ServiceSettings(**given)))  # type: ignore[arg-type]
    yield {"name": "audit_wait", "value": round(waited * 1_000_000), "unit": "µs an entry", "of": "p50"}
    yield {"name": "audit_work", "value": round(worked * 1_000_000), "unit": "µs of processor time an entry", "of": "mean"}


async def _write(settings: ServiceSettings) -> tuple[float, float]:
    """The median seconds until an entry is written, and the mean seconds of processor time."""
    database = Database("bench", settings)
    trail, seconds = AuditTrail(database.db), []
    try:
        await trail.ensure_indexes()
        for number in range(WARM + ENTRIES):
            if number == WARM:
                worked = time.process_time()
            began = time.perf_counter()
            await trail.record(_entry(number))
            seconds.append(time.perf_counter() - began)
        worked = time.process_time() - worked
        if (kept := await database.db["audit"].count_documents({})) != WARM + ENTRIES:
            raise RuntimeError(f"{kept} of {WARM + ENTRIES} entries were written")
    finally:
        database.close()
    return median(seconds[WARM:]), worked / ENTRIES


def _entry(number: int) -> Entry:
    """Somebody has signed in."""
    actor = Actor(person_id=f"{number % 500:032x}", session_id=f"{number:032x}")
    return Entry(
        at=datetime.now(UTC),
        actor=actor,
        method="POST",
        route="/sign-in/{token}",
        ids={},
        status=303,
        correlation_id=f"{number:032x}",
    )
