"""Compiling the kernels of the index: each is run once, on one candidate and one opening."""

from datetime import UTC, datetime

from matching.engine.index.candidates import Candidates
from matching.engine.index.names import Names
from matching.engine.index.openings import Openings, counted
from matching.engine.index.parts import Parts
from matching.engine.market import Market
from matching.engine.score import Weights
from matching.model.candidates import Candidate, Interest
from matching.model.census import Census
from matching.model.openings import Ask, Opening


def precompile() -> None:
    """Compile all that events need, or load it: seconds for the first time, else a part of one."""
    now, names, interests = datetime(2000, 1, 1, tzinfo=UTC), Names(), {"term": Interest(declared=True)}
    opening = Opening("o", 1, True, asks={"term": Ask("skill", "term")}, mentor_ids=["m"], conference_ids=["c"])
    census = Census(1, {"term": 1})
    parts, market = Parts().changed([opening], names), Market([opening], census)
    openings = Openings(parts, market, counted(census, names), Weights(), names)
    candidate = Candidate("c", 0, met={"m": "c"}, conference_ids={"c"})
    candidates = Candidates(names)
    candidates.put(candidate, interests, openings.best(candidate, interests, now))
    candidates.entering("o", openings, [0], now)
