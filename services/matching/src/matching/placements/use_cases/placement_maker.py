"""The only way to create placements: checks the attendee's other ones, takes the seat, stores and publishes."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from matching.placements.domain.placement import By, Placement, confirmed, event_of, without_mentors
from matching.placements.repository import PlacementsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.roles.repository import RolesRepository
from matching.seats.use_cases import SeatAllocator, Seating
from shared.commitments import Commitment, clashing
from shared.contract.topics import PLACEMENTS
from shared.database.mongo import Tx
from shared.refusals import Conflict
from shared.worded import Worded

Superseded = Callable[[Collection[Placement], Tx], Awaitable[None]]
"""Ends the attendees' applications that these new placements rule out."""


class Overlap(Conflict):
    """The attendee already has a placement at that time. The text names it, so only the attendee and operators may see it."""

    for_hosts = Worded(
        "the attendee has another placement at that time; agree on other dates or fewer hours, or choose somebody else"
    )
    """The text for hosts, who must not learn about each other."""

    def __init__(self, held: Sequence[Placement]) -> None:
        first = held[0]
        days = f"{first.starts or 'an unknown day'} to {first.ends or 'an unknown day'}"
        at = f" at {first.organization!r}" if first.organization else ""
        more = f", and {len(held) - 1} more" if len(held) > 1 else ""
        super().__init__(
            f"the attendee has a placement at that time, {first.title or first.listing_id!r}{at} from {days}{more}; "
            "end that one first, or agree on other dates or fewer hours"
        )


class PlacementMaker:
    """Creates placements, in the transaction given."""

    def __init__(
        self, placements: PlacementsRepository, seats: SeatAllocator, candidates: CandidatesRepository, roles: RolesRepository
    ) -> None:
        self._placements = placements
        self._seats = seats
        self._candidates = candidates
        self._roles = roles
        self._rescorer = CandidateRescorer(candidates)

    async def confirm(self, placement: Placement, tx: Tx, by: By = "attendee", reason: str | None = None) -> Placement:
        """Confirm a new placement, made by ``placement_of``. It takes the seat held by its offer or round, else a free one.

        Returns it as stored. Confirming again changes nothing. If an earlier placement of the pair is over, the id gets a
        number. Raises the same errors as ``confirm_once``.
        """
        return (await self.confirm_once(placement, tx, by, reason))[0]

    async def confirm_once(
        self, placement: Placement, tx: Tx, by: By = "attendee", reason: str | None = None
    ) -> tuple[Placement, bool]:
        """Confirm a new placement like ``confirm``, and also return whether it is new.

        Raises:
            Overlap: the attendee has another placement at that time, and not enough hours for both.
            Conflict: no seat is free, or the attendee already has one in this listing.
            NotFound: the listing is unknown.
        """
        ids = await self.lock(placement.attendee_id, tx)
        others = await self._of(ids, tx)
        for other in others:
            if other.listing_id == placement.listing_id and other.live:
                if _origin(other) == _origin(placement):
                    return other, False
                raise Conflict(
                    Worded(
                        "the attendee already has a seat in listing %(listing_id)s, by placement %(id)s",
                        listing_id=repr(placement.listing_id),
                        id=repr(other.id),
                    )
                )
        held = [other for other in others if other.live]
        if clashes := await self._clashing(ids[0], placement.commitment, held, tx):
            raise Overlap(clashes)
        added = await self._add([replace(placement, id=_free_id(placement.id, others))], tx, by, reason)
        return added[0], True

    async def confirm_all(self, placements: Sequence[Placement], tx: Tx, by: By) -> list[Placement]:
        """Confirm the placements of a round, each of another attendee.

        Returns the placements that were not created, because they clash with others, or the attendee already has a seat in the
        listing. Existing placements stay unchanged.
        """
        persons = await self.persons([placement.attendee_id for placement in placements], tx)
        attendee_ids = {id for ids in persons.values() for id in ids}
        await self._placements.lock(attendee_ids, tx)
        known = await self._placements.of_attendees(attendee_ids, tx)
        hours = await self._hours({ids[0] for ids in persons.values()}, tx)
        of_persons = {ids[0]: [one for id in ids for one in known.get(id, [])] for ids in persons.values()}
        new: list[Placement] = []
        refused: list[Placement] = []
        for placement in placements:
            person = persons[placement.attendee_id][0]
            others = of_persons[person]
            if any(other.id == placement.id for other in others):
                continue
            held = [other for other in others if other.live]
            clashes = clashing(placement.commitment, _commitments(held), hours.get(person))
            if clashes or any(other.listing_id == placement.listing_id for other in held):
                refused.append(placement)
            else:
                new.append(placement)
                others.append(placement)
        await self._add(new, tx, by)
        return refused

    async def adopt(self, round_id: str, placements: Sequence[Placement], held: Mapping[str, int], tx: Tx) -> None:
        """Adopt placements that a round published before they were stored here, and the seats that it still holds.

        Placements that were adopted before stay unchanged.
        """
        attendee_ids = [placement.attendee_id for placement in placements]
        await self._placements.lock(attendee_ids, tx)
        known = {one.id for some in (await self._placements.of_attendees(attendee_ids, tx)).values() for one in some}
        new = [replace(confirmed(one, tx.now, "round"), version=1) for one in placements if one.id not in known]
        await self._placements.add(new, tx)
        await self._seats.adopt(round_id, [_seating(one) for one in new], held, tx)

    async def clashing(
        self,
        attendee_id: str,
        commitment: Commitment,
        tx: Tx,
        *,
        ignoring: Collection[str] = (),
        also: Collection[Placement] = (),
    ) -> list[Placement]:
        """The attendee's placements that rule out this commitment, ``ignoring`` those with these ids.

        ``also``: placements that count although they do not exist yet.
        """
        ids = await self._ids(attendee_id, tx)
        held = [*(one for one in await self._of(ids, tx, live=True) if one.id not in ignoring), *also]
        return await self._clashing(ids[0], commitment, held, tx)

    async def ruling_out(self, attendee_id: str, listing_id: str, commitment: Commitment, tx: Tx) -> list[Placement]:
        """The attendee's placements that rule out one in this listing: an existing one in it, or those that clash."""
        ids = await self._ids(attendee_id, tx)
        held = await self._of(ids, tx, live=True)
        there = [one for one in held if one.listing_id == listing_id]
        return there or await self._clashing(ids[0], commitment, held, tx)

    async def lock(self, attendee_id: str, tx: Tx) -> tuple[str, ...]:
        """Prevent other transactions from making placements of this attendee before this one ends. Returns all of their ids.

        After a merge, a person has several ids, and the placements under all of them count.
        """
        ids = await self._ids(attendee_id, tx)
        await self._placements.lock(ids, tx)
        return ids

    async def persons(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, tuple[str, ...]]:
        """All ids of each of these attendees, starting with the one that is kept. Merged attendees are one person."""
        return await self._candidates.persons(attendee_ids, tx)

    async def _ids(self, attendee_id: str, tx: Tx) -> tuple[str, ...]:
        return (await self.persons([attendee_id], tx))[attendee_id]

    async def _of(self, ids: Collection[str], tx: Tx, *, live: bool = False) -> list[Placement]:
        found = await self._placements.of_attendees(ids, tx, live=live)
        return [placement for its in found.values() for placement in its]

    async def _clashing(self, kept_id: str, commitment: Commitment, held: Collection[Placement], tx: Tx) -> list[Placement]:
        """The placements in ``held`` that rule out this commitment. ``kept_id``: the attendee's id that is kept."""
        if not held:
            return []
        others = {placement.id: placement for placement in held}
        hours = await self._hours([kept_id], tx)
        return [others[id] for id in clashing(commitment, _commitments(held), hours.get(kept_id))]

    async def _add(self, placements: Iterable[Placement], tx: Tx, by: By, reason: str | None = None) -> list[Placement]:
        made = [replace(confirmed(placement, tx.now, by, reason), version=1) for placement in placements]
        hosts = await self._roles.get_many("organization", {one.organization_id for one in made}, tx)
        away = {id: host.mentors_away(tx.now.date()) for id, host in hosts.items()}
        added = [without_mentors(one, away.get(one.organization_id, ())) for one in made]
        await self._seats.place_all([_seating(placement) for placement in added], tx)
        await self._placements.add(added, tx)
        for placement in added:
            tx.publish(PLACEMENTS, placement.id, event_of(placement), version=placement.version)
        await self._rescorer.rescore_all({one.attendee_id: (one.id, one.version) for one in added}, tx)
        return added

    async def _hours(self, attendee_ids: Collection[str], tx: Tx) -> Mapping[str, int | None]:
        """The weekly hours of each of these attendees; None if not stated."""
        candidates = await self._candidates.get_many(attendee_ids, tx)
        return {id: candidate.availability.hours_per_week for id, candidate in candidates.items()}


def _origin(placement: Placement) -> tuple[str | None, ...]:
    """The placement's origin. Two placements with the same origin are the same."""
    return placement.attendee_id, placement.application_id, placement.round_id


def _commitments(placements: Iterable[Placement]) -> dict[str, Commitment]:
    return {placement.id: placement.commitment for placement in placements}


def _seating(placement: Placement) -> Seating:
    return Seating(placement.listing_id, placement.id, placement.application_id, placement.round_id, placement.reverted_from)


def _free_id(id: str, others: Collection[Placement]) -> str:
    """The id, with the next number if earlier placements used it."""
    taken = {other.id for other in others}
    number, free = 1, id
    while free in taken:
        number += 1
        free = f"{id}-{number}"
    return free
