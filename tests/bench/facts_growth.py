"""What an attendance event costs registration, by how many facts its attendee has already."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from math import log10
from statistics import median
from time import process_time
from typing import Any

from pydantic import SecretStr

from bench.load import own_prefix
from local_stack import Stack
from registration.attendance.domain.capacity import Capacity
from registration.attendance.domain.pending import MAX_PENDING
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.attendance.use_cases.outcomes import Outcomes
from registration.attendees.domain.attendance import fact_id
from registration.attendees.use_cases import Profiles
from registration.conferences.domain import Conference
from registration.connections.use_cases.delivery_rejections import DeliveryRejections
from registration.repositories import Repositories
from shared.contract.envelope import Event, Received
from shared.contract.events import NAMES
from shared.contract.events.attendance import Consent, Person, PersonMet, SessionAttended
from shared.contract.events.registration import Session
from shared.database.mongo import Database
from shared.settings import ServiceSettings

SIZES = (10, 100, 1_000, 10_000)
ROUNDS = 15
TOGETHER = {"facts_growth": 100, "facts_growth_alone": 1}
"""How many events are in a batch."""
AT = datetime(2024, 7, 8, 10, tzinfo=UTC)
KEY = SecretStr("a key for the benchmark")
CONSENT = Consent(mail=True)


def facts_growth(stack: Stack) -> Iterator[dict[str, Any]]:
    """The processor time of an event (of this process, not the database's) with 10 to 10,000 facts of its attendee there.

    All facts are about different things: sessions, and persons met. ``facts_growth_alone`` has each event in a batch of its own.
    """
    environment = stack.environment()
    settings = ServiceSettings(mongodb_uri=SecretStr(environment["MONGODB_URI"]), topic_prefix=own_prefix())
    costs = asyncio.run(_measure(settings))
    for name, cost in costs.items():
        print(f"{name}: ms an event, by facts: { ({size: round(ms, 3) for size, ms in cost.items()}) }", file=sys.stderr)
        exponent = log10(cost[SIZES[-1]] / cost[SIZES[0]]) / log10(SIZES[-1] / SIZES[0])
        yield {
            "name": name,
            "value": round(exponent, 3),
            "unit": "exponent",
            "ms": {str(n): round(ms, 3) for n, ms in cost.items()},
        }


async def _measure(settings: ServiceSettings) -> dict[str, dict[int, float]]:
    database = Database("registration", settings)
    await database.wait_until_fit(30)
    repositories = Repositories(database.db, KEY)
    await repositories.ensure_indexes()
    sessions = {f"s{n}": Session(id=f"s{n}", title=f"Session {n}", skills=[f"skill {n % 50}"]) for n in range(400)}
    conference = Conference("c1", 1, "Benchmark", AT.date(), AT.date(), sessions)
    await database.transact(lambda tx: repositories.conferences.save(conference, tx))
    profiles = Profiles(repositories.attendees, repositories.facts, repositories.conferences)
    capacity = Capacity(MAX_PENDING, MAX_PENDING)
    outcomes = Outcomes(
        repositories.pending, repositories.rejections, DeliveryRejections(repositories.deliveries).mark, KEY, capacity
    )
    event_recorder = EventRecorder(
        repositories.attendees, repositories.facts, repositories.identities, repositories.conferences, profiles, outcomes, KEY
    )

    async def record(events: list[Event]) -> float:
        began = process_time()
        await database.transact(lambda tx: event_recorder.record(events, tx))
        return process_time() - began

    costs: dict[str, dict[int, list[float]]] = {name: {size: [] for size in SIZES} for name in TOGETHER}
    for size in SIZES:
        for first in range(0, size, 500):
            await record([_event(f"a{size}", n) for n in range(first, min(size, first + 500))])
    # In turns: what else the machine does meanwhile meets all sizes.
    for _ in range(ROUNDS):
        for name, together in TOGETHER.items():
            for size in SIZES:
                events = [_event(f"a{size}", 1_000_000 + n) for n in range(together)]
                async with _taken_back(events, database, event_recorder):
                    costs[name][size].append(await record(events) / together * 1000)
    database.close()
    return {name: {size: median(spent[2:]) for size, spent in cost.items()} for name, cost in costs.items()}


@asynccontextmanager
async def _taken_back(events: list[Event], database: Database, event_recorder: EventRecorder) -> AsyncIterator[None]:
    """Afterwards the attendee of these events is as before, so that all rounds find the same."""
    data = events[0].data
    assert isinstance(data, PersonMet)
    attendees, id = database.db["attendees"], event_recorder.attendee_id(data.attendee, "bench")
    before = await attendees.find_one({"_id": id})
    assert before
    yield
    await attendees.replace_one({"_id": id}, before)
    for collection in ("attendance", "encounters"):
        await database.db[collection].delete_many({"_id": {"$in": [fact_id(event.source, event.id) for event in events]}})
    await database.outbox.delete_many({})


def _event(who: str, number: int) -> Event:
    """One of a different thing each: some of the first are sessions, the others persons met."""
    person = Person(email=f"{who}@example.org", name="Ada Example", consent=CONSENT)
    data: SessionAttended | PersonMet
    if number % 10 == 0 and number < 4000:
        data = SessionAttended(conference_id="c1", attendee=person, session_id=f"s{number // 10}")
    else:
        data = PersonMet(conference_id="c1", attendee=person, met=Person(account=f"badge {number}"))
    return Event(f"{who}/{number}", "bench", NAMES[type(data)], AT, "", data, Received("attendance.inbound", b"", []))
