"""The candidates that an instance holds in memory."""

from collections.abc import Collection, Iterable
from typing import Final

from matching.engine.index import CandidateIndex, Numbering
from matching.engine.snapshot import CatalogueSnapshot
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, ScoredListings
from matching.recommendations.repository import CandidatesRepository
from shared.database.mongo import Tx

INDEX_BATCH: Final = 500
"""How many candidates are indexed together when a shard is read: five times faster than one at a time."""

CandidateWithList = tuple[Candidate, ScoredListings]


class HeldShards:
    """Holds in memory the candidates of the shards that this instance works on.

    A held shard is complete if it has the shard's revision in the database. A transaction's changes are applied here only when
    that revision shows that they were committed: in the next transaction, or when the shard is counted. If the revision differs,
    the shard is read again.
    """

    def __init__(self, candidates: CandidatesRepository, numbering: Numbering) -> None:
        self._repository = candidates
        self.index = CandidateIndex(numbering)
        self._revisions: dict[int, str] = {}
        self._pending: dict[int, tuple[str, dict[str, Candidate | None], CatalogueSnapshot]] = {}

    async def bring_up_to_date(self, shards: Collection[int], catalogue: CatalogueSnapshot, tx: Tx) -> None:
        """Bring these shards to their state as of this transaction."""
        for shard, revision in (await self._repository.revisions(shards, tx)).items():
            self.apply_committed(shard, revision)
            self._pending.pop(shard, None)  # from a transaction that was not committed
            if self._revisions.get(shard) != revision:
                self.let_go(shard)
                batch: list[CandidateWithList] = []
                async for candidate in self._repository.of_shard(shard, tx):
                    batch.append(candidate)
                    if len(batch) == INDEX_BATCH:
                        self._put(batch, catalogue)
                        batch = []
                self._put(batch, catalogue)
                self._revisions[shard] = revision

    def apply_committed(self, shard: int, revision: str) -> None:
        """Apply the pending changes of the shard if they were committed: if they led to this revision."""
        changed_to, changes, catalogue = self._pending.get(shard, (None, {}, None))
        if changed_to != revision or catalogue is None:
            return
        for id, candidate in changes.items():
            if candidate is None:
                self.index.remove(id)
        kept = [candidate for candidate in changes.values() if candidate is not None]
        lists = [[(match.listing_id, match.score) for match in candidate.matches] for candidate in kept]
        self._put(zip(kept, lists, strict=True), catalogue)
        self._revisions[shard] = revision
        del self._pending[shard]

    def _put(self, candidates: Iterable[CandidateWithList], catalogue: CatalogueSnapshot) -> None:
        self.index.put_many((one, catalogue.interests(one), catalogue.words(one), best) for one, best in candidates)

    def will_change(self, shard: int, revision: str, changes: dict[str, Candidate | None], catalogue: CatalogueSnapshot) -> None:
        """Remember the changes of a transaction until it is known to be committed. None: the candidate was erased."""
        self._pending[shard] = revision, changes, catalogue

    def candidate_counts(self, shard: int) -> CandidateCounts:
        """The counts of a held shard."""
        return self.index.candidate_counts({shard})

    def let_go(self, shard: int) -> None:
        """Drop this shard, because another instance works on it."""
        self._revisions.pop(shard, None)
        self._pending.pop(shard, None)
        self.index.drop_shard(shard)

    def held(self) -> dict[int, str]:
        """The held shards with their revisions here."""
        return dict(self._revisions)

    def is_current(self, shard: int, revision: str) -> bool:
        """Whether the shard has this revision here, or will have once its pending changes are applied."""
        changed_to = self._pending[shard][0] if shard in self._pending else None
        return revision in (self._revisions.get(shard), changed_to)
