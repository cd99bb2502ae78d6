"""A mentor: for which organizations they speak, whom they look after, and what these people are called."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from matching.desk.people import People
from matching.placements.domain.placement import Placement, State
from matching.placements.repository import PlacementsRepository
from shared.web.access.callers import Caller, PersonCaller
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

    def __init__(self, guard: Guard, placements: PlacementsRepository, people: People) -> None:
        self._guard = guard
        self._placements = placements
        self._people = people

    async def mentor(self, caller: Caller) -> Mentor:
        """The caller, as a mentor. A program is nobody's mentor; nor is somebody who has left the organization."""
        if not isinstance(caller, PersonCaller):
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
        """What the people in placements are called, by placement."""
        pairs = {one.id: (one.listing_id, one.attendee_id) for one in placements}
        names = await self._people.names(pairs.values())
        return {id: names[pair] for id, pair in pairs.items() if pair in names}
