"""Applying profiles of attendees: whether they agreed to be matched, which conferences they took part in, their hours."""

from notifications.rules.repository.attendances import Attendances
from shared.contract.envelope import Event
from shared.contract.events.registration import AttendeeProfiled
from shared.database.mongo import Tx


class AttendanceUpdater:
    """Applies batches of ``registration.profiles``: of each, little is kept."""

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
                    hours = data.availability.hours_per_week if data.availability else None
                    await self._attendances.save(
                        event.key, data.version, data.conference_ids, tx, hours, agreed=_has_agreed(data)
                    )


def _has_agreed(profile: AttendeeProfiled) -> bool:
    """Whether the attendee agrees to be matched: otherwise, the profile is empty."""
    known = profile.conference_ids or profile.interests or profile.met or profile.sessions
    return bool(known or profile.discipline or profile.availability)
