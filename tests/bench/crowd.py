"""A generated world for the benchmarks: terms as unevenly spread as people's skills are, listings and candidates by the seed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.engine.snapshot import CatalogueSnapshot
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Attended, Availability, Candidate, Interest
from matching.model.conferences import Conference, Session
from matching.model.listings import Conditions, Kind, Listing, RequestedTerm, mastery_of_level
from matching.model.words import ABSTRACT, Word
from shared.contract.events.fields import Discipline

NOW = datetime(2025, 3, 1, tzinfo=UTC)
TERMS = 14_000
LISTINGS = 5_000
SHARDS = 16
VOCABULARY = 30_000
WORDS_OF_LISTING, WORDS_OF_SESSION = 60, 25
"""How many different words that count a listing's text and an abstract have, of so many."""
SESSIONS = 500
KINDS: tuple[Kind, ...] = ("skill", "skill", "topic", "skill", "research")
COUNTRIES = ("DE", "FR", "BR", "IN", "US", "NG")
DISCIPLINES: tuple[Discipline, ...] = ("ict", "engineering", "biology", "mathematics", "arts")
INTERESTS = [
    *(Interest(True, level) for level in (None, 1, 2, 3, 4, 5)),
    *(Interest(sessions={Attended("c0", f"s{number}"): "A session" for number in range(count)}) for count in (1, 2)),
]
PLACES = [Availability()] * 6 + [
    Availability(date(2025, month, 1), date(2025, 12, 31), 40, frozenset({first, second}), True, frozenset({first, second}))
    for month, first, second in zip((4, 5, 6, 7, 4, 5), COUNTRIES, COUNTRIES[1:] + COUNTRIES[:1], strict=True)
]


@cache
def popularity() -> NDArray[np.float64]:
    """How often each term is chosen, summed up: Zipf's law, flattened for the most frequent ones (Mandelbrot)."""
    frequency = 1 / (np.arange(TERMS) + 3.7)
    total: NDArray[np.float64] = np.cumsum(frequency / frequency.sum())
    return total


def terms(random: np.random.Generator, rows: int, each: int = 10) -> list[list[str]]:
    """For each row, so many different terms."""
    drawn = np.searchsorted(popularity(), random.random((rows, 3 * each))).tolist()
    return [[f"term {term}" for term in dict.fromkeys(row)][:each] for row in drawn]


def words(random: np.random.Generator, rows: int, each: int) -> list[list[str]]:
    """For each row, so many different words: Zipf's law without its head, which are words that any text has."""
    part = 1 / (np.arange(VOCABULARY) + 50)
    drawn = np.searchsorted(np.cumsum(part / part.sum()), random.random((rows, each))).tolist()
    return [[f"word{word}" for word in dict.fromkeys(row)] for row in drawn]


@cache
def conference() -> Conference:
    """Sessions that candidates heard, by their words alone."""
    heard = words(np.random.default_rng(5), SESSIONS, WORDS_OF_SESSION)
    sessions = [Session(f"s{number}", "A session", [], dict.fromkeys(its, ABSTRACT)) for number, its in enumerate(heard)]
    return Conference("conference-0", 1, "A conference", sessions)


def listings(count: int = LISTINGS, seed: int = 1) -> list[Listing]:
    """Each asks for 10 terms, six of them skills; every other one has conditions."""
    random = np.random.default_rng(seed)
    texts = words(np.random.default_rng(seed), count, WORDS_OF_LISTING)
    return [
        _listing(f"listing-{seed:03}-{number:05}", number, asked, said, random)
        for number, (asked, said) in enumerate(zip(terms(random, count), texts, strict=True))
    ]


def _listing(id: str, number: int, asked: list[str], said: list[str], random: np.random.Generator) -> Listing:
    requested_terms = {}
    for place, key in enumerate(asked):
        suffices = mastery_of_level(int(random.integers(1, 6))) if place % 2 else 1.0
        requested_terms[key] = RequestedTerm(KINDS[place % 5], key, float(random.choice((0.5, 1.0, 2.0))), suffices)
    starts, country = date(2025, int(random.integers(5, 10)), 1), str(random.choice(COUNTRIES))
    return Listing(
        id=id,
        version=1,
        open=True,
        title=f"Internship {number}",
        organization="An organization",
        requested_terms=requested_terms,
        words=dict.fromkeys(said, Word("word", 0.45)),
        mentor_ids=[f"mentor-{random.integers(2_000)}"],
        conference_ids=[f"conference-{random.integers(40)}"],
        disciplines=[DISCIPLINES[random.integers(len(DISCIPLINES))]],
        crossing=bool(random.random() < 0.1),
        conditions=Conditions(starts, None, 20, country, bool(random.random() < 0.5), False) if number % 2 else Conditions(),
        seats=int(random.integers(1, 5)),
    )


def candidates(count: int, seed: int = 2) -> Iterator[Candidate]:
    """Each knows 10 terms at a level or from sessions, heard two sessions of many words, met ten people (one of them a mentor), was at two conferences."""
    random = np.random.default_rng(seed)
    for first in range(0, count, 1000):
        rows = min(1000, count - first)
        columns = (
            terms(random, rows),
            random.integers(len(INTERESTS), size=(rows, 10)).tolist(),
            random.integers(2_000, size=rows).tolist(),
            random.integers(1_000_000, size=(rows, 9)).tolist(),
            random.integers(40, size=(rows, 2)).tolist(),
            random.integers(len(DISCIPLINES), size=rows).tolist(),
            random.integers(len(PLACES), size=rows).tolist(),
        )
        for number, (known, how, mentor, persons, conferences, discipline, place) in enumerate(zip(*columns, strict=True), first):
            yield Candidate(
                id=f"attendee-{seed:03}-{number:07}",
                shard=number % SHARDS,
                version=1,
                sessions=[Attended("conference-0", f"s{(number * step) % SESSIONS}") for step in (1, 7)],
                interests={key: INTERESTS[one] for key, one in zip(known, how, strict=True)},
                met=dict.fromkeys([f"mentor-{mentor}", *(f"person-{person}" for person in persons)], "conference-1"),
                conference_ids={f"conference-{one}" for one in conferences},
                discipline=DISCIPLINES[discipline],
                availability=PLACES[place],
            )


def catalogue(numbering: Numbering) -> CatalogueSnapshot:
    """All listings, and what a crowd of candidates holds and is shown."""
    random, everything = np.random.default_rng(3), listings()
    held = {f"term {term}": int(20_000 * part) for term, part in enumerate(np.diff(popularity(), prepend=0.0) * 10)}
    shown = {one.id: int(count) for one, count in zip(everything, random.integers(80, size=LISTINGS), strict=True)}
    return CatalogueSnapshot(Weights(), numbering).changed(everything, [conference()], {0: CandidateCounts(20_000, held, shown)})
