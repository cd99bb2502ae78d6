"""Applying profiles of attendees: whether they agreed to be matched, which conferences they took part in, their hours."""

from notifications.rules.repository.attendances import Attendance, Attendances
from shared.contract.envelope import Event
from shared.contract.events.registration import AttendeeProfiled
from shared.database.mongo import Tx


class AttendanceUpdater:
    """Applies batches of ``registration.profiles``: of each, little is kept."""

    def __init__(self, attendances: Attendances) -> None:
        self._attendances = attendances

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply newer profiles, and forget people who were erased."""
        known = await self._attendances.known({event.key for event in events}, tx)
        versions = {id: document["version"] for id, document in known.items()}
        saved: dict[str, Attendance] = {}
        erased: set[str] = set()
        for event in events:
            match event.data:
                case None:
                    erased.add(event.key)
                    saved.pop(event.key, None)
                    versions.pop(event.key, None)
                case AttendeeProfiled() as data if data.version > versions.get(event.key, 0):
                    hours = data.availability.hours_per_week if data.availability else None
                    saved[event.key] = Attendance(event.key, data.version, data.conference_ids, hours, _has_agreed(data))
                    versions[event.key] = data.version
        await self._attendances.forget(erased, tx)
        stored = known.keys() - erased
        new = [one for id, one in saved.items() if id not in stored]
        await self._attendances.save(new, [one for id, one in saved.items() if id in stored], tx)


def _has_agreed(profile: AttendeeProfiled) -> bool:
    """Whether the attendee agrees to be matched: otherwise, the profile is empty."""
    known = profile.conference_ids or profile.interests or profile.met or profile.sessions
    return bool(known or profile.discipline or profile.availability)
