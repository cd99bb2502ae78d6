"""Compiles all kernels of the engine ahead of their first use, by running each once.

The service does this at startup, and image builds do it by running ``python -m matching.engine.warm_up``.
"""

from datetime import UTC, datetime

from matching.engine.index import CandidateIndex, ListingColumns, ListingIndex, Numbering, holders_by_term
from matching.engine.match_day import Applicant, Host, match
from matching.engine.score import Weights
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Listing, RequestedTerm


def warm_up() -> None:
    """Compile all kernels, or load them from the cache of ``machine_code``. This takes seconds, or less than one if cached."""
    _recommend()
    match([Applicant("a", ("h",))], [Host("h", 1, ("a",))])


def _recommend() -> None:
    """Recommend one listing to one candidate, and look for the candidates whose list it enters."""
    now, numbering, interests = datetime(2000, 1, 1, tzinfo=UTC), Numbering(), {"term": Interest(declared=True)}
    listing = Listing(
        "o", 1, True, requested_terms={"term": RequestedTerm("skill", "term")}, mentor_ids=["m"], conference_ids=["c"]
    )
    candidate_counts = CandidateCounts(1, {"term": 1})
    columns, market = ListingColumns().changed([listing], numbering), Market([listing], candidate_counts)
    listings = ListingIndex(columns, market, holders_by_term(candidate_counts, numbering), Weights(), numbering)
    candidate = Candidate("c", 0, met={"m": "c"}, conference_ids={"c"})
    candidates = CandidateIndex(numbering)
    candidates.put(candidate, interests, listings.best(candidate, interests, now))
    candidates.entering("o", listings, [0], now)


if __name__ == "__main__":
    warm_up()
