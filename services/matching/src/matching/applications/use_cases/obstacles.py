"""The reasons that prevent an application."""

from typing import Final, Literal, NamedTuple

from matching.applications.domain.transitions import check
from matching.applications.repository.applications import ApplicationsRepository
from matching.model.candidates import Candidate
from matching.model.commitments import commitment_of
from matching.model.listings import INTERNSHIP, Listing
from matching.nominations.repository import NominationsRepository
from matching.placements.use_cases.placement_maker import Overlap, PlacementMaker
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound, Refusal
from shared.worded import Worded

MAX_LIVE: Final = 100
"""How many applications somebody may have at once."""

Kind = Literal["applied", "decided", "no_consent", "listing_closed", "nominated_only", "author_first", "placed", "too_many"]


class Obstacle(NamedTuple):
    """A reason why somebody cannot apply, with what to do about it."""

    kind: Kind
    refusal: Refusal


class Obstacles:
    """Finds the reasons that prevent an application, in the caller's transaction."""

    def __init__(
        self,
        applications: ApplicationsRepository,
        nominations: NominationsRepository,
        placement_maker: PlacementMaker,
    ) -> None:
        self._applications = applications
        self._nominations = nominations
        self._placement_maker = placement_maker

    async def find(self, attendee_id: str, candidate: Candidate | None, listing: Listing, tx: Tx) -> list[Obstacle]:
        """All reasons that prevent it, the most serious first."""
        found: list[Obstacle] = []
        # Merged attendees are one person, whichever of their ids they applied under.
        ids = (await self._placement_maker.persons([attendee_id], tx))[attendee_id]
        earlier = await self._applications.for_listing(listing.id, ids, tx)
        if any(one.live for one in earlier):
            text = Worded("there is already an application for this listing; to change it, withdraw it and apply again")
            return [Obstacle("applied", Conflict(text))]
        for one in earlier:
            try:
                check("apply", one.state, "attendee")
            except Conflict as refusal:
                found.append(Obstacle("decided", refusal))
                break
        if candidate is None:  # matching cannot distinguish unknown attendees from those who never agreed
            hint = "somebody who is one can agree in their data, then apply"
            found.append(Obstacle("no_consent", NotFound("attendee", attendee_id, hint, which="who has agreed to be matched")))
        elif candidate.empty:
            text = Worded("the attendee has not agreed to be matched; they can agree in their data, then apply")
            found.append(Obstacle("no_consent", Conflict(text)))
        if listing.kind != INTERNSHIP and not await self._nominations.has_agreed(ids, listing.id, tx):
            text = Worded("this listing is open only to those whom mentors nominate for it, once they have agreed")
            found.append(Obstacle("nominated_only", Conflict(text)))
        elif why := listing.obstacle(tx.now, nominated=True):
            text = Worded("the listing takes no applications: %(why)s; choose another one", why=why)
            found.append(Obstacle("listing_closed", Conflict(text)))
        elif listing.author_only_until and listing.is_kept_from(attendee_id, tx.now):
            text = Worded(
                "this listing was an attendee's idea, and its author may apply first; everybody else may apply from "
                "%(at)s UTC, or once the author has decided",
                at=f"{listing.author_only_until:%Y-%m-%d %H:%M}",
            )
            found.append(Obstacle("author_first", Conflict(text)))
        if (placed := await self._placed(attendee_id, listing, tx)) is not None:
            found.append(Obstacle("placed", placed))
        if await self._applications.count_live(ids, tx) >= MAX_LIVE:
            text = Worded("the attendee has %(most)s applications that are not decided; withdraw one first", most=MAX_LIVE)
            found.append(Obstacle("too_many", Conflict(text)))
        return found

    async def _placed(self, attendee_id: str, listing: Listing, tx: Tx) -> Conflict | None:
        commitment = commitment_of(listing.conditions)
        placements = await self._placement_maker.ruling_out(attendee_id, listing.id, commitment, tx)
        if any(placement.listing_id == listing.id for placement in placements):
            return Conflict(Worded("the attendee already has a seat in this listing"))
        return Overlap(placements) if placements else None
