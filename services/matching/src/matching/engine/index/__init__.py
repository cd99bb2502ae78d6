"""Continuous top-k: the best openings of a candidate, and the candidates whose list an opening enters. Pure.

The score is that of ``engine.score``, all of it, and a list is what ``score.match`` would give for each of the openings that
nothing rules out. How it is found: postings from terms to openings, and from terms to candidates, in arrays (``arrays``),
with loops in machine code (``kernels``).
"""

from matching.engine.index.bulk import best_for_all
from matching.engine.index.candidates import Candidates
from matching.engine.index.names import Names
from matching.engine.index.openings import Openings, counted
from matching.engine.index.parts import Parts
from matching.engine.index.precompile import precompile

__all__ = ["Candidates", "Names", "Openings", "Parts", "best_for_all", "counted", "precompile"]
