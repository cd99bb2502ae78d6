"""Explains why an attendee and a listing match, or do not."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from pydantic import BaseModel, Field

from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.score import least_beside
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.matching import Match
from shared.database.mongo import Tx
from shared.refusals import NotFound

FindNominations = Callable[[Collection[str], Tx], Awaitable[Mapping[str, Collection[str]]]]
"""Finds the leadership programmes for which each of these attendees agreed to be nominated; omits attendees with none."""


class Explanation(BaseModel):
    """How an attendee and a listing match at the moment."""

    match: Match | None = Field(description="null if they have nothing in common")
    obstacle: str | None = Field(
        description="why the listing is not recommended: `host not approved`, `for the nominated only`, `not open yet`, `no "
        "seats left`, `deadline passed`, `only for the author of its idea so far`; `dates`, `hours`, `place`, `work permission`; "
        "`nothing in common`, `too weak` (a score below 0.08, or below 0.3 times the best one). Null if nothing rules it out: "
        "then it is recommended, or ten others match better"
    )
    rank: int | None = Field(description="its rank in the attendee's latest list, from 1; null if it is not in the list")


class Explanations:
    """Explains pairs of an attendee and a listing, in the transaction given."""

    def __init__(self, candidates: CandidatesRepository, live_catalogue: LiveCatalogue, nominations: FindNominations) -> None:
        self._candidates = candidates
        self._live_catalogue = live_catalogue
        self._nominations = nominations

    async def explain(self, attendee_id: str, listing_id: str, tx: Tx) -> Explanation:
        """Explain how the two match. Raises ``NotFound`` if the attendee is unknown or the listing is not open."""
        catalogue = await self._live_catalogue.current(tx)
        candidate = (await self._candidates.get_many({attendee_id}, tx)).get(attendee_id)
        if candidate is None:
            raise NotFound("attendee", attendee_id)
        if listing_id not in catalogue.listings:
            raise NotFound("listing", listing_id, which="that is open")
        ranks = {match.listing_id: rank for rank, match in enumerate(candidate.matches, 1)}
        persons = await self._candidates.persons([attendee_id], tx)
        agreed = await self._nominations(persons[attendee_id], tx)
        nominated = any(listing_id in programmes for programmes in agreed.values())
        match = catalogue.match(candidate, catalogue.interests(candidate), listing_id, nominated=nominated)
        return Explanation(
            match=match,
            obstacle=catalogue.obstacle(candidate, listing_id, tx.now, nominated=nominated)
            or _too_weak(match, candidate.matches),
            rank=ranks.get(listing_id),
        )

    async def scores(self, listing_id: str, attendee_ids: Sequence[str], tx: Tx) -> dict[str, float]:
        """Each attendee's score for the listing, without attendees who are unknown or ruled out."""
        catalogue = await self._live_catalogue.current(tx)
        if listing_id not in catalogue.listings:
            return {}
        scores = {}
        for id, candidate in (await self._candidates.get_many(attendee_ids, tx)).items():
            if catalogue.obstacle(candidate, listing_id, tx.now) is None:
                match = catalogue.match(candidate, catalogue.interests(candidate), listing_id)
                scores[id] = match.score if match else 0.0
        return scores


def _too_weak(match: Match | None, beside: Sequence[Match]) -> str | None:
    """Why a match is too weak to be recommended; None if it is not. ``beside``: the attendee's list."""
    if match is None:
        return "nothing in common"
    least = least_beside(max((round(one.score * 1e6) for one in beside), default=0))
    return "too weak" if round(match.score * 1e6) < least else None
