"""No loop leaves its arrays. Compiled, that would go unnoticed; as plain Python, numpy looks at every index."""

import os
import subprocess
import sys

PROGRAM = """
from datetime import UTC, datetime
from matching.model.candidates import Candidate, Interest
from matching.model.census import Census
from matching.model.openings import Ask, Opening
from matching.engine.index import Candidates, Names, Openings, Parts, best_for_all, counted
from matching.engine.market import Market
from matching.engine.score import Weights

now, names = datetime(2026, 1, 1, tzinfo=UTC), Names()
asks = {key: Ask("skill", key) for key in ("a", "b", "c")}
all_asking_for_all = [Opening(str(number), 1, True, asks=asks, mentor_ids=["m", "n"]) for number in range(4)]
parts, market = Parts().changed(all_asking_for_all, names), Market(all_asking_for_all, Census(1, {"a": 1}))
openings = Openings(parts, market, counted(market.census, names), Weights(), names)
candidate = Candidate("c", 0, met={"m": "x", "n": "x"})
interests = {key: Interest(declared=True) for key in asks}
best = openings.best(candidate, interests, now)
candidates = Candidates(names)
candidates.put(candidate, interests, best)
assert candidates.entering("0", openings, [0], now) == ["c"]
best_for_all(candidates, openings, now)
print(*(id for id, _ in best))
"""


def test_a_candidate_who_has_all_that_all_openings_ask_for() -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("0 1 2 3\n", 0), done.stderr
