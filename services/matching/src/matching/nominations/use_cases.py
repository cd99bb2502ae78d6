"""What mentors, nominees, the clock and erasures do with nominations."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Final

from matching.catalogue.repository import CatalogueRepository
from matching.model.listings import Listing
from matching.nominations.domain import nomination as rules
from matching.nominations.domain.nomination import Nomination, Viewer
from matching.nominations.domain.programmes import check_open, ended_states, has_ended, knows
from matching.nominations.domain.requests import Proposal
from matching.nominations.domain.transitions import Command
from matching.nominations.repository import NominationsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.candidate_rescorer import CandidateRescorer
from matching.roles.repository import RolesRepository
from shared.contract.topics import NOMINATIONS
from shared.database.mongo import Tx
from shared.refusals import Conflict, Forbidden, Invalid, NotFound
from shared.worded import Worded

MAX_PROPOSED: Final = 50
"""How many nominations of one mentor may wait for an answer."""
PAGE: Final = 100
"""How many nominations one transaction ends or deletes."""


class Nominations:
    """The operations on nominations, each in the transaction it is given.

    Each that changes one holds the nominee, so that no erasure, and no application that needs the nomination, can happen
    unnoticed at the same moment.
    """

    def __init__(
        self,
        nominations: NominationsRepository,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        roles: RolesRepository,
        draw: Callable[[], str],
        keep: timedelta,
    ) -> None:
        """``draw`` makes the ids of new nominations; ``keep``: how long they are kept after their programme has ended."""
        self._nominations = nominations
        self._candidates = candidates
        self._catalogue = catalogue
        self._roles = roles
        self._draw = draw
        self._keep = keep
        self._rescorer = CandidateRescorer(candidates)

    async def nominate(self, proposal: Proposal, mentor_ids: Collection[str], tx: Tx) -> tuple[Nomination, bool]:
        """Nominate somebody, or nominate them again. Returns the nomination, and whether it is new.

        ``mentor_ids``: the ids of the mentor, of whom the organization may know one. The same again changes nothing.

        Raises:
            Forbidden: the organization has no such mentor.
            NotFound: the listing is unknown, or the mentor does not know the attendee.
            Conflict: the programme is not open, or the nomination's state does not allow this.
        """
        # Both are held: nobody is erased, and no mentor leaves, unnoticed at the same moment.
        candidate = await self._candidates.get_for_update(proposal.attendee_id, tx)
        organization = await self._roles.get_for_update("organization", proposal.organization_id, tx)
        mentors = sorted(organization.holders("mentor").intersection(mentor_ids)) if organization else []
        if organization is None or not mentors:
            raise Forbidden(f"only mentors of organization {proposal.organization_id!r} can nominate for it")
        known = [one for id in mentors if (one := await self._nominations.by(id, proposal.attendee_id, proposal.listing_id, tx))]
        before = known[0] if known else None
        if before and rules.is_repeated(before, proposal):
            return before, False
        listing = await self._listing(proposal.listing_id, tx)
        check_open(listing, tx.now)
        if not organization.approved:
            raise Conflict(
                Worded("organization %(id)s is not approved; its mentors can nominate once it is", id=repr(organization.id))
            )
        if proposal.attendee_id in mentor_ids:
            raise Invalid("attendee_id", Worded("must be somebody other than the mentor"))
        acquainted = [id for id in mentors if candidate and not candidate.empty and knows(id, organization, candidate, listing)]
        if not acquainted:
            raise NotFound("attendee", proposal.attendee_id, which="whom this mentor knows and who agreed to be matched")
        mentor = before.mentor_person_id if before and before.mentor_person_id else acquainted[0]
        after = rules.nominate(before, self._draw(), proposal, mentor, listing, tx.now)
        if await self._nominations.count_proposed(mentor, tx) >= MAX_PROPOSED:
            raise Conflict(Worded("this mentor has %(most)s unanswered nominations; withdraw one first", most=MAX_PROPOSED))
        await self._save(before, after, tx)
        return after, before is None

    async def agree(self, id: str, seen: int, viewer: Viewer, tx: Tx) -> Nomination:
        """Agree to be nominated: from then on, the host hears of it.

        Raises:
            Conflict: the programme is not open, or the nominee no longer agrees to be matched.
        """
        before = await self._of_nominee(id, viewer, tx)
        candidate = await self._candidates.get_for_update(before.attendee_id, tx)
        after = rules.obey(before, "agree", seen, tx.now)
        if after is before:
            return before
        check_open(await self._listing(before.listing_id, tx), tx.now)
        if candidate is None or candidate.empty:
            raise Conflict(
                Worded("the nominee has not agreed to be matched; they can do so in their data, then agree to the nomination")
            )
        await self._save(before, after, tx)
        return after

    async def decline(self, id: str, seen: int, viewer: Viewer, tx: Tx) -> Nomination:
        """Decline to be nominated, or withdraw the agreement: the host no longer sees it."""
        return await self._end(await self._of_nominee(id, viewer, tx), "decline", seen, tx)

    async def withdraw(self, id: str, seen: int | None, viewer: Viewer, tx: Tx) -> Nomination:
        """Withdraw the nomination, as its mentor."""
        before = await self._get(id, viewer, tx)
        if not viewer.is_mentor(before):
            raise Forbidden("only the mentor can withdraw the nomination; its nominee can decline it")
        return await self._end(before, "withdraw", seen, tx)

    async def expire(self, listing_id: str, tx: Tx) -> int:
        """End up to ``PAGE`` nominations with their programme. Returns how many."""
        listing = (await self._catalogue.listings([listing_id], tx)).get(listing_id)
        states = ended_states(listing, tx.now)
        due = await self._nominations.in_states(states, listing_id, PAGE, tx) if states else []
        for nomination in due:
            await self._save(nomination, rules.obey(nomination, "expire", None, tx.now), tx)
        return len(due)

    async def sweep(self, listing_id: str, tx: Tx) -> int:
        """Delete up to ``PAGE`` nominations for a programme that were kept long enough. Returns how many."""
        before = tx.now - self._keep
        listing = (await self._catalogue.listings([listing_id], tx)).get(listing_id)
        ids = await self._nominations.old(listing_id, before, PAGE, tx) if has_ended(listing, before) else []
        await self._delete(ids, tx)
        return len(ids)

    async def follow_staff(self, organization_ids: Collection[str], tx: Tx) -> None:
        """Forget the mentors who have left these organizations, and withdraw what they proposed."""
        staff = await self._roles.get_many("organization", organization_ids, tx)
        mentors = {id: staff[id].holders("mentor") if id in staff else set() for id in organization_ids}
        for nomination in await self._nominations.of_others_than(mentors, tx):
            await self._save(nomination, rules.without_mentor(nomination, tx.now), tx)

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete these nominees' nominations."""
        if attendee_ids:
            await self._delete(await self._nominations.of_nominees(attendee_ids, tx), tx)

    async def _delete(self, ids: Collection[str], tx: Tx) -> None:
        """Delete these nominations, here and for readers."""
        if ids:
            await self._nominations.delete(ids, tx)
        for id in ids:
            tx.erase(NOMINATIONS, id)

    async def _end(self, before: Nomination, command: Command, seen: int | None, tx: Tx) -> Nomination:
        await self._candidates.get_for_update(before.attendee_id, tx)
        after = rules.obey(before, command, seen, tx.now)
        if after is not before:
            await self._save(before, after, tx)
        return after

    async def _of_nominee(self, id: str, viewer: Viewer, tx: Tx) -> Nomination:
        nomination = await self._get(id, viewer, tx)
        if not viewer.is_nominee(nomination):
            raise Forbidden("only the nominee can answer the nomination; its mentor can withdraw it")
        return nomination

    async def _get(self, id: str, viewer: Viewer, tx: Tx) -> Nomination:
        nomination = await self._nominations.get(id, tx)
        if nomination is None or not viewer.sees(nomination):
            raise NotFound("nomination", id)
        return nomination

    async def _listing(self, id: str, tx: Tx) -> Listing:
        listing = (await self._catalogue.listings([id], tx)).get(id)
        if listing is None:
            raise NotFound("listing", id)
        return listing

    async def _save(self, before: Nomination | None, after: Nomination, tx: Tx) -> None:
        await self._nominations.save(() if before else [after], [after] if before else (), tx)
        tx.publish(NOMINATIONS, after.id, rules.event_of(after), version=after.version)
        if (before is not None and before.state == "agreed") != (after.state == "agreed"):
            await self._rescorer.rescore(after.attendee_id, f"nomination/{after.id}", after.version, tx)
