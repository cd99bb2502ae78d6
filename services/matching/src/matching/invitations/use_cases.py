"""Shows hosts the suitable candidates for a listing, and invites them to apply."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from matching.applications.domain.profile import shown_profile
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.use_cases.obstacles import Kind, Obstacles
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.invitations.domain import (
    PERIOD,
    WAITS,
    Invitation,
    ShownCandidate,
    candidate_id,
    event_of,
    invitation_of,
    most_invitations,
)
from matching.invitations.repository import InvitationsRepository
from matching.model.candidates import Candidate
from matching.model.listings import Listing
from matching.model.terms import Terms
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.matching import Match
from shared.contract.topics import INVITATIONS
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound
from shared.worded import Worded

MOST_SHOWN: Final = 1000
"""How many suitable candidates a host sees for a listing."""
MOST_WAITING: Final = 20
"""How many invitations are shown to an attendee at once."""
PAGE: Final = 100
"""How many invitations one transaction deletes."""
_KNOWN_TO_HOSTS: Final[tuple[Kind, ...]] = ("applied", "decided", "listing_closed", "nominated_only", "author_first")
"""Obstacles that the host knows about anyway. It learns nothing of others, or of listings that an attendee has hidden."""


class TooManyInvited(Conflict):
    """The host has reached its limit of invitations for now."""


class Invitations:
    """Operations on invitations in the caller's transaction. Invitations never change, so nobody learns who ignores one."""

    def __init__(
        self,
        repository: InvitationsRepository,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        live_catalogue: LiveCatalogue,
        applications: ApplicationsRepository,
        obstacles: Obstacles,
        hidden: HiddenListingsRepository,
        terms: Terms,
        keep: timedelta,
    ) -> None:
        """``keep``: how long an invitation is kept, and so how long nobody is invited to the same listing again."""
        self._repository = repository
        self._candidates = candidates
        self._catalogue = catalogue
        self._live_catalogue = live_catalogue
        self._applications = applications
        self._obstacles = obstacles
        self._hidden = hidden
        self._terms = terms
        self._keep = keep

    async def shown(self, listing: Listing, start: int, size: int, tx: Tx) -> tuple[list[ShownCandidate], bool]:
        """Suitable candidates who agreed to be shown to the host, the best first; and whether there are more.

        ``start``: how many to leave out.
        """
        ids = await self._shown_to(listing)
        wanted = ids[start : start + size]
        catalogue = await self._live_catalogue.current(tx)
        found = await self._candidates.get_many(wanted, tx)
        invited = await self._repository.to_listing(listing.id, wanted, tx)
        applications = await self._applications.of_pairs({(listing.id, id) for id in wanted})
        applied = {one.attendee_id: (one.id, one.state) for one in applications}
        shown = []
        for place, id in enumerate(wanted, start + 1):
            # Between the two reads, somebody may have changed their mind.
            if (candidate := found.get(id)) and (match := _shown_match(candidate, listing)):
                profile = shown_profile(candidate, catalogue.interests(candidate), self._terms.name)
                at = invited[id].invited_at if id in invited else None
                shown.append(ShownCandidate(candidate_id(listing.id, id), place, profile, match, applied.get(id), at))
        return shown, len(ids) > start + size

    async def invite(self, listing_id: str, candidate: str, hosts: Collection[str] | None, tx: Tx) -> tuple[Invitation, bool]:
        """Invite somebody to apply. Returns the invitation, and whether it is new: the same again changes nothing.

        ``candidate``: see ``candidate_id``. ``hosts``: the organizations for which the caller acts; None for all.

        Raises:
            NotFound: the listing is not theirs, or nobody who agreed to be shown suits it under this id now.
            Conflict: the listing takes no applications, they have applied, or too many were invited (``TooManyInvited``).
        """
        listing = await self.listing(listing_id, hosts, tx)
        unknown = NotFound("candidate", candidate, which="who suits the listing now and agreed to be shown to its host")
        ids = await self._shown_to(listing)
        attendee_id = next((id for id in ids if candidate_id(listing_id, id) == candidate), None)
        if attendee_id is None:
            raise unknown
        # Locked, so that neither an erasure nor a second invitation goes unnoticed at the same time.
        known = await self._candidates.get_for_update(attendee_id, tx)
        if known is None or not _shown_match(known, listing):
            raise unknown
        person = (await self._candidates.persons([attendee_id], tx))[attendee_id]
        if before := await self._repository.to_listing(listing_id, person, tx):
            return next(iter(before.values())), False
        for obstacle in await self._obstacles.find(attendee_id, known, listing, tx):
            raise obstacle.refusal if obstacle.kind in _KNOWN_TO_HOSTS else unknown
        if listing_id in await self._hidden_by(person, tx):
            raise unknown
        if await self._repository.count_since(listing_id, tx.now - PERIOD, tx) >= (most := most_invitations(listing)):
            raise TooManyInvited(
                Worded(
                    "%(most)s people were invited to this listing within %(days)s days; wait for their applications",
                    most=most,
                    days=PERIOD.days,
                )
            )
        invitation = invitation_of(attendee_id, listing, tx.now)
        await self._repository.add(invitation, tx)
        tx.publish(INVITATIONS, invitation.id, event_of(invitation), version=1)
        return invitation, True

    async def listing(self, id: str, hosts: Collection[str] | None, tx: Tx) -> Listing:
        """The listing. Raises ``NotFound`` if it is of none of these organizations."""
        listing = (await self._catalogue.listings([id], tx)).get(id)
        if listing is None or (hosts is not None and listing.organization_id not in hosts):
            raise NotFound("listing", id)
        return listing

    async def waiting(self, candidate: Candidate, ids: Collection[str], tx: Tx) -> list[tuple[Invitation, Listing]]:
        """The invitations that wait for the person with these ids: they can apply, and have not hidden the listing."""
        invitations = await self._repository.of(ids, tx, since=tx.now - WAITS)
        if not invitations:
            return []
        listings = await self._catalogue.listings({one.listing_id for one in invitations}, tx)
        hidden = await self._hidden_by(ids, tx)
        waiting = []
        for one in invitations[:MOST_WAITING]:
            listing = listings.get(one.listing_id)
            if listing is None or not listing.open or listing.id in hidden:
                continue
            if not await self._obstacles.find(candidate.id, candidate, listing, tx):
                waiting.append((one, listing))
        return waiting

    async def of(self, ids: Collection[str], tx: Tx) -> list[Invitation]:
        """All invitations of the person with these ids that are kept, the newest one first."""
        return await self._repository.of(ids, tx)

    async def invited(self, ids: Collection[str], listing_id: str, tx: Tx) -> bool:
        """Whether the person with these ids was invited to apply for the listing."""
        return bool(await self._repository.to_listing(listing_id, ids, tx))

    async def sweep(self, tx: Tx) -> int:
        """Delete up to ``PAGE`` old invitations. Returns how many."""
        ids = await self._repository.old(tx.now - self._keep, PAGE, tx)
        await self._delete(ids, tx)
        return len(ids)

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete these attendees' invitations."""
        if attendee_ids:
            await self._delete([one.id for one in await self._repository.of(attendee_ids, tx)], tx)

    async def _delete(self, ids: Collection[str], tx: Tx) -> None:
        if ids:
            await self._repository.delete(ids, tx)
        for id in ids:
            tx.erase(INVITATIONS, id)

    async def _shown_to(self, listing: Listing) -> list[str]:
        return (await self._candidates.shown_to(listing.organization_id, [listing.id], MOST_SHOWN))[listing.id]

    async def _hidden_by(self, ids: Collection[str], tx: Tx) -> set[str]:
        """The listings that the person with these ids has hidden."""
        return {one.listing_id for theirs in (await self._hidden.of(ids, tx)).values() for one in theirs.listings}


def _shown_match(candidate: Candidate, listing: Listing) -> Match | None:
    """The reasons for the match, if the host may see the candidate."""
    if candidate.empty or not candidate.is_shown_to(listing.organization_id):
        return None
    return next((one for one in candidate.matches if one.listing_id == listing.id), None)
