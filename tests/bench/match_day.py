"""Match day: seconds for rounds of real size, and beside PyPI's `matching`. Times are of the processor: one core, whatever else runs."""

import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, TypeVar

from bench.match_day_load import as_read, market
from matching.engine.match_day import ChoiceResults, RoundArrays, blocking_pairs, match, match_arrays
from support.hospital_resident import solved

RUNS = 5
NRMP = (47_208, 6_626, 43_237, 12)
"""The 2025 Main Residency Match: active applicants, programmes, positions; and how many an applicant ranks."""
LARGE = (100_000, 5_000, 90_000, 20)
COMPLETE = (5_000, 500, 5_000, 500)
PEER_AT = (2_000, 200, 2_000, 200)

Answer = TypeVar("Answer")


def match_day() -> Iterator[dict[str, Any]]:
    """Rounds of the size of the National Resident Matching Program's, and larger, from arrays and from objects as a database gives."""
    compiling = _seconds(lambda: match_arrays(market(10, 5, 8, 3)))[0]
    print(f"match day: {compiling:.2f} s to compile, or to load what was compiled before", file=sys.stderr)
    arrays = market(*NRMP)
    seconds = median(_seconds(lambda: match_arrays(arrays))[0] for _ in range(RUNS))
    yield {"name": "match_day_nrmp_arrays", "value": round(seconds, 4), "unit": "s", "at": _size(NRMP), "at_most": 0.1}
    yield _from_objects("match_day_nrmp", NRMP, arrays, at_most=1.0)
    yield _from_objects("match_day_large", LARGE, market(*LARGE), at_most=2.0)


def match_day_vs_matching() -> Iterator[dict[str, Any]]:
    """How many times as long PyPI's `matching` takes for complete lists, from rankings of ids to the matching of ids.

    Its smaller size comes first, as a check that all is well: the larger takes it some minutes.
    """
    match_arrays(market(10, 5, 8, 3))  # compiles
    for name, size in (("match_day_vs_matching_small", PEER_AT), ("match_day_vs_matching", COMPLETE)):
        arrays = market(*size)
        own_arrays = median(_seconds(lambda: match_arrays(arrays))[0] for _ in range(RUNS))  # noqa: B023 - called at once
        own = []
        for _ in range(RUNS):
            applicants, hosts = as_read(arrays)
            seconds, result = _seconds(lambda: match(applicants, hosts))  # noqa: B023
            own.append(seconds)
        print(f"{name}: the peer works on {_size(size)} ...", file=sys.stderr)
        (peer,) = solved(
            [
                {
                    "residents": {one.id: one.ranking for one in applicants},
                    "hospitals": {host.id: host.ranking for host in hosts},
                    "capacities": {host.id: host.seats for host in hosts},
                }
            ],
            nice=10,
        )
        theirs = {resident: hospital for hospital, residents in peer["matching"].items() for resident in residents}
        if theirs != {id: seat for id, seat in result.seats.items() if seat}:
            raise AssertionError("the two matchings differ")
        yield {
            "name": name,
            "value": round((peer["create_seconds"] + peer["solve_seconds"]) / median(own)),
            "unit": "ratio",
            "to": "the time of `matching` 1.4.3, to that of `match`, both from rankings of ids; the matchings are the same",
            "at": _size(size),
            "seconds": round(median(own), 4),
            "seconds_arrays": round(own_arrays, 4),
            "peer_seconds": round(peer["create_seconds"] + peer["solve_seconds"], 2),
            "peer_seconds_solve": round(peer["solve_seconds"], 2),
            "ratio_solve_to_arrays": round(peer["solve_seconds"] / own_arrays),
        }


def _from_objects(name: str, size: tuple[int, int, int, int], arrays: RoundArrays, at_most: float) -> dict[str, Any]:
    matching, checking, explaining = [], [], []
    for _ in range(3):
        applicants, hosts = as_read(arrays)  # anew: strings keep their hash once it is computed
        seconds, result = _seconds(lambda: match(applicants, hosts))  # noqa: B023 - called at once
        matching.append(seconds)
        seconds, pairs = _seconds(lambda: blocking_pairs(applicants, hosts, result))  # noqa: B023
        checking.append(seconds)
        if pairs:
            raise AssertionError(f"{len(pairs)} blocking pairs")
        outcomes = ChoiceResults(applicants, hosts, result)
        seconds, _ = _seconds(lambda: [outcomes.of(one.id) for one in applicants])  # noqa: B023
        explaining.append(seconds)
    return {
        "name": name,
        "value": round(median(matching), 3),
        "unit": "s",
        "at": f"{_size(size)}, from Python objects",
        "at_most": at_most,
        "check_seconds": round(median(checking), 3),
        "why_seconds": round(median(explaining), 3),
        "matched": round(sum(seat is not None for seat in result.seats.values()) / size[0], 3),
    }


def _seconds(work: Callable[[], Answer]) -> tuple[float, Answer]:
    started = time.process_time()
    answer = work()
    return time.process_time() - started, answer


def _size(size: tuple[int, int, int, int]) -> str:
    return "{:,} applicants, {:,} listings, {:,} seats, lists of {}".format(*size)
