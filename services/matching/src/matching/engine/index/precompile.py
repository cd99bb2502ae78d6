"""Compiling the kernels of the index: each is run once, on one candidate and one listing."""

from datetime import UTC, datetime

from matching.engine.index.candidate_index import CandidateIndex
from matching.engine.index.listing_columns import ListingColumns
from matching.engine.index.listing_index import ListingIndex, holders_by_term
from matching.engine.index.numbering import Numbering
from matching.engine.score import Weights
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Listing, RequestedTerm


def precompile() -> None:
    """Compile all that events need, or load it: seconds for the first time, else a part of one."""
    now, numbering, interests = datetime(2000, 1, 1, tzinfo=UTC), Numbering(), {"term": Interest(declared=True)}
    listing = Listing(
        "o", 1, True, requested_terms={"term": RequestedTerm("skill", "term")}, mentor_ids=["m"], conference_ids=["c"]
    )
    candidate_counts = CandidateCounts(1, {"term": 1})
    parts, market = ListingColumns().changed([listing], numbering), Market([listing], candidate_counts)
    listings = ListingIndex(parts, market, holders_by_term(candidate_counts, numbering), Weights(), numbering)
    candidate = Candidate("c", 0, met={"m": "c"}, conference_ids={"c"})
    candidates = CandidateIndex(numbering)
    candidates.put(candidate, interests, listings.best(candidate, interests, now))
    candidates.entering("o", listings, [0], now)
