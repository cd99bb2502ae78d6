"""Whom a plan is for."""

from datetime import timedelta
from typing import Final

from notifications.contacts.repository import People
from notifications.rules.domain.plans import Plan
from notifications.rules.repository.projections import Offered, Surroundings
from shared.database.mongo import Tx

RANKINGS_WAIT: Final = timedelta(minutes=10)
AT_ONCE: Final = 100
"""How many of a large audience are written to in one transaction."""


class NotYet(Exception):
    """Something that a plan needs is not known yet: another topic's event may be on its way. The text says what."""


class Audiences:
    """Looks up whom a plan is for."""

    def __init__(self, people: People, surroundings: Surroundings) -> None:
        self._people = people
        self._surroundings = surroundings

    async def next(self, plan: Plan, tx: Tx) -> tuple[list[str], bool]:
        """The ids of those who come next, and whether there are more after them.

        Raises:
            NotYet: it is not known who they are.
        """
        ids = plan.audience.ids
        match plan.audience.circle:
            case "person":
                return list(ids), False
            case "host":
                return await self._host(await self.listing(ids[0], tx), tx), False
            case "mentors":
                return list((await self.listing(ids[0], tx)).mentors), False
            case "recommended":
                found = await self._people.recommended(ids, plan.after, AT_ONCE, tx)
            case "ranked":
                await self._all_ranked(plan, tx)
                found = await self._surroundings.ranked(ids[0], plan.after, AT_ONCE, tx)
        return found, len(found) == AT_ONCE

    async def _all_ranked(self, plan: Plan, tx: Tx) -> None:
        """Rankings come by another topic than the round: the last of them may be on their way, for a while.

        Asked once: a ranking that is taken back while the first are told holds up nobody.
        """
        if plan.after:
            return
        recent = plan.created_at is not None and tx.now - plan.created_at < RANKINGS_WAIT
        if recent and await self._surroundings.count_ranked(plan.audience.ids[0], tx) < plan.facts.expected:
            raise NotYet("all who ranked")

    async def listing(self, id: str, tx: Tx) -> Offered:
        """Raises ``NotYet`` where it is not known."""
        listing = (await self._surroundings.listings([id], tx)).get(id)
        if listing is None:
            raise NotYet(f"the listing {id}")
        return listing

    async def _host(self, listing: Offered, tx: Tx) -> list[str]:
        """The organization's contacts; where it has none, the listing's mentors."""
        people = await self._people.hosts(listing.organization_id, tx)
        contacts = [id for id, post in people if post.contact]
        chosen = contacts or [id for id, _ in people if id in listing.mentors] or [id for id, _ in people]
        if not chosen:
            raise NotYet(f"anybody of the organization {listing.organization_id}")
        return sorted(set(chosen))
