"""Events that become dead letters because they could not be read, or because we failed to record them."""

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import structlog
from pydantic import SecretStr

from registration.attendance.domain.rejections import Rejection
from registration.attendance.use_cases.outcomes import FAILED, Outcomes
from registration.attendees.domain.attendance import fact_id
from registration.attendees.domain.mentions import persons_in_record
from shared.contract.envelope import Record
from shared.database.mongo import Database, Tx
from shared.messaging.batch_applier import UnappliedRecord
from shared.messaging.dead_letters import event_of
from shared.persons import person_id
from shared.transient_errors import described, passes

log = structlog.get_logger(__name__)

MAX_BYTES: Final = 64 * 1024
"""The largest unreadable record, in bytes, that is searched for persons. A larger one's outcome is only in its dead letter."""


class UnappliedEvents:
    """Stores the outcome of such events, for their publishers to see."""

    def __init__(self, outcomes: Outcomes, database: Database, person_key: SecretStr) -> None:
        self._outcomes = outcomes
        self._database = database
        self._person_key = person_key

    async def note(self, letters: Sequence[UnappliedRecord]) -> None:
        """Store why these events are not recorded.

        Raises:
            Exception: an error that passes, such as an unavailable database. Any other failure is only logged, so that the events
                become dead letters all the same.
        """
        mentions = await asyncio.to_thread(
            lambda: {id(letter): self._persons(letter) for letter in letters if letter.event is None}
        )

        async def keep(tx: Tx) -> None:
            rejected: list[tuple[Rejection, Record]] = []
            for letter in letters:
                if letter.event:
                    reason = FAILED if letter.failed else letter.reason
                    one = self._outcomes.rejection(letter.event, reason, tx, failed=letter.failed)
                    rejected.append((one, letter.record))
                elif mention := mentions[id(letter)]:
                    identifier, digest, ids = mention
                    rejected.append((Rejection(identifier, digest, "", ids, letter.reason, tx.now), letter.record))
            await self._outcomes.reject(rejected, tx)

        try:
            await self._database.transact(keep)
        except Exception as error:
            if passes(error):
                raise
            log.error("rejections_not_stored", events=len(letters), error=described(error))

    def _persons(self, letter: UnappliedRecord) -> tuple[str, bytes, tuple[str, ...]] | None:
        """The fact id, a digest and the possible persons of an unreadable record. None if its event is unknown, or not all
        persons could be found."""
        record = letter.record
        event = event_of(record)
        if event is None or len(record.value or b"") > MAX_BYTES:
            return None
        found = persons_in_record(
            record.key, record.value, record.headers, letter.reason, lambda text: person_id(text, self._person_key)
        )
        if not found.complete:
            return None
        return fact_id(*event), blake2b(record.value or b"", digest_size=16).digest(), tuple(found.ids)
