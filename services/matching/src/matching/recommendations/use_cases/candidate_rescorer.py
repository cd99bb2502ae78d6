"""Has recommendations made again once what an attendee committed to has changed."""

from matching.model.commands import RescoreCandidate
from matching.recommendations.repository import CandidatesRepository
from shared.contract.topics import RESCORING
from shared.database.mongo import Tx


class CandidateRescorer:
    """Commands the shards of candidates, in the transaction given."""

    def __init__(self, candidates: CandidatesRepository) -> None:
        self._candidates = candidates

    async def rescore(self, attendee_id: str, because: str, version: int, tx: Tx) -> None:
        """Have this attendee's list made again. ``because``: the id of what changed, as of its ``version``."""
        for shard in (await self._candidates.shards([attendee_id], tx)).values():
            command = RescoreCandidate(attendee_id=attendee_id)
            tx.publish(RESCORING, attendee_id, command, version=version, partition=shard, part=because)
