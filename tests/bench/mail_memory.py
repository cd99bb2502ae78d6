"""The memory of an instance's senders with few mails queued, and with many: what is in hand is bounded, whatever waits."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psutil

from bench.load import own_prefix
from bench.mail_send import BYTES, Sink, start_senders
from local_stack import Stack
from notifications.settings import Settings
from support.mailing import SECRETS, MailDesk

FEW = 1_000
MANY = int(os.environ.get("BENCH_QUEUED") or 20_000)
HANDED_OVER = 500
REACHED = 2_000
"""Senders begin anywhere among so many that are due, and get no further while ``HANDED_OVER`` are handed over."""


def mail_memory(stack: Stack) -> Iterator[dict[str, Any]]:
    """Resident memory while mails are sent, with ``BENCH_QUEUED`` mails queued: as many as the database here looks through in a
    minute, as it looks at all that are due, whatever the limit. That is some 100,000."""
    with Sink().running() as sink:
        few, many = _resident(stack, sink, FEW), _resident(stack, sink, MANY)
    yield {
        "name": "mail_memory",
        "value": round(many / few, 2),
        "unit": "ratio",
        "to": f"the resident memory of an instance with {FEW:,} mails queued",
        "at": f"{MANY:,} queued",
        "at_most": 1.1,
        "megabytes_few": round(few / 2**20),
        "megabytes_many": round(many / 2**20),
    }


def _resident(stack: Stack, sink: Sink, queued: int) -> int:
    environment = stack.environment() | SECRETS
    environment |= {
        "TOPIC_PREFIX": own_prefix(),
        "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        "LOG_LEVEL": "WARNING",
        "DOMAIN_CONNECTIONS": "50",
    }
    os.environ.update(environment)
    began = time.monotonic()
    asyncio.run(_queue(queued))
    print(f"mail_memory: {queued:,} queued in {time.monotonic() - began:.0f} s", file=sys.stderr)
    before, senders = sink.taken, start_senders(environment)
    assert senders.pid
    process, most, began = psutil.Process(senders.pid), 0, time.monotonic()
    try:
        deadline = time.monotonic() + 180
        while sink.taken - before < HANDED_OVER:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {sink.taken - before} mails were handed over")
            most = max(most, process.memory_info().rss)
            time.sleep(0.05)
    finally:
        senders.kill()
    print(f"mail_memory: {HANDED_OVER} of them handed over in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return most


async def _queue(count: int) -> None:
    desk = MailDesk.create(Settings())
    await desk.prepare()
    whole = min(count, 2 * REACHED)
    ids = await desk.queue([f"p{number}@example{number % 50}.org" for number in range(whole)], size=BYTES)
    messages = desk.database.db["messages"]
    # Further back, no sender gets: there, messages without people and mails are as long a queue. Of the indexes senders use one;
    # with all of them, a million would take hours here.
    for index in await messages.index_information():
        if index != "_id_" and "due_at" not in index:
            await messages.drop_index(index)
    last = await desk.document(ids[-1])
    last["due_at"] += timedelta(seconds=1)
    for start in range(whole, count, 5_000):
        more = range(start, min(start + 5_000, count))
        await messages.insert_many([last | {"_id": f"{number}|{last['_id']}"} for number in more], ordered=False)
    desk.database.close()
