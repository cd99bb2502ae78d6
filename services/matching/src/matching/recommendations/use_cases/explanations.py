"""Why an attendee and a listing match, or do not."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.score import MIN_SCORE
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.matching import Match
from shared.database.mongo import Tx
from shared.refusals import NotFound


class Explanation(BaseModel):
    """How an attendee and a listing match as things are."""

    match: Match | None = Field(description="null where they have nothing in common")
    obstacle: str | None = Field(
        description="why the listing is not recommended: `host not approved`, `no seats left`, `deadline passed`; `dates`, "
        "`hours`, `place`, `work permission`; `nothing in common`, `too weak` (a score below 0.05). "
        "Null where nothing speaks against it: then it is recommended, or others match better"
    )
    rank: int | None = Field(
        description="its place among the attendee's recommendations as they were last made, from 1; null where it is none of them"
    )


class Explanations:
    """Answers for one pair; each in the transaction it is given."""

    def __init__(self, candidates: CandidatesRepository, live_catalogue: LiveCatalogue) -> None:
        self._candidates = candidates
        self._live_catalogue = live_catalogue

    async def explain(self, attendee_id: str, listing_id: str, tx: Tx) -> Explanation:
        """How the two match. Raises ``NotFound`` where one of them is unknown."""
        catalogue = await self._live_catalogue.current(tx)
        candidate = (await self._candidates.get_many({attendee_id}, tx)).get(attendee_id)
        if candidate is None:
            raise NotFound("attendee", attendee_id)
        if listing_id not in catalogue.listings:
            raise NotFound("open listing", listing_id)
        ranks = {match.listing_id: rank for rank, match in enumerate(candidate.matches, 1)}
        match = catalogue.match(candidate, catalogue.interests(candidate), listing_id)
        return Explanation(
            match=match,
            obstacle=catalogue.obstacle(candidate, listing_id, tx.now) or _lacking(match),
            rank=ranks.get(listing_id),
        )

    async def scores(self, listing_id: str, attendee_ids: Sequence[str], tx: Tx) -> dict[str, float]:
        """How well each of these attendees matches the listing, from 0 to 1. Who is unknown or ruled out is left out."""
        catalogue = await self._live_catalogue.current(tx)
        if listing_id not in catalogue.listings:
            return {}
        scores = {}
        for id, candidate in (await self._candidates.get_many(attendee_ids, tx)).items():
            if catalogue.obstacle(candidate, listing_id, tx.now) is None:
                match = catalogue.match(candidate, catalogue.interests(candidate), listing_id)
                scores[id] = match.score if match else 0.0
        return scores


def _lacking(match: Match | None) -> str | None:
    """Why a match that nothing rules out is none to recommend, as a word."""
    if match is None:
        return "nothing in common"
    return "too weak" if round(match.score, 6) < MIN_SCORE else None  # to as many digits as lists are made with
