"""Operations of attendees, hosts, operators and organizers on placements."""

from collections.abc import Callable
from dataclasses import replace

from matching.catalogue.repository import CatalogueRepository
from matching.model.terms import Terms
from matching.placements.domain import course, results
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import Placement, event_of, pair_id, placement_of, round_placement_id
from matching.placements.domain.requests import (
    Completion,
    Confirmation,
    End,
    Extension,
    Feedback,
    Gains,
    Hiring,
    ManualPlacement,
    Mentors,
    NoShow,
    Release,
    Start,
)
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placement_maker import Overlap, PlacementMaker, Superseded
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.roles.domain import RoleHolders
from matching.roles.repository import RolesRepository
from matching.seats.use_cases import SeatAllocator
from shared.contract.topics import PLACEMENTS
from shared.database.mongo import Tx
from shared.refusals import Conflict, Invalid, NotFound, Stale
from shared.worded import Worded


class Placements:
    """The operations on placements, each in the transaction given.

    They raise ``NotFound``, ``Conflict`` or ``Invalid``, and ``Stale`` if the placement is no longer at the version ``seen``.
    Repeating a command changes nothing, whichever version was seen. The caller checks that the ``speaker`` may speak for that
    side.
    """

    def __init__(
        self,
        placements: PlacementsRepository,
        maker: PlacementMaker,
        seats: SeatAllocator,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        roles: RolesRepository,
        terms: Terms,
        superseded: Superseded,
    ) -> None:
        self._placements = placements
        self._maker = maker
        self._seats = seats
        self._candidates = candidates
        self._catalogue = catalogue
        self._roles = roles
        self._terms = terms
        self._superseded = superseded
        self._rescorer = CandidateRescorer(candidates)

    async def start(self, id: str, seen: int, speaker: Speaker, request: Start, tx: Tx) -> Placement:
        """Record whether it has started."""
        return await self._change(id, seen, lambda one: course.start(one, speaker, request.started, tx.now), tx)

    async def no_show(self, id: str, seen: int, speaker: Speaker, request: NoShow, tx: Tx) -> Placement:
        """End it because the attendee did not come, which frees its seat."""
        return await self._change(id, seen, lambda one: course.no_show(one, speaker, request.why, tx.now), tx)

    async def complete(self, id: str, seen: int, speaker: Speaker, _: Completion, tx: Tx) -> Placement:
        """Record that it came to its end as planned."""
        return await self._change(id, seen, lambda one: course.complete(one, speaker, tx.now), tx)

    async def end(self, id: str, seen: int, speaker: Speaker, request: End, tx: Tx) -> Placement:
        """End it early, which frees its seat."""
        return await self._change(id, seen, lambda one: course.end_early(one, speaker, request, tx.now), tx)

    async def extend(self, id: str, seen: int, speaker: Speaker, request: Extension, tx: Tx) -> Placement:
        """Move its last day, unless that clashes with another placement of the attendee."""
        placement = await self._change(id, seen, lambda one: course.extend(one, request.ends, tx.now), tx)
        await self._maker.lock(placement.attendee_id, tx)
        clashes = await self._maker.clashing(placement.attendee_id, placement.commitment, tx, ignoring=[id])
        if clashes:
            raise Overlap(clashes) if speaker.by == "operator" else Conflict(Overlap.for_hosts)
        return placement

    async def give_feedback(self, id: str, seen: int, speaker: Speaker, request: Feedback, tx: Tx) -> Placement:
        """Record a side's feedback."""
        return await self._change(id, seen, lambda one: results.give_feedback(one, speaker, request, tx.now), tx)

    async def name_gains(self, id: str, seen: int, _: Speaker, request: Gains, tx: Tx) -> Placement:
        """Record the skills that the host says were gained, and its sentence about the attendee."""
        return await self._change(id, seen, lambda one: results.name_gains(one, request, self._terms), tx)

    async def confirm_skills(self, id: str, seen: int, _: Speaker, request: Confirmation, tx: Tx) -> Placement:
        """Record which of the named skills the attendee confirms."""
        return await self._change(id, seen, lambda one: results.confirm_skills(one, request, self._terms), tx)

    async def hire(self, id: str, seen: int, speaker: Speaker, request: Hiring, tx: Tx) -> Placement:
        """Record that the host employs the attendee."""
        return await self._change(id, seen, lambda one: results.hire(one, speaker, request), tx)

    async def set_mentors(self, id: str, seen: int, _: Speaker, request: Mentors, tx: Tx) -> Placement:
        """Record which of the host's mentors supervise the attendee."""
        placement = await self._get(id, tx)
        of = placement.organization_id
        host = (await self._roles.get_many("organization", [of], tx)).get(of) or RoleHolders("organization", of, 0)
        if unknown := [person for person in request.person_ids if person not in host.holders("mentor")]:
            raise Invalid(
                "person_ids",
                Worded("%(unknown)s is not a mentor of this organization; name only its mentors", unknown=repr(unknown[0])),
            )
        new = set(request.person_ids).difference(placement.mentor_person_ids)
        if away := sorted(new & host.mentors_away(tx.now.date())):
            until = host.away[away[0]]
            raise Invalid(
                "person_ids", Worded("%(person)s is away until %(until)s; choose another mentor", person=away[0], until=until)
            )
        return await self._change(id, seen, lambda one: replace(one, mentor_person_ids=tuple(request.person_ids)), tx)

    async def release(self, round_id: str, attendee_id: str, request: Release, tx: Tx) -> Placement:
        """Release the attendee from the seat that a round gave them, as an organizer. The seat is free again."""
        id = round_placement_id(round_id, attendee_id)
        return await self._change(id, None, lambda one: course.release(one, request.reason, request.why, tx.now), tx)

    async def assign(self, request: ManualPlacement, tx: Tx) -> tuple[Placement, bool]:
        """Give an attendee a free seat by hand. Returns the placement, and whether it is new."""
        listing = (await self._catalogue.listings([request.listing_id], tx)).get(request.listing_id)
        if listing is None:
            raise Invalid("listing_id", Worded("there is no listing %(listing_id)s", listing_id=repr(request.listing_id)))
        # Held, so that a concurrent erasure does not miss the placement.
        candidate = await self._candidates.get_for_update(request.attendee_id, tx)
        if candidate is None or candidate.empty:
            raise Invalid(
                "attendee_id",
                Worded("there is no attendee %(attendee_id)s who may be matched", attendee_id=repr(request.attendee_id)),
            )
        agreed = request.model_dump(include={"starts", "ends", "hours_per_week"}, exclude_none=True)
        placement = replace(
            placement_of(listing, request.attendee_id, pair_id(listing.id, request.attendee_id, tx.now)), **agreed
        )
        if placement.starts and placement.ends and placement.ends < placement.starts:
            raise Invalid("ends", Worded("is before the first day, %(starts)s", starts=placement.starts))
        if placement.ends and placement.ends < tx.now.date() - course.ELSEWHERE:
            raise Invalid(
                "ends",
                Worded(
                    "is in the past, %(ends)s; a placement that is already over cannot be recorded by hand", ends=placement.ends
                ),
            )
        confirmed, is_new = await self._maker.confirm_once(placement, tx, "operator", request.reason)
        await self._superseded([confirmed], tx)
        return confirmed, is_new

    async def _get(self, id: str, tx: Tx) -> Placement:
        placement = await self._placements.get(id, tx)
        if placement is None:
            raise NotFound("placement", id)
        return placement

    async def _change(self, id: str, seen: int | None, decide: Callable[[Placement], Placement], tx: Tx) -> Placement:
        known = await self._get(id, tx)
        placement = decide(known)
        if placement == known:
            return known
        if seen is not None and seen != known.version:
            raise Stale("placement", seen, known.version)
        placement = replace(placement, version=known.version + 1)
        await self._placements.save(placement, tx)
        tx.publish(PLACEMENTS, id, event_of(placement), version=placement.version)
        if placement.state == "ended" and known.live:
            await self._seats.free(placement.listing_id, id, tx)
        if (placement.live, placement.commitment) != (known.live, known.commitment):
            await self._rescorer.rescore(placement.attendee_id, id, placement.version, tx)
        return placement
