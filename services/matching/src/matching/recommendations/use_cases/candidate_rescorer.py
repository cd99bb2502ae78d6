"""Requests that an attendee's recommendations be recomputed when their commitments change."""

from collections.abc import Mapping

from matching.model.commands import RescoreCandidate
from matching.recommendations.repository import CandidatesRepository
from shared.contract.topics import RESCORING
from shared.database.mongo import Tx


class CandidateRescorer:
    """Commands the shards of candidates, in the transaction given."""

    def __init__(self, candidates: CandidatesRepository) -> None:
        self._candidates = candidates

    async def rescore(self, attendee_id: str, because: str, version: int, tx: Tx) -> None:
        """Request that this attendee's list be recomputed. ``because`` and ``version``: the id and version of what changed."""
        await self.rescore_all({attendee_id: (because, version)}, tx)

    async def rescore_all(self, changes: Mapping[str, tuple[str, int]], tx: Tx) -> None:
        """Request that these attendees' lists be recomputed, each because of a change with its version.

        For merged attendees, it is the list of the one that is kept.
        """
        if not changes:
            return
        kept = {id: ids[0] for id, ids in (await self._candidates.persons(changes.keys(), tx)).items()}
        shards = await self._candidates.shards(set(kept.values()), tx)
        for id, (because, version) in changes.items():
            if (shard := shards.get(kept[id])) is not None:
                command = RescoreCandidate(attendee_id=kept[id])
                tx.publish(RESCORING, kept[id], command, version=version, partition=shard, part=because)
