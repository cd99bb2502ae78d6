"""A generated world for the benchmarks: terms as unevenly spread as people's skills are, openings and candidates by the seed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matching.domain.candidates import Attended, Availability, Candidate, Interest
from matching.domain.openings import Ask, Conditions, Opening, mastery_of_level
from shared.events.fields import Discipline

NOW = datetime(2025, 3, 1, tzinfo=UTC)
TERMS = 14_000
OPENINGS = 5_000
COUNTRIES = ("DE", "FR", "BR", "IN", "US", "NG")
DISCIPLINES: tuple[Discipline, ...] = ("ict", "engineering", "biology", "mathematics", "arts")
LEVELS = [Interest(True, level) for level in (None, 1, 2, 3, 4, 5)]
HEARD = [Interest(sessions={Attended("c0", f"s{number}"): "A session" for number in range(count)}) for count in (1, 2)]


@cache
def popularity() -> NDArray[np.float64]:
    """How often each term is chosen, summed up: Zipf's law, flattened for the most frequent ones (Mandelbrot)."""
    frequency = 1 / (np.arange(TERMS) + 20.0)
    total: NDArray[np.float64] = np.cumsum(frequency / frequency.sum())
    return total


def terms(random: np.random.Generator, count: int) -> list[str]:
    """So many different terms."""
    chosen = np.unique(np.searchsorted(popularity(), random.random(2 * count)))
    return [f"term {number}" for number in random.permutation(chosen)[:count].tolist()]


def opening(number: int, seed: int = 1) -> Opening:
    """10 terms, half of them skills; conditions of its own for one in two."""
    random = np.random.default_rng((seed, number))
    asks = {}
    for place, key in enumerate(terms(random, 10)):
        kind = ("skill", "skill", "topic", "skill", "research")[place % 5]
        suffices = mastery_of_level(int(random.integers(1, 6))) if place % 2 else 1.0
        asks[key] = Ask(kind, key, float(random.choice((0.5, 1.0, 2.0))), suffices)  # type: ignore[arg-type]
    starts, country = date(2025, int(random.integers(5, 10)), 1), str(random.choice(COUNTRIES))
    return Opening(
        id=f"listing-{number:06}",
        version=1,
        open=True,
        title=f"Internship {number}",
        organization="An organization",
        asks=asks,
        mentor_ids=[f"mentor-{random.integers(2_000)}"],
        conference_ids=[f"conference-{random.integers(40)}"],
        disciplines=[DISCIPLINES[random.integers(len(DISCIPLINES))]],
        crossing=bool(random.random() < 0.1),
        conditions=Conditions(starts, None, 20, country, bool(random.random() < 0.5), False) if number % 2 else Conditions(),
        seats=int(random.integers(1, 5)),
    )


def candidate(number: int, shard: int = 0, interests: int = 10, seed: int = 2) -> Candidate:
    """So many terms with levels or sessions, ten people met (some of them mentors), two conferences."""
    random = np.random.default_rng((seed, number))
    known: dict[str, Interest] = {
        key: LEVELS[random.integers(6)] if place % 3 else HEARD[place % 2] for place, key in enumerate(terms(random, interests))
    }
    met = [f"mentor-{random.integers(2_000)}", *(f"person-{person}" for person in random.integers(1_000_000, size=9))]
    said = Availability()
    if number % 2:
        countries = frozenset(str(one) for one in random.choice(COUNTRIES, 2))
        said = Availability(date(2025, int(random.integers(4, 8)), 1), date(2025, 12, 31), 40, countries, True, countries)
    return Candidate(
        id=f"attendee-{number:08}",
        shard=shard,
        interests=known,
        met=dict.fromkeys(met, "conference-1"),
        conference_ids={f"conference-{one}" for one in random.integers(40, size=2)},
        discipline=DISCIPLINES[random.integers(len(DISCIPLINES))],
        availability=said,
    )


def crowd(
    count: int, shards: int = 1, interests: int = 10
) -> Iterator[tuple[Candidate, Mapping[str, Interest], list[tuple[str, float]]]]:
    """So many candidates, each with an empty list."""
    for number in range(count):
        one = candidate(number, number % shards, interests)
        yield one, one.interests, []
