"""Counts the terms and listings of the candidates in the shards that this instance works on."""

from functools import partial

from matching.catalogue.repository import CatalogueRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.held_shards import HeldShards
from shared.database.mongo import Database, Tx


class CandidateCounter:
    """Counts the candidates of each held shard. A count applies to every match from then on."""

    def __init__(
        self, candidates: CandidatesRepository, catalogue: CatalogueRepository, shards: HeldShards, database: Database
    ) -> None:
        self._candidates = candidates
        self._catalogue = catalogue
        self._shards = shards
        self._database = database
        self._counted: dict[int, str] = {}
        """The revision of each shard that was last counted."""
        self._taken_over: dict[int, str] = {}
        """The held revision of each shard that another instance has changed since."""

    async def count(self) -> None:
        """Count each shard that has changed since its last count, and drop shards that another instance works on."""
        held = self._shards.held()
        others, self._counted = await self._database.transact(partial(self._count_changed, held))
        for shard in others:
            # Nothing has changed here since the last count, either.
            if self._taken_over.get(shard) == held[shard] == self._shards.held().get(shard):
                self._shards.let_go(shard)
        self._taken_over = {shard: held[shard] for shard in others}

    async def _count_changed(self, held: dict[int, str], tx: Tx) -> tuple[list[int], dict[int, str]]:
        """Count the shards that have changed.

        Returns:
            The shards that another instance has changed since, and the revisions at which the others were counted.
        """
        now = await self._candidates.revisions(held, tx)
        others = [shard for shard in held if not self._shards.is_current(shard, now[shard])]
        counted = {shard: now[shard] for shard in held if shard not in others}
        for shard, revision in counted.items():
            if self._counted.get(shard) != revision:
                self._shards.apply_committed(shard, revision)  # a quiet shard has no later transaction to do this
                await self._catalogue.save_candidate_counts(shard, self._shards.candidate_counts(shard), tx)
        return others, counted
