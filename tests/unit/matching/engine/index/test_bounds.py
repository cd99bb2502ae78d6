"""No loop leaves its arrays. Compiled, that would go unnoticed; as plain Python, numpy looks at every index."""

import os
import subprocess
import sys

PROGRAM = """
from datetime import UTC, datetime
from matching.model.candidates import Candidate, Interest
from matching.model.candidate_counts import CandidateCounts
from matching.model.listings import Listing, RequestedTerm
from matching.engine.index import CandidateIndex, ListingIndex, Numbering, ListingColumns, best_for_all, holders_by_term
from matching.engine.supply_and_demand import Market
from matching.engine.score import Weights

now, numbering = datetime(2026, 1, 1, tzinfo=UTC), Numbering()
asks = {key: RequestedTerm("skill", key) for key in ("a", "b", "c")}
all_asking_for_all = [Listing(str(number), 1, True, requested_terms=asks, mentor_ids=["m", "n"]) for number in range(4)]
parts, market = ListingColumns().changed(all_asking_for_all, numbering), Market(all_asking_for_all, CandidateCounts(1, {"a": 1}))
listings = ListingIndex(parts, market, holders_by_term(market.candidate_counts, numbering), Weights(), numbering)
candidate = Candidate("c", 0, met={"m": "x", "n": "x"})
interests = {key: Interest(declared=True) for key in asks}
best = listings.best(candidate, interests, now)
candidates = CandidateIndex(numbering)
candidates.put(candidate, interests, best)
assert candidates.entering("0", listings, [0], now) == ["c"]
best_for_all(candidates, listings, now)
print(*(id for id, _ in best))
"""


def test_a_candidate_who_has_all_that_all_listings_ask_for() -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("0 1 2 3\n", 0), done.stderr
