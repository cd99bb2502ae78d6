"""What it costs to count insight, in the background of a service that goes on with its events."""

import asyncio
import os
import random
import resource
import time
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context
from typing import Any, Final

from local_stack import Stack
from matching.catalogue.repository import CatalogueRepository
from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter
from matching.model.candidates import Attended, Candidate, Interest
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing, RequestedTerm
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.repository.rankings import Rankings
from matching.settings import Settings
from shared.contract.events.fields import Discipline
from shared.contract.events.matching import Match
from shared.database.mongo import Database, Tx

PEOPLE: Final = int(os.environ.get("BENCH_PEOPLE", "20000"))
LISTINGS: Final = 5_000
CONFERENCES: Final = 20
SESSIONS: Final = 200
SKILLS: Final = [f"skill {number}" for number in range(14_000)]
FIELDS: Final[list[Discipline]] = ["ict", "biology", "arts", "engineering", "business", "law"]
GLANCE: Final = 0.005
"""So many seconds apart, a task that has nothing to do looks how much later than that it gets its turn."""


def insight(stack: Stack) -> Iterator[dict[str, Any]]:
    """Everybody, once. What is not done meanwhile is what an event or a request would have waited for."""
    os.environ |= stack.environment()
    filling = get_context("spawn").Process(target=_fill)  # of its own, whose memory is none of ours
    filling.start()
    filling.join()
    if filling.exitcode:
        raise RuntimeError("the database was not filled")
    yield from asyncio.run(_count())


async def _count() -> list[dict[str, Any]]:
    database = Database("matching", Settings())
    late: list[float] = []
    try:
        await database.wait_until_fit(30)
        before = _peak()
        watching = asyncio.create_task(_watch(late))
        began, worked = time.monotonic(), time.process_time()
        await InsightCounter(Insights(database.db), timedelta(hours=1)).count()
        seconds, worked = time.monotonic() - began, time.process_time() - worked
        watching.cancel()
    finally:
        database.close()
    at = f"{PEOPLE:,} attendees, {LISTINGS:,} listings, {CONFERENCES} conferences"
    return [
        {"name": "insight_count", "value": round(seconds, 1), "unit": "s", "cpu_s": round(worked, 1), "at": at},
        {"name": "insight_memory", "value": round(_peak() - before, 1), "unit": "MB", "at": at},
        {
            "name": "insight_wait",
            "value": round(sorted(late)[int(0.99 * len(late))] * 1000, 1),
            "unit": "ms",
            "of": "p99",
            "at": at,
        },
    ]


async def _watch(late: list[float]) -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(GLANCE)
        late.append(time.monotonic() - began - GLANCE)


def _peak() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fill() -> None:
    async def fill() -> None:
        database = Database("matching", Settings())
        try:
            await database.wait_until_fit(30)
            await Rankings(database.db).ensure_indexes()
            await _save_all(database, random.Random(1))
        finally:
            database.close()

    asyncio.run(fill())


async def _save_all(database: Database, lot: random.Random) -> None:
    conferences = [
        Conference(
            f"c{n}", 1, f"Conference {n}", [Session(f"s{m}", f"About {m}", lot.choices(SKILLS, k=6)) for m in range(SESSIONS)]
        )
        for n in range(CONFERENCES)
    ]
    listings = [
        Listing(
            f"l{number}",
            1,
            open=True,
            title=f"Internship {number}",
            organization=f"Host {number % 500}",
            organization_id=f"o{number % 500}",
            requested_terms={skill: RequestedTerm("skill", skill) for skill in lot.choices(SKILLS, k=10)},
            disciplines=[lot.choice(FIELDS)],
        )
        for number in range(LISTINGS)
    ]

    async def catalogue(some: list[Listing], schedules: list[Conference], tx: Tx) -> None:
        await CatalogueRepository(database.db).save(some, schedules, set(), tx)

    for at in range(0, LISTINGS, 1000):
        await database.transact(lambda tx, at=at: catalogue(listings[at : at + 1000], [], tx))  # type: ignore[misc]
    await database.transact(lambda tx: catalogue([], conferences, tx))
    for at in range(0, PEOPLE, 1000):
        crowd = [_candidate(f"a{number:07}", conferences, listings, lot) for number in range(at, min(at + 1000, PEOPLE))]
        await database.transact(lambda tx, crowd=crowd: CandidatesRepository(database.db).save(crowd, [], set(), {}, tx))  # type: ignore[misc]


def _candidate(id: str, conferences: list[Conference], listings: list[Listing], lot: random.Random) -> Candidate:
    """Ten skills, eight sessions, ten matches."""
    conference = lot.choice(conferences)
    sessions = {Attended(conference.id, one.id): one for one in lot.sample(conference.sessions, 8)}
    interests = {skill: Interest(declared=True) for skill in lot.choices(SKILLS, k=10)}
    for attended, session in sessions.items():
        interests.setdefault(session.terms[0], Interest()).sessions[attended] = session.title
    return Candidate(
        id,
        shard=0,
        version=1,
        interests=interests,
        sessions=list(sessions),
        conference_ids={conference.id},
        discipline=lot.choice(FIELDS),
        matches=[
            Match(listing_id=one.id, title=one.title, organization=one.organization, url=None, score=0.5, reasons=[])
            for one in lot.sample(listings, 10)
        ],
    )
