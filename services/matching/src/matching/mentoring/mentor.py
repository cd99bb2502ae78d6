"""A mentor: for which organizations they speak, whom they look after, and what these people are called."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from matching.applications.domain.application import PRIVATE
from matching.applications.repository import ApplicationsRepository
from matching.placements.domain.placement import Placement, State
from matching.placements.repository import PlacementsRepository
from shared.database.mongo import Database
from shared.web.access.callers import Caller, Person
from shared.web.access.guard import Guard

LISTED: Final = 100
NOW: Final[tuple[State, ...]] = ("confirmed", "started")
OVER: Final[tuple[State, ...]] = ("completed", "ended")


@dataclass(frozen=True, slots=True)
class Mentor:
    """Somebody who is signed in, as a mentor."""

    ids: tuple[str, ...]
    organizations: frozenset[str]
    """Of which they are a mentor now."""


class Mentoring:
    """Finds out who somebody mentors."""

    def __init__(
        self, guard: Guard, placements: PlacementsRepository, applications: ApplicationsRepository, database: Database
    ) -> None:
        self._guard = guard
        self._placements = placements
        self._applications = applications
        self._database = database

    async def mentor(self, caller: Caller) -> Mentor:
        """Whoever asks, as a mentor. A program is nobody's mentor; nor is somebody who has left the organization."""
        if not isinstance(caller, Person):
            return Mentor((), frozenset())
        grants = await self._guard.grants_of(caller.session, ["mentor"])
        return Mentor(tuple(caller.session.person_ids), frozenset(grant.id for grant in grants))

    async def placements(self, mentor: Mentor, states: Collection[State]) -> list[Placement]:
        """The placements in these states that they look after."""
        if not mentor.organizations:
            return []
        return await self._placements.of_mentor(mentor.ids, mentor.organizations, states, LISTED)

    def looks_after(self, mentor: Mentor, placement: Placement) -> bool:
        """Whether they look after this placement."""
        return placement.organization_id in mentor.organizations and not set(mentor.ids).isdisjoint(placement.mentor_person_ids)

    async def names(self, placements: Iterable[Placement]) -> dict[str, str]:
        """What the people in placements are called, by placement: as they told the host when they applied, if they share it."""
        of_application = {one.application_id: one.id for one in placements if one.application_id}
        if not of_application:
            return {}
        found = await self._database.transact(lambda tx: self._applications.get_many([*of_application], tx))
        return {of_application[one.id]: one.letter.name for one in found if one.letter and one.state not in PRIVATE}
