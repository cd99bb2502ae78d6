"""Whichever door a megabyte comes through, it holds no service up: bounded work in the event loop, and bounded work in all."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from time import process_time, thread_time

import httpx
import pytest
from fastapi import FastAPI

import listings.main
import listings.settings
import matching.main
import matching.settings
import registration.main
import registration.settings
from support.access import OPERATOR
from support.copied_keys import keyed
from support.desk import INBOUND_KEY, Desk
from support.hostile import STRINGS, documents
from support.kafka import Kafka, cloud_event
from support.keys import operator
from support.patience import PATIENCE
from support.serving import serving

# Two programs that run at once slow each other down, also by their own processor time.
pytestmark = [pytest.mark.proof, pytest.mark.alone]

IN_THE_LOOP = 0.5
"""Seconds of the processor, of the thread that the event loop runs in."""
IN_ALL = 3.0
"""Of the whole process. Work in other threads holds the loop up too, while it holds the interpreter's lock."""

Send = Callable[[], Awaitable[object]]
CONFERENCE = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": [{"id": "s1", "title": "One"}]}
JSON = {"content-type": "application/json"}


async def expensive(inputs: Iterator[tuple[str, Send]]) -> list[str]:
    """Those of the inputs that cost too much each time, with what they cost. Once may be the service's own work beside it."""
    return [f"{name}: {cost}" for name, send in inputs if (cost := await _cost(send)) and await _cost(send) and await _cost(send)]


async def _cost(send: Send) -> str:
    """What an input cost, where that was too much."""
    in_loop, in_all = thread_time(), process_time()
    await send()
    in_loop, in_all = thread_time() - in_loop, process_time() - in_all
    return f"{in_loop:.2f} s in the loop, {in_all:.2f} s in all" if in_loop > IN_THE_LOOP or in_all > IN_ALL else ""


def requests(api: httpx.AsyncClient, doors: dict[str, tuple[str, dict[str, str]]]) -> Iterator[tuple[str, Send]]:
    """Every document through every door; a door is a method with a path, and the headers for it."""
    bodies = [*documents(), *((f"bare {name}", text.encode()) for name, text in STRINGS.items())]
    for event_lookup, (path, headers) in doors.items():
        method = event_lookup.partition(" ")[0]
        for name, body in bodies:

            async def send(method: str = method, path: str = path, body: bytes = body, headers: dict[str, str] = headers) -> None:
                answer = await api.request(method, path, content=body, headers=headers)
                assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text[:300]}"

            yield f"{event_lookup} · {name}", send


@asynccontextmanager
async def registration_app() -> AsyncIterator[httpx.AsyncClient]:
    async with serving(registration.main.create_app(registration.settings.Settings())) as api:
        await operator(api)
        assert (await api.put("/conferences/c1", json=CONFERENCE)).status_code == 201
        yield api


async def test_registration_is_not_held_up_over_http(environment: dict[str, str]) -> None:
    types = {"json": "application/json", "xml": "application/xml", "ics": "text/calendar"}
    binary = {f"ce-{name[3:]}": (value or b"").decode() for name, value in cloud_event("attendance.checked_in.v1")}
    doors = {
        "POST attendance, binary": ("/attendance", JSON | binary),
        "POST attendance, structured": ("/attendance", {"content-type": "application/cloudevents+json"}),
        "POST attendance, batch": ("/attendance", {"content-type": "application/cloudevents-batch+json"}),
        **{f"PUT schedule, {name}": ("/conferences/c1/schedule", {"content-type": type}) for name, type in types.items()},
        "POST csv": ("/conferences/c1/attendance.csv?dry_run=true", {"content-type": "text/csv"}),
        "PUT conference": ("/conferences/c2", JSON),
        "PUT connection": ("/connections/x", JSON),
        "POST key": ("/keys", JSON),
        "POST check": ("/docs/publish/check", {"content-type": "application/cloudevents+json"}),
        "POST check, as the form does": ("/docs/publish/check", {"content-type": "application/x-www-form-urlencoded"}),
    }
    async with registration_app() as api:
        assert await expensive(requests(api, doors)) == []


@pytest.mark.parametrize("system", ["pretix", "eventbrite", "hievents", "swapcard", "standard"])
async def test_registration_is_not_held_up_by_webhooks(environment: dict[str, str], system: str) -> None:
    async with registration_app() as api:
        spec: dict[str, object] = {"system": system, "conference_id": "c1"}
        if system in ("pretix", "eventbrite"):
            spec |= {"url": "https://tickets.example", "token": "t", "organizer": "o", "event": "e"}
        answer = await api.put("/connections/x", json=spec)
        assert answer.status_code < 500, answer.text
        assert await expensive(requests(api, {f"POST webhook of {system}": ("/webhooks/x", JSON)})) == []


async def test_registration_is_not_held_up_over_kafka(environment: dict[str, str], kafka: Kafka) -> None:
    def inputs() -> Iterator[tuple[str, Send]]:
        count = 0
        for name, body in [*documents(), *((name, text.encode()) for name, text in STRINGS.items())]:
            for place in ("value", "header", "key"):
                count += 1
                headers = cloud_event("attendance.checked_in.v1")
                text = body.decode(errors="replace")[:900_000]
                if place == "header":
                    headers = [("ce_correlationid", text.encode()), *headers]

                async def send(
                    body: bytes = body, place: str = place, count: int = count, text: str = text, headers: object = headers
                ) -> None:
                    value = body[:1_000_000] if place == "value" else b"{}"
                    await kafka.send("attendance.inbound", value, headers, key=text if place == "key" else "k")  # type: ignore[arg-type]
                    await done(count)

                yield f"{place} · {name}", send

    async with registration_app() as api:

        async def done(count: int) -> None:
            async with asyncio.timeout(PATIENCE):
                while True:
                    metrics = (await api.get("/metrics")).text
                    lines = [line for line in metrics.splitlines() if line.startswith("opportunity_desk_dead_letters_total{")]
                    if sum(float(line.rpartition(" ")[2]) for line in lines) - before >= count:
                        return
                    await asyncio.sleep(0.05)

        metrics = (await api.get("/metrics")).text
        before = sum(
            float(line.rpartition(" ")[2])
            for line in metrics.splitlines()
            if line.startswith("opportunity_desk_dead_letters_total{")
        )
        assert await expensive(inputs()) == []
        assert (await api.get("/health/ready")).status_code == 200


async def test_notifications_is_not_held_up(environment: dict[str, str]) -> None:
    mail = {"content-type": "message/rfc822"}
    form = {"content-type": "application/x-www-form-urlencoded"}
    doors = {
        "POST inbound": ("/inbound", mail),
        "POST unsubscribe": ("/unsubscribe/x", form),
        "POST preferences": ("/preferences/x", form),
        "POST suppressions": ("/suppressions/find", JSON | OPERATOR),
    }
    async with Desk() as desk, serving(desk.app) as api:
        api.headers["authorization"] = f"Bearer {INBOUND_KEY}"
        assert await expensive(requests(api, doors)) == []

        def mails() -> Iterator[tuple[str, Send]]:
            report = "From: mailer-daemon@x.example\r\nTo: b@x.example\r\nSubject: Undelivered\r\nContent-Type: {}\r\n\r\n"
            for name, text in STRINGS.items():
                for type in ("text/plain", "text/html", "message/delivery-status", 'multipart/report; boundary="<"'):

                    async def send(raw: bytes = (report.format(type) + text).encode()) -> None:
                        assert (await api.post("/inbound", content=raw, headers=mail)).status_code < 500

                    yield f"a mail of {type} · {name}", send

        assert await expensive(mails()) == []


@pytest.mark.parametrize("service", ["listings", "matching"])
async def test_listings_and_matching_are_not_held_up(environment: dict[str, str], service: str) -> None:
    apps: dict[str, Callable[[], FastAPI]] = {
        "listings": lambda: listings.main.create_app(listings.settings.Settings()),
        "matching": lambda: matching.main.create_app(matching.settings.Settings()),
    }
    paths = {"listings": ["/organizations/x", "/listings/x"], "matching": ["/rounds/x", "/rankings/attendees/x"]}
    async with serving(apps[service]()) as api:
        await keyed(api, service)
        assert await expensive(requests(api, {f"PUT {path}": (path, JSON) for path in paths[service]})) == []


def test_the_documents_are_of_a_megabyte() -> None:
    sizes = {name: len(body) for name, body in documents()}
    assert all(900_000 <= size <= 1_200_000 for size in sizes.values()), sizes
    assert json.loads(dict(documents())["many fields"])
