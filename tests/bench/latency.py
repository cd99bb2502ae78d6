"""How long an attendance event takes to become a mail handed to SMTP, at half the load that the whole pipeline can take."""

import asyncio
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import quantiles
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.load import CONFERENCE, metric, scan
from local_stack import Stack
from local_stack.ports import free_port
from shared.contract.topics import SERVICES

SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
PEAK_MAILS = 600
DOMAINS = 200
"""Recipients are at many providers, so that none of them is what is measured."""

WAITING = ("opportunity_desk_consumer_lag", "opportunity_desk_outbox_unsent")
"""The gauges of what waits in any service."""


class Arrivals:
    """An SMTP server's handler that notes when each correlation id's mail was handed over."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.last = 0.0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.last = time.monotonic()
        found = re.search(rb"^X-Correlation-ID: (\S+)", envelope.content or b"", re.MULTILINE)  # type: ignore[arg-type]
        if found:
            self.at.setdefault(found[1].decode(), time.monotonic())
        return "250 OK"


def latency(stack: Stack) -> Iterator[dict[str, Any]]:
    """First the most that the pipeline takes, mails included; then p50 and p99 at half of that."""
    arrivals = Arrivals()
    port = free_port()
    mail = Controller(arrivals, hostname="127.0.0.1", port=port)
    mail.start()
    environment = {
        "DIGEST_FREQUENCY": "instant",
        "GATHER_SECONDS": "0",
        "LOG_LEVEL": "warning",
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
    }
    try:
        urls = {name: stack.start_service(name, environment=environment).url for name in SERVICES}
        operator = {"authorization": f"Bearer {stack.make_operator_key()}"}
        _prepare(urls, operator)
        servers = stack.kafka
        began = asyncio.run(_burst(servers))
        _until_quiet(urls, operator, arrivals)
        peak = PEAK_MAILS / (arrivals.last - began)
        waits = sorted(asyncio.run(_steady(servers, arrivals, peak / 2)))
    finally:
        mail.stop()
    cuts = quantiles(waits, n=100)
    for name, value in (("latency_p50", cuts[49]), ("latency_p99", cuts[98])):
        yield {
            "name": name,
            "value": round(value * 1000),
            "unit": "ms",
            "at": f"{peak / 2:.1f} attendees/s",
            "peak": round(peak, 1),
            "mails": len(waits),
        }


def _prepare(urls: dict[str, str], operator: dict[str, str]) -> None:
    """A conference, and fifty listings that suit whoever was in any of its sessions."""
    with httpx.Client(timeout=60, headers=operator) as client:
        client.put(f"{urls['registration']}/conferences/c1", json=CONFERENCE).raise_for_status()
        client.put(f"{urls['listings']}/organizations/o1", json={"name": "Host"}).raise_for_status()
        for number in range(50):
            listing = {
                "organization_id": "o1",
                "title": f"Listing {number}",
                "description": "Work",
                "skills": [f"skill {number}", f"skill {(number + 7) % 50}"],
                "capacity": 5,
            }
            client.put(f"{urls['listings']}/listings/l{number}", json=listing).raise_for_status()
            client.post(f"{urls['listings']}/listings/l{number}/publish").raise_for_status()
        deadline = time.monotonic() + 60
        while client.get(f"{urls['matching']}/statistics").json()["listings"] < 50:
            if time.monotonic() > deadline:
                raise TimeoutError("the listings did not reach matching")
            time.sleep(0.1)


def _until_quiet(urls: dict[str, str], operator: dict[str, str], arrivals: Arrivals, seconds: float = 300) -> None:
    """Until the burst is over: an attendee has several mails, and the first of each is there before the last are written."""
    deadline, quiet = time.monotonic() + seconds, 0
    while len(arrivals.at) < PEAK_MAILS and time.monotonic() < deadline:
        time.sleep(0.1)
    while quiet < 4:  # gauges are set every two seconds
        if time.monotonic() > deadline:
            raise TimeoutError("the burst did not come to its end")
        time.sleep(1)
        mails = httpx.get(f"{urls['notifications']}/statistics", headers=operator, timeout=30).json()
        left = mails["pending"] + mails["queued"] + sum(metric(url, name) for url in urls.values() for name in WAITING)
        quiet = 0 if left else quiet + 1


async def _send(producer: AIOKafkaProducer, id: str, number: int) -> None:
    email = f"{id}@example{number % DOMAINS}.org"
    person = {"email": email, "name": "Ada Example", "consent": {"mail": True}}
    one = scan(id, email, {"conference_id": "c1", "session_id": f"s{number % 100}", "attendee": person})
    await producer.send(f"{os.environ['TOPIC_PREFIX']}attendance.inbound", one.value, one.key, headers=one.headers)


async def _burst(servers: str) -> float:
    """New attendees at once. Returns when they began to come."""
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        began = time.monotonic()
        for number in range(PEAK_MAILS):
            await _send(producer, f"burst{number}", number)
    return began


async def _steady(servers: str, arrivals: Arrivals, rate: float) -> list[float]:
    """Seconds from sending to hand-over, of each event of a steady load of new attendees."""
    sent: dict[str, float] = {}
    count = max(100, int(rate * SECONDS))
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        began = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            sent[f"steady{number}"] = time.monotonic()
            await _send(producer, f"steady{number}", number)
        await _arrived(arrivals, PEAK_MAILS + count)
    return [arrivals.at[id] - at for id, at in sent.items()]


async def _arrived(arrivals: Arrivals, count: int, seconds: float = 120) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while len(arrivals.at) < count:
                await asyncio.sleep(0.05)
            return
    raise TimeoutError(f"{len(arrivals.at)} of {count} mails after {seconds} s")
