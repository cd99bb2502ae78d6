"""Finds what helps an attendee who has no strong match."""

from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.first_steps import FirstSteps, first_steps
from matching.model.candidates import Candidate
from matching.model.commitments import FREE, commitment_of
from matching.recommendations.use_cases.held_shards import HeldShards
from matching.recommendations.use_cases.recommendations import FindCommitments
from shared.commitments import clashing
from shared.database.mongo import Tx


class FirstStepsFinder:
    """Compares attendees with those whom this instance holds, and with the open listings, in the transaction given."""

    def __init__(self, live_catalogue: LiveCatalogue, shards: HeldShards, commitments: FindCommitments) -> None:
        self._live_catalogue = live_catalogue
        self._shards = shards
        self._commitments = commitments

    async def find(self, candidate: Candidate, tx: Tx) -> FirstSteps:
        """Skills to add, and listings to start with. These are not in the candidate's list."""
        catalogue = await self._live_catalogue.current(tx)
        its = (await self._commitments([candidate.id], tx)).get(candidate.id, FREE)
        left_out = {*its.listing_ids, *(match.listing_id for match in candidate.matches)}
        hours = candidate.availability.hours_per_week
        possible = [
            listing
            for id, listing in catalogue.listings.items()
            if id not in left_out
            and catalogue.obstacle(candidate, id, tx.now) is None
            and not clashing(commitment_of(listing.conditions), its.placements, hours)
        ]
        interests = catalogue.interests(candidate)
        similar = self._shards.index.terms_of_similar(interests, candidate.discipline)
        return first_steps(candidate, interests, possible, similar)
