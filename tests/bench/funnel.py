"""How long it takes to count the funnel, by how many applications there are.

First as in production, up to a size that a database can be filled to in minutes. Then by the same worker with the same catalogue, but
with candidates, applications and placements that are made as it asks for them, and so up to a million.
"""

import asyncio
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple, get_args

import numpy as np
import psutil

from bench.load import busy_seconds, own_prefix
from local_stack import Stack
from matching.applications.domain.transitions import State
from matching.applications.repository.applications import ApplicationsRepository
from matching.catalogue.repository import CatalogueRepository
from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter
from matching.model.candidates import Attended, Candidate, Interest
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing, RequestedTerm
from matching.placements.domain.placement import Placement, confirmed
from matching.placements.repository import PlacementsRepository
from matching.recommendations.repository import CandidatesRepository, candidate_document
from matching.settings import Settings
from shared import clock
from shared.database.mongo import Database, Document, MongoDatabase, Tx
from support.applications import NOW, in_state

SIZES: Final = tuple(map(int, os.environ.get("BENCH_FUNNEL", "10000,60000").split(",")))
MADE: Final = tuple(map(int, os.environ.get("BENCH_FUNNEL_MADE", "10000,100000,1000000").split(",")))
"""How many applications are made as they are asked for."""
EACH: Final = 5
"""How many applications an attendee has; one of them led to a placement."""
LISTINGS: Final = 2_000
CONFERENCES: Final = 20
SKILLS: Final = [f"skill {number}" for number in range(500)]
TOGETHER: Final = 500
"""So few applications are stored at once that a busy database answers in time."""
STATES: Final[tuple[State, ...]] = get_args(State)


class Count(NamedTuple):
    """Seconds: on the wall, and of the processor, of this process and of both it and the database."""

    wall: float
    own: float
    both: float


def funnel(stack: Stack) -> Iterator[dict[str, Any]]:
    """Everybody is counted once at each size. Between two counts, only applications and their attendees are added."""
    os.environ |= stack.environment() | {"TOPIC_PREFIX": own_prefix()}
    server = stack.parts["mongodb"].server
    counts, made, peak = asyncio.run(_measure(psutil.Process(server.pid) if server else None))
    exponents = np.polyfit(np.log(SIZES), np.log([count[1:] for count in counts]), 1)[0]
    yield {
        "name": "funnel",
        "value": round(counts[-1].wall, 1),
        "unit": "s",
        "processor_s": round(counts[-1].own, 1),
        "processor_s_with_database": round(counts[-1].both, 1),
        "memory_mb": round(peak),
        "at": f"{SIZES[-1]:,} applications of {SIZES[-1] // EACH:,} attendees, {LISTINGS:,} listings, {CONFERENCES} conferences",
    }
    yield {
        "name": "funnel_growth",
        "value": round(float(exponents[0]), 2),
        "with_database": round(float(exponents[1]), 2),
        "unit": "exponent",
        "to": "applications, of the processor time of a count",
        "at": f"{SIZES[0]:,} to {SIZES[-1]:,} applications",
        "at_most": 1.1,
        "processor_s": [round(count.own, 2) for count in counts],
    }
    yield {
        "name": "funnel_made",
        "value": round(made[-1], 1),
        "unit": "s of the processor",
        "memory_mb": round(peak),
        "at": f"{MADE[-1]:,} applications of {MADE[-1] // EACH:,} attendees, made as they are counted (not included)",
        "growth": round(float(np.polyfit(np.log(MADE), np.log(made), 1)[0]), 2),
        "at_most": 1.1,
        "processor_s": [round(one, 2) for one in made],
    }


async def _measure(server: psutil.Process | None) -> tuple[list[Count], list[float], float]:
    """The cost of a count at each size; without a database, its processor time; and how much memory the counts took, in MB."""
    database = Database("matching", Settings())
    counts, made, filled, peak = [], [], 0, 0.0
    try:
        await database.wait_until_fit(30)
        templates = await _templates(database)
        for size in SIZES:
            await _fill(database, templates, filled, size)
            filled = size
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            served = busy_seconds(server) if server else 0.0
            began, worked = time.monotonic(), time.process_time()
            await InsightCounter(Insights(database.db), timedelta(0), partial(_hours_later, size)).count()
            wall, own = time.monotonic() - began, time.process_time() - worked
            counts.append(Count(wall, own, own + (busy_seconds(server) - served if server else 0.0)))
            print(f"funnel: {size:,} applications: {counts[-1]}", file=sys.stderr, flush=True)
            peak = max(peak, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
            insight = await Insights(database.db).get(None)
            if insight is None or insight.funnel[0].steps.applied != size // EACH:
                raise RuntimeError("not everybody was counted")
        for size in MADE:
            before, worked = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
            insights = MadeInsights(database.db, templates, size)
            await InsightCounter(insights, timedelta(0), partial(_hours_later, 2 * SIZES[-1] + size)).count()
            made.append(time.process_time() - worked - insights.making)
            print(f"funnel: {size:,} applications, made meanwhile: {made[-1]:.1f} s", file=sys.stderr, flush=True)
            peak = max(peak, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
            insight = await insights.get(None)
            if insight is None or insight.funnel[0].steps.applied != size // EACH:
                raise RuntimeError("not everybody was counted")
    finally:
        database.close()
    return counts, made, peak


def _hours_later(size: int) -> Any:
    """A time at which the rest after the last count is over."""
    return clock.now() + timedelta(hours=size)


async def _templates(database: Database) -> tuple[list[Document], Document]:
    """Store the catalogue. Returns an application in each state, and a placement, as they are stored."""
    applications, placements = ApplicationsRepository(database.db), PlacementsRepository(database.db)
    await database.db["applications"].create_index("attendee_id")
    await database.db["placements"].create_index("attendee_id")
    conferences = [
        Conference(
            f"c{n}", 1, f"Conference {n}", [Session(f"s{m}", f"About {m}", [SKILLS[(7 * m + n) % 500]]) for m in range(100)]
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
            requested_terms={
                SKILLS[(3 * number + n) % 500]: RequestedTerm("skill", SKILLS[(3 * number + n) % 500]) for n in range(8)
            },
            disciplines=["ict"],
        )
        for number in range(LISTINGS)
    ]

    async def work(tx: Tx) -> None:
        await CatalogueRepository(database.db).save(listings, conferences, set(), tx)

    await database.transact(work)
    stored = []
    for state in STATES:
        await database.transact(partial(applications.add, in_state(state)))
        stored.append(await database.db["applications"].find_one_and_delete({}))
    placement = confirmed(Placement("p", "a", "l"), NOW, "attendee")
    await database.transact(partial(placements.add, [placement]))
    return stored, await database.db["placements"].find_one_and_delete({})


async def _fill(database: Database, templates: tuple[list[Document], Document], start: int, end: int) -> None:
    people = (_candidate(number) for number in range(start // EACH, end // EACH))
    await asyncio.gather(*(_save(database, templates, people) for _ in range(4)))


async def _save(database: Database, templates: tuple[list[Document], Document], people: Iterator[Candidate]) -> None:
    """Save these people with their applications; several take from the same ones."""
    while some := list(islice(people, TOGETHER // EACH)):
        made = [document for person in some for document in _applications(person.id, templates[0])]
        placed = [_placement(person.id, templates[1]) for person in some]
        await database.db["candidates"].insert_many([candidate_document(person) for person in some], ordered=False)
        await database.db["applications"].insert_many(made, ordered=False)
        await database.db["placements"].insert_many(placed, ordered=False)


def _applications(attendee_id: str, templates: list[Document]) -> list[Document]:
    """The documents of an attendee's applications."""
    first = int(attendee_id[1:]) * EACH
    return [
        deepcopy(templates[number % len(STATES)])
        | {"_id": f"{number:032}", "attendee_id": attendee_id, "listing_id": _listing_id(number)}
        for number in range(first, first + EACH)
    ]


def _placement(attendee_id: str, template: Document) -> Document:
    number = int(attendee_id[1:]) * EACH
    return deepcopy(template) | {"_id": f"{number:032}", "attendee_id": attendee_id, "listing_id": _listing_id(number)}


def _listing_id(number: int) -> str:
    return f"l{number * 7 % LISTINGS}"


class Made:
    """Stands for a collection: makes the documents that a query would find when it is asked for them."""

    def __init__(self, insights: "MadeInsights", make: Callable[[Document], Iterator[Document]]) -> None:
        self._insights, self._make = insights, make

    def find(self, which: Document, *_: Any, **__: Any) -> "Cursor":
        return Cursor(self._insights, self._make(which))


class Cursor:
    """What a query finds."""

    def __init__(self, insights: "MadeInsights", documents: Iterator[Document]) -> None:
        self._insights, self._documents = insights, documents

    async def to_list(self, most: int) -> list[Document]:
        began = time.process_time()
        documents = list(islice(self._documents, most))
        self._insights.making += time.process_time() - began
        return documents

    async def __aiter__(self) -> AsyncIterator[Document]:
        while documents := await self.to_list(1000):
            for document in documents:
                yield document


class MadeInsights(Insights):
    """The figures, counted from as many applications as are to be made."""

    def __init__(self, db: MongoDatabase, templates: tuple[list[Document], Document], size: int) -> None:
        super().__init__(db)
        self.making = 0.0
        """Seconds of the processor."""
        people = size // EACH

        def of(make: Callable[[str], list[Document]]) -> Any:
            return Made(self, lambda which: (document for id in which["attendee_id"]["$in"] for document in make(id)))

        candidates: Any = Made(self, lambda _: (candidate_document(_candidate(number)) for number in range(people)))
        self._candidates = CandidatesRepository({"candidates": candidates, "revisions": candidates})  # type: ignore[arg-type]
        self._application_documents = of(lambda attendee_id: _applications(attendee_id, templates[0]))
        self._placement_documents = of(lambda attendee_id: [_placement(attendee_id, templates[1])])
        self._people = people

    async def taken(self) -> Counter[str]:
        return Counter(_listing_id(number * EACH) for number in range(self._people))


def _candidate(number: int) -> Candidate:
    """Six skills, four sessions."""
    conference = f"c{number % CONFERENCES}"
    sessions = [Attended(conference, f"s{(number + 11 * n) % 100}") for n in range(4)]
    interests = {SKILLS[(number + 31 * n) % 500]: Interest(declared=True) for n in range(6)}
    return Candidate(
        f"a{number}",
        shard=0,
        version=1,
        interests=interests,
        sessions=sessions,
        conference_ids={conference},
        discipline="ict" if number % 2 else "biology",
    )
