"""Counting the candidates of the shards that this instance works on: what they hold, and which listings they are shown."""

from functools import partial

from matching.catalogue.repository import CatalogueRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.recommendations import HeldShards
from shared.database.mongo import Database, Tx


class CandidateCounter:
    """Counts the candidates of each shard. A count takes effect on whatever is matched from then on."""

    def __init__(
        self, candidates: CandidatesRepository, catalogue: CatalogueRepository, shards: HeldShards, database: Database
    ) -> None:
        self._candidates = candidates
        self._catalogue = catalogue
        self._shards = shards
        self._database = database
        self._counted: dict[int, str] = {}
        """Of each shard, the revision that was last counted."""
        self._others: dict[int, str] = {}
        """Of each shard that another instance has changed since, the revision that is held here."""

    async def count(self) -> None:
        """Count each shard that has changed since it was last counted, and let go of those that other instances work on."""
        held = self._shards.held()
        others, self._counted = await self._database.transact(partial(self._keep, held))
        for shard in others:
            # And nothing has happened to it here since the last time, nor while it was counted.
            if self._others.get(shard) == held[shard] == self._shards.held().get(shard):
                self._shards.let_go(shard)
        self._others = {shard: held[shard] for shard in others}

    async def _keep(self, held: dict[int, str], tx: Tx) -> tuple[list[int], dict[int, str]]:
        """Count the shards that have changed. Gives those that another instance has changed since, and of the
        others the revisions that are counted now."""
        now = await self._candidates.revisions(held, tx)
        others = [shard for shard in held if not self._shards.is_current(shard, now[shard])]
        counted = {shard: now[shard] for shard in held if shard not in others}
        for shard, revision in counted.items():
            if self._counted.get(shard) != revision:
                self._shards.apply_committed(shard, revision)  # a quiet shard has nobody else to see its last change
                await self._catalogue.save_candidate_counts(shard, self._shards.candidate_counts(shard), tx)
        return others, counted
