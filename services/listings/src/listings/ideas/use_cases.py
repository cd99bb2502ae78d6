"""Changes to ideas: load, decide, save, publish."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

from motor.motor_asyncio import AsyncIOMotorClientSession

from listings.ideas.domain import idea as rules
from listings.ideas.domain.idea import Idea
from listings.ideas.domain.proposal import Proposal
from listings.ideas.domain.transitions import Command
from listings.ideas.repository import Author, AuthorsRepository, IdeasRepository
from listings.listings.domain.details import ListingDetails
from listings.listings.use_cases import Listings
from listings.organizations.domain import Organization
from listings.organizations.repository import OrganizationsRepository
from shared.contract.envelope import Event
from shared.contract.events.registration import AttendeeProfiled
from shared.contract.topics import IDEAS
from shared.database.mongo import Tx
from shared.refusals import Conflict, Invalid, NotFound
from shared.worded import Worded

MOST_LIVE: Final = 10
"""How many ideas of one attendee hosts can see at once."""
MOST_IDEAS: Final = 100
"""How many ideas one attendee may have, in any state."""
BATCH: Final = 100
"""The most ideas that one transaction ends."""

Session = AsyncIOMotorClientSession | None


class Ideas:
    """The use cases; each runs in the transaction it is given. They raise ``NotFound``, ``Conflict``, ``Invalid``, ``Stale``."""

    def __init__(
        self,
        repository: IdeasRepository,
        authors: AuthorsRepository,
        organizations: OrganizationsRepository,
        listings: Listings,
        lifetime: timedelta,
        draw_listing_id: Callable[[], str],
    ) -> None:
        self._repository = repository
        self._authors = authors
        self._organizations = organizations
        self._listings = listings
        self._lifetime = lifetime
        self._draw_listing_id = draw_listing_id

    async def propose(self, attendee_id: str, key: str, proposal: Proposal, tx: Tx) -> tuple[Idea, bool]:
        """Propose an idea, change it, or propose it again. Returns it, and whether it is new."""
        # Locked, so that an erasure at the same time leaves nothing, and nobody exceeds the number of ideas.
        attended = await self._authors.lock(attendee_id, tx)
        if attended is None:
            raise NotFound("attendee", attendee_id, which="who agreed to be matched and attended a conference")
        _check_attended(proposal, attended)
        known = await self._repository.by_key(attendee_id, key, tx.session)
        if not (known and known.live) and await self._repository.count_live_of_author(attendee_id, tx) >= MOST_LIVE:
            raise Conflict(
                Worded(
                    "hosts can already see %(most)s ideas of the attendee, which is the limit; withdraw one of them first",
                    most=MOST_LIVE,
                )
            )
        if known is None and await self._repository.count_of_author(attendee_id, tx) >= MOST_IDEAS:
            raise Conflict(
                Worded("the attendee already has %(most)s ideas, which is the limit; change one of them", most=MOST_IDEAS)
            )
        idea = rules.propose(known, attendee_id, key, proposal, tx.now, self._lifetime)
        if idea != known:
            await self._save([idea], tx)
        return idea, known is None

    async def withdraw(self, attendee_id: str, key: str, tx: Tx) -> Idea:
        """Take the author's idea back."""
        known = await self.of_author(attendee_id, key, tx.session)
        idea = rules.withdraw(known)
        if idea != known:
            await self._save([idea], tx)
        return idea

    async def give_way(self, attendee_id: str, key: str, tx: Tx) -> Idea:
        """Let everybody apply for the listing that the idea became. Repeating it changes nothing."""
        known = await self.of_author(attendee_id, key, tx.session)
        idea = rules.give_way(known)
        if idea != known:
            await self._listings.open_to_all(str(idea.listing_id), tx)
            await self._save([idea], tx)
        return idea

    async def decline(self, attendee_id: str, key: str, organization_id: str, seen: int, tx: Tx) -> Idea:
        """Answer a host that it will not have the idea. ``seen``: the version that the author decided on."""
        known = await self.of_author(attendee_id, key, tx.session)
        return await self._command(known, "decline", organization_id, seen, rules.decline, tx)

    async def agree(self, attendee_id: str, key: str, organization_id: str, seen: int, tx: Tx) -> Idea:
        """Let a host adopt the idea: it becomes a draft listing of that host, with its author."""
        known = await self.of_author(attendee_id, key, tx.session)
        if rules.is_repeated(known, "agree", organization_id, seen):
            return known
        idea = rules.agree(known, organization_id, self._draw_listing_id())
        host = await self._organizations.lock_organization(organization_id, tx)
        if host is None or not rules.is_visible_to(known, host):
            raise Conflict(
                Worded(
                    "organization %(organization_id)s no longer takes part in a conference of the idea; decline it",
                    organization_id=repr(organization_id),
                )
            )
        details = ListingDetails(
            organization_id=organization_id,
            title=idea.proposal.title,
            description=idea.proposal.text,
            skills=idea.proposal.skills,
            capacity=1,
        )
        await self._listings.adopt(str(idea.listing_id), details, idea.attendee_id, tx)
        await self._save([idea], tx)
        return idea

    async def ask(self, organization_id: str, id: str, seen: int, tx: Tx) -> tuple[Idea, Organization]:
        """Ask for a host to adopt an idea that it can see."""
        known, host = await self.of_host(organization_id, id, tx.session)
        return await self._command(known, "ask", organization_id, seen, rules.ask, tx), host

    async def take_back(self, organization_id: str, id: str, seen: int, tx: Tx) -> tuple[Idea, Organization]:
        """Let a host no longer ask."""
        known, host = await self.of_host(organization_id, id, tx.session)
        return await self._command(known, "take-back", organization_id, seen, rules.take_back, tx), host

    async def of_host(self, organization_id: str, id: str, session: Session = None) -> tuple[Idea, Organization]:
        """An idea that the host can see, and the host. Raises ``NotFound`` otherwise."""
        host = await self._organizations.organization(organization_id, session)
        if host is None:
            raise NotFound("organization", organization_id)
        idea = await self._repository.idea(id, session)
        if idea is None or not rules.is_visible_to(idea, host):
            raise NotFound("idea", id)
        return idea, host

    async def of_author(self, attendee_id: str, key: str, session: Session = None) -> Idea:
        """The author's idea. Raises ``NotFound`` if there is none."""
        idea = await self._repository.by_key(attendee_id, key, session)
        if idea is None:
            raise NotFound("idea", key)
        return idea

    async def expire_due(self, tx: Tx) -> int:
        """End up to ``BATCH`` ideas whose time is up. Returns how many."""
        due = await self._repository.due(tx.now, BATCH, tx)
        await self._save([rules.expire(idea, tx.now) for idea in due], tx)
        return len(due)

    async def follow_attendees(self, events: list[Event], tx: Tx) -> None:
        """Record who attended which conferences, and let ideas follow their authors.

        They are shown as long as these agree to be matched, move to the attendee into whom these are merged, and are erased with
        them, as the credit for listings is.
        """
        before = await self._authors.known({event.key for event in events}, tx)
        after: dict[str, Author | None] = dict(before)
        erased: set[str] = set()
        for event in events:
            known = after.get(event.key)
            if event.data is None:
                after[event.key] = None
                erased.add(event.key)
            elif isinstance(event.data, AttendeeProfiled):
                known = known or Author(0, [])
                said = Author(event.data.version, event.data.conference_ids, event.data.merged_into)
                # Most new versions say nothing new about conferences.
                if said.version > known.version and said != known._replace(version=said.version):
                    after[event.key] = said
        changed = {id: one for id, one in after.items() if one != before.get(id)}
        await self._authors.save(changed, tx)
        if erased:
            for id in await self._repository.erase(erased, tx):
                tx.erase(IDEAS, id)
            await self._listings.forget_authors(erased, tx)
        await self._follow({id: one for id, one in changed.items() if one}, tx)

    async def _follow(self, changed: Mapping[str, Author], tx: Tx) -> None:
        """Let the ideas of these attendees follow them, and the credit for the listings that they became."""
        if not changed:
            return
        # By the id under which it was proposed: after a split, each has their own ideas again.
        now = {id: author.merged_into or id for id, author in changed.items()}
        ideas = await self._repository.of_persons({*now, *now.values()}, tx)
        author_of = {idea.id: now.get(idea.origin.attendee_id if idea.origin else idea.attendee_id) for idea in ideas}
        authors = dict(changed) | await self._authors.known({id for id in author_of.values() if id} - changed.keys(), tx)
        keys = defaultdict[str, set[str]](set)
        for idea in ideas:
            keys[idea.attendee_id].add(idea.key)
        followed = []
        for idea in ideas:
            attendee_id = author_of[idea.id]
            if attendee_id is None:  # it is another one's, who has not changed
                continue
            attended = authors[attendee_id].conference_ids if attendee_id in authors else ()
            after = rules.follow(idea, attendee_id, attended, keys[attendee_id])
            keys[attendee_id].add(after.key)
            followed.append((idea, after, bool(attended)))
        await self._save([after for before, after, _ in followed if after != before], tx)
        adopted = [(after.listing_id, after.attendee_id, agrees) for _, after, agrees in followed if after.listing_id]
        await self._listings.credit({id: attendee_id for id, attendee_id, _ in adopted}, tx)
        await self._listings.end_author_time({attendee_id for _, attendee_id, agrees in adopted if not agrees}, tx)

    async def _command(
        self, known: Idea, command: Command, organization_id: str, seen: int, decide: Callable[[Idea, str], Idea], tx: Tx
    ) -> Idea:
        if rules.is_repeated(known, command, organization_id, seen):
            return known
        idea = decide(known, organization_id)
        await self._save([idea], tx)
        return idea

    async def _save(self, ideas: Collection[Idea], tx: Tx) -> None:
        await self._repository.save(ideas, tx)
        for idea in ideas:
            tx.publish(IDEAS, idea.id, idea.changed(), version=idea.version)


def _check_attended(proposal: Proposal, attended: Collection[str]) -> None:
    if unknown := sorted(set(proposal.conference_ids) - set(attended)):
        raise Invalid(
            "conference_ids", Worded("the attendee did not take part in %(unknown)s", unknown=", ".join(map(repr, unknown)))
        )
    if proposal.session and proposal.session.conference_id not in attended:
        raise Invalid(
            "session",
            Worded("the attendee did not take part in %(conference_id)s", conference_id=repr(proposal.session.conference_id)),
        )
