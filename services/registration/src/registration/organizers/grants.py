"""The roles that registration knows of: organizers of conferences."""

from collections.abc import Collection

from registration.attendees.repository.attendees import Attendees
from shared.web.access.roles import Grant


class OrganizerGrants:
    """Finds the conferences that a person organizes, in one read: who is taken off a list is no organizer from then on."""

    def __init__(self, attendees: Attendees) -> None:
        self._attendees = attendees

    async def grants(self, person_ids: Collection[str], /) -> list[Grant]:
        return [Grant("organizer", id) for id in await self._attendees.organized(person_ids)]
