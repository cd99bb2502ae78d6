"""Counting the candidates of the shards that this instance works on: what they hold, and which openings they are shown."""

from functools import partial

from matching.domain.census import Census
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
        self._counted: dict[int, int] = {}
        """Of each shard, the revision that was last counted."""

    async def count(self) -> None:
        """Count each shard that has changed since it was last counted."""
        for shard, revision in self._shards.held().items():
            if self._counted.get(shard) != revision:
                census = self._shards.census(shard)
                await self._database.transact(partial(self._keep, shard, revision, census))

    async def _keep(self, shard: int, revision: int, census: Census, tx: Tx) -> None:
        now = (await self._candidates.revisions({shard}, tx))[shard]
        if now > revision + 1:  # the last batch is not in yet; if it is more than that, another instance has the shard
            self._shards.let_go(shard)
            return
        await self._catalogue.save_census(shard, census, tx)
        self._counted[shard] = revision
