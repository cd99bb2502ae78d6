"""Continuous top-k: the best listings of a candidate, and the candidates whose list a listing enters. Pure.

It uses the complete score of ``engine.score``: a list is what ``score.match`` would give for all listings that are not ruled
out. Postings from terms to listings, and from terms to candidates, are stored in arrays (``arrays``); compiled loops (``top_k``)
compute the same formula over them (``compiled_score``).
"""

from matching.engine.index.bulk import best_for_all
from matching.engine.index.candidate_index import CandidateIndex
from matching.engine.index.listing_columns import ListingColumns
from matching.engine.index.listing_index import ListingIndex, holders_by_term
from matching.engine.index.numbering import Numbering

__all__ = ["CandidateIndex", "ListingColumns", "ListingIndex", "Numbering", "best_for_all", "holders_by_term"]
