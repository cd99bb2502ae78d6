"""Attendees' actions: preview an application, apply, withdraw, pick a time, accept or decline."""

from dataclasses import dataclass, replace

from matching.applications.domain import decisions
from matching.applications.domain.application import MAX_OPENED, Answers, Application, offered_placement
from matching.applications.domain.profile import HostProfile, shown_profile
from matching.applications.domain.requests import Letter, PickedSlot
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.application_changer import ApplicationChanger, CommandRequest
from matching.applications.use_cases.obstacles import Obstacle, Obstacles
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.model.candidates import Candidate, obstacle
from matching.model.listings import Listing
from matching.model.terms import Terms
from matching.placements.use_cases.placement_maker import PlacementMaker, Superseded
from matching.recommendations.repository import CandidatesRepository
from shared.database.mongo import Tx
from shared.refusals import NotFound, Stale


@dataclass(frozen=True, slots=True)
class Preview:
    """What an application would share and promise, before it is sent."""

    listing: Listing
    profile: HostProfile
    answer_days: int
    answers: Answers
    obstacles: list[Obstacle]
    mismatch: str | None
    """The condition that does not suit the attendee's availability, if any. It does not prevent applying."""
    application: Application | None


class Applicants:
    """The operations of attendees, each in the transaction given."""

    def __init__(
        self,
        changer: ApplicationChanger,
        applications: ApplicationsRepository,
        obstacles: Obstacles,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        live_catalogue: LiveCatalogue,
        terms: Terms,
        placement_maker: PlacementMaker,
        superseded: Superseded,
        answer_days: int,
    ) -> None:
        """``superseded`` ends applications that a placement rules out; ``answer_days``: how many days hosts have to answer,
        unless the listing says otherwise.
        """
        self._changer = changer
        self._applications = applications
        self._obstacles = obstacles
        self._candidates = candidates
        self._catalogue = catalogue
        self._live_catalogue = live_catalogue
        self._terms = terms
        self._placement_maker = placement_maker
        self._superseded = superseded
        self._answer_days = answer_days

    async def preview(self, attendee_id: str, listing_id: str, tx: Tx, *, opens: bool = False) -> Preview:
        """What the host would see, and what prevents applying. Raises ``NotFound`` if the listing is unknown.

        ``opens``: whether the attendee is the one looking, which counts in the funnel.
        """
        listing = await self._listing(listing_id, tx)
        candidate = (await self._candidates.get_many([attendee_id], tx)).get(attendee_id)
        if opens and candidate is not None and not candidate.empty:
            await self._open(attendee_id, listing_id, tx)
        before = await self._applications.of_pair(listing_id, attendee_id, tx)
        return Preview(
            listing,
            await self._profile(candidate, tx) if candidate else HostProfile(),
            listing.answer_days or self._answer_days,
            await self._applications.answers_of(listing.organization_id),
            await self._obstacles.find(attendee_id, candidate, listing, tx),
            obstacle(candidate.availability, listing) if candidate else None,
            before,
        )

    async def apply(
        self, attendee_id: str, listing_id: str, letter: Letter, tx: Tx, seen: int | None = None
    ) -> tuple[Application, bool]:
        """Apply, or apply again. Returns the application, and whether it is new. The same letter again changes nothing.

        Raises:
            NotFound: the listing is unknown.
            Conflict: something prevents it.
            Stale: the application has changed since the version ``seen``.
        """
        # Both are held, so that a concurrent erasure or new placement of the attendee cannot go unnoticed.
        candidate = await self._candidates.get_for_update(attendee_id, tx)
        await self._placement_maker.lock(attendee_id, tx)
        listing = await self._listing(listing_id, tx)
        before = await self._applications.of_pair(listing_id, attendee_id, tx)
        if before is not None and before.live and before.letter == letter:
            return before, False
        if seen is not None and (before is None or before.version != seen):
            raise Stale("application", seen, before.version if before else 0)
        for found in await self._obstacles.find(attendee_id, candidate, listing, tx):
            raise found.refusal
        profile = await self._profile(candidate, tx) if candidate else HostProfile()
        days = listing.answer_days or self._answer_days
        after = decisions.apply(before, attendee_id, listing, letter, profile, tx.now, days)
        if before is None:
            await self._changer.add(after, tx)
        else:
            await self._changer.save([(before, after)], tx)
        if listing.author_only_until and listing.author_id == attendee_id:
            await self._live_catalogue.open_to_all(listing, tx)
        return after, before is None

    async def withdraw(self, request: CommandRequest, tx: Tx) -> Application:
        """Withdraw the application. Repeating it changes nothing."""

        def rule(before: Application) -> Application:
            return before if before.state == "withdrawn" else decisions.withdraw(before, tx.now)

        return await self._changer.change_by(request, rule, tx)

    async def pick_slot(self, request: CommandRequest, picked: PickedSlot, tx: Tx) -> Application:
        """Pick one of the times for an interview."""
        return await self._changer.change_by(request, lambda one: decisions.pick_slot(one, picked.slot, tx.now), tx)

    async def confirm_terms(self, request: CommandRequest, tx: Tx) -> Application:
        """Confirm that the attendee still wants it, as the listing is now."""

        async def decide(before: Application) -> Application:
            return decisions.confirm_terms(before, await self._listing(before.listing_id, tx), tx.now)

        return await self._changer.change(request, decide, tx)

    async def accept(self, request: CommandRequest, tx: Tx) -> Application:
        """Accept the offer. This transaction creates the placement, and ends all applications that it rules out.

        Raises:
            Overlap: another placement leaves no hours for this one.
        """

        async def decide(before: Application) -> Application:
            after = decisions.accept(before, before.id, tx.now)
            listing = await self._listing(before.listing_id, tx)
            made = await self._placement_maker.confirm(offered_placement(before, listing), tx, by="attendee")
            await self._superseded([made], tx)
            return replace(after, placement_id=made.id)

        return await self._changer.change(request, decide, tx)

    async def decline(self, request: CommandRequest, tx: Tx) -> Application:
        """Decline the offer."""
        return await self._changer.change_by(request, lambda one: decisions.decline(one, tx.now), tx)

    async def _open(self, attendee_id: str, listing_id: str, tx: Tx) -> None:
        """Record that the attendee previewed an application for the listing: once, and not if they are erased meanwhile."""
        known = await self._applications.opened(attendee_id, tx)
        if listing_id not in known and len(known) < MAX_OPENED:
            await self._candidates.get_for_update(attendee_id, tx)
            await self._applications.add_opened(attendee_id, listing_id, known, tx)

    async def _listing(self, id: str, tx: Tx) -> Listing:
        listing = (await self._catalogue.listings([id], tx)).get(id)
        if listing is None:
            raise NotFound("listing", id)
        return listing

    async def _profile(self, candidate: Candidate, tx: Tx) -> HostProfile:
        catalogue = await self._live_catalogue.current(tx)
        return shown_profile(candidate, catalogue.interests(candidate), self._terms.name)
