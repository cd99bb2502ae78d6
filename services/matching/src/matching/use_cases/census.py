"""Counting the candidates of the shards that this instance works on: what they hold, and which openings they are shown."""

from functools import partial

from matching.repository.candidates import Candidates
from matching.repository.catalogue import Catalogue
from matching.use_cases.recommendations import Shards
from shared.mongo import Database, Tx


class Counting:
    """Keeps the census of each shard. It takes effect on whatever is matched from then on."""

    def __init__(self, candidates: Candidates, catalogue: Catalogue, shards: Shards, database: Database) -> None:
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
        others = await self._database.transact(partial(self._keep, held))
        for shard in others:
            if self._others.get(shard) == held[shard]:  # and nothing has happened to it here since the last time
                self._shards.let_go(shard)
        self._others = {shard: held[shard] for shard in others}
        self._counted = {shard: revision for shard, revision in held.items() if shard not in others}

    async def _keep(self, held: dict[int, str], tx: Tx) -> list[int]:
        """Keep the census of shards that have changed. Gives those that another instance has changed since."""
        now = await self._candidates.revisions(held, tx)
        others = [shard for shard in held if not self._shards.is_current(shard, now[shard])]
        for shard, revision in held.items():
            if shard not in others and self._counted.get(shard) != revision:
                await self._catalogue.save_census(shard, self._shards.census(shard), tx)
        return others
