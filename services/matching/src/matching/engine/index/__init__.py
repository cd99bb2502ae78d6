"""Continuous top-k: the best listings of a candidate, and the candidates whose list a listing enters. Pure.

The score is that of ``engine.score``, all of it, and a list is what ``score.match`` would give for each of the listings that
nothing rules out. How it is found: postings from terms to listings, and from terms to candidates, in arrays (``arrays``),
with loops in machine code (``top_k``) that compute the same formula (``compiled_score``).
"""

from matching.engine.index.bulk import best_for_all
from matching.engine.index.candidate_index import CandidateIndex
from matching.engine.index.listing_columns import ListingColumns
from matching.engine.index.listing_index import ListingIndex, holders_by_term
from matching.engine.index.numbering import Numbering

__all__ = ["CandidateIndex", "ListingColumns", "ListingIndex", "Numbering", "best_for_all", "holders_by_term"]
