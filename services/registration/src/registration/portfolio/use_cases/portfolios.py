"""Publishes placements in people's portfolios, and shows what everybody can see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from registration.attendees.domain.people import groups_of
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.identities import Identities
from registration.portfolio.domain.handles import MOST_HANDLES, is_handle, is_reserved
from registration.portfolio.domain.placements import Part, Placement, Publication
from registration.portfolio.domain.publications import publication, shown
from registration.portfolio.repository.handles import Handle, Handles
from registration.portfolio.repository.placements import Placements
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound
from shared.worded import Worded


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A person's portfolio, as they see it."""

    handle: Handle | None
    placements: list[Placement]
    """Sorted by time, the latest first."""


@dataclass(frozen=True, slots=True)
class PublicPortfolio:
    """The public part of a portfolio."""

    handle: Handle
    publications: list[Publication]
    """Sorted by time, the latest first."""


class Portfolios:
    """Operations on portfolios, each in the transaction given.

    ``ids`` are the ids by which the caller is known. The first one that belongs to an attendee counts, together with all
    attendees of the same person.
    """

    def __init__(self, placements: Placements, handles: Handles, attendees: Attendees, identities: Identities) -> None:
        self._placements = placements
        self._handles = handles
        self._attendees = attendees
        self._identities = identities

    async def get(self, ids: Sequence[str], tx: Tx) -> Portfolio:
        """The person's portfolio.

        Raises:
            NotFound: the person is not an attendee.
        """
        members = await self.members(ids, tx)
        current = [handle for handle in await self._handles.of(members, tx) if handle.current]
        return Portfolio(next(iter(current), None), [one async for one in self._placements.of(members, tx)])

    async def choose_handle(self, ids: Sequence[str], text: str, name: str | None, indexed: bool, tx: Tx) -> Portfolio:
        """Make this handle the only one by which the person's portfolio is found, and show this name with it.

        Repeating it changes nothing.

        Raises:
            NotFound: the person is not an attendee.
            Conflict: the handle or a look-alike is taken or reserved, or the person has had too many handles.
        """
        members = await self.members(ids, tx)
        holder = await self._handles.holder(text, tx)
        if is_reserved(text) or (holder is not None and holder not in members):
            raise Conflict(Worded("%(text)s is taken, or looks like a handle that is; choose another one", text=repr(text)))
        former = await self._handles.of(members, tx)
        if holder is None and len(former) >= MOST_HANDLES:
            yours = ", ".join(sorted(handle.text for handle in former))
            raise Conflict(
                Worded(
                    "you cannot have more than %(most)s handles; choose one of yours: %(yours)s", most=MOST_HANDLES, yours=yours
                )
            )
        await self._attendees.lock(members, tx)  # otherwise, the handle of somebody who is being erased could stay
        for handle in former:
            if handle.current:
                await self._handles.save(replace(handle, current=False, name=None, indexed=False), tx)
        await self._handles.save(Handle(text, members[0], tx.now, name=name, indexed=indexed), tx)
        return await self.get(ids, tx)

    async def publish(self, ids: Sequence[str], placement_id: str, version: int, parts: Collection[Part], tx: Tx) -> Placement:
        """Publish these parts of a placement. ``version``: the version that the person saw.

        Raises:
            NotFound: the person has no such placement.
            Conflict: it has changed since, or cannot be published.
            Invalid: it has no such part.
        """
        placement = await self.placement(ids, placement_id, tx)
        if placement.version != version:
            raise Conflict(
                Worded(
                    "the placement is at version %(version)s, not %(version_2)s; look at it again before you publish it",
                    version=placement.version,
                    version_2=version,
                )
            )
        placement.publication = publication(placement, parts, tx.now)
        await self._placements.save([], [placement], tx)
        return placement

    async def withdraw(self, ids: Sequence[str], placement_id: str, tx: Tx) -> Placement:
        """Make a placement private again. Repeating it changes nothing.

        Raises:
            NotFound: the person has no such placement.
        """
        placement = await self.placement(ids, placement_id, tx)
        placement.publication = None
        await self._placements.save([], [placement], tx)
        return placement

    async def public(self, text: str, tx: Tx) -> PublicPortfolio:
        """The public part of the portfolio with this handle.

        Raises:
            NotFound: there is no such handle, or nothing is published under it. The error does not reveal which.
        """
        handle = await self._handles.get(text, tx) if is_handle(text) else None
        if handle is not None:
            members = await self._group(handle.attendee_id, tx)
            publications = [seen async for one in self._placements.of(members, tx) if (seen := shown(one))]
            if publications:
                return PublicPortfolio(handle, publications)
        raise NotFound("portfolio", text[:100])

    async def placement(self, ids: Sequence[str], placement_id: str, tx: Tx) -> Placement:
        """A placement of this person.

        Raises:
            NotFound: the person has no such placement.
        """
        members = await self.members(ids, tx)
        placement = await self._placements.get(placement_id, tx)
        if placement is None or placement.attendee_id not in members:
            raise NotFound("placement", placement_id, which="of yours")
        return placement

    async def members(self, ids: Sequence[str], tx: Tx) -> list[str]:
        """The ids of all attendees of this person, starting with the one that is kept.

        Raises:
            NotFound: the person is not an attendee.
        """
        for id in ids:
            group = await self._group(id, tx)
            known = await self._attendees.get_many(group, tx)
            if id in known:
                return [member for member in group if member in known]
        raise NotFound("attendee", ids[0])

    async def _group(self, id: str, tx: Tx) -> tuple[str, ...]:
        return groups_of((await self._identities.get_many([id], tx)).values()).get(id, (id,))
