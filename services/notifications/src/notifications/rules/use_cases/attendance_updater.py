"""Applying profiles of attendees: which conferences they took part in, if they agreed to be matched."""

from notifications.rules.repository.attendances import Attendances
from shared.contract.envelope import Event
from shared.contract.events.registration import AttendeeProfiled
from shared.database.mongo import Tx


class AttendanceUpdater:
    """Applies batches of ``registration.profiles``: of each, only the conferences are kept."""

    def __init__(self, attendances: Attendances) -> None:
        self._attendances = attendances

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply the profiles that are newer than what is known, and forget whoever was erased."""
        known = await self._attendances.known({event.key for event in events}, tx)
        for event in events:
            before = known.get(event.key)
            match event.data:
                case None:
                    await self._attendances.forget(event.key, tx)
                    known.pop(event.key, None)
                case AttendeeProfiled() as data if before is None or data.version > before["version"]:
                    known[event.key] = {"version": data.version, "conference_ids": data.conference_ids}
                    await self._attendances.save(event.key, data.version, data.conference_ids, tx)
