"""Looking up the audience of a scheduled mail."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Final

from notifications.contacts.domain import Post
from notifications.contacts.repository import Contacts
from notifications.messages.repository.messages import Messages
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Listing, Projections
from notifications.writing.use_cases.transaction_cache import NotYet, TransactionCache
from shared.database.mongo import Tx

OTHERS_WAIT: Final = timedelta(minutes=10)
"""How long a mail about a round waits for rankings or placements that belong to it."""
PART: Final = 100
"""How many people of a large audience are written to in one transaction."""


CountOfRound = Callable[[str, Tx], Awaitable[int]]
"""How many are known of a round."""


class Audiences:
    """Finds the recipients of scheduled mails, in parts for large audiences."""

    def __init__(self, contacts: Contacts, projections: Projections, attendances: Attendances, messages: Messages) -> None:
        self._contacts = contacts
        self._projections = projections
        self._attendances = attendances
        self._messages = messages

    async def next(self, scheduled: ScheduledMail, cache: TransactionCache) -> tuple[list[str], bool]:
        """The ids of the next part of the audience, and whether there are more after it.

        Raises:
            NotYet: the recipients are not known yet.
        """
        ids, tx = scheduled.audience.ids, cache.tx
        match scheduled.audience.group:
            case "person":
                return list(ids), False
            case "host":
                return await self._host(await cache.listing(ids[0]), ids[1:], cache), False
            case "organization":
                staff = _chosen((await cache.staff_of(ids[:1]))[ids[0]], ())
                if not staff:
                    raise NotYet(f"anybody of the organization {ids[0]}")
                return sorted(staff), False
            case "mentors":
                return list((await cache.listing(ids[0])).mentors), False
            case "recommended":
                found = await self._contacts.recommended(ids, scheduled.after, PART, tx)
            case "attended":
                found = await self._attendances.attended(ids[0], scheduled.after, PART, tx)
            case "ranked":
                await self._wait_for_others(scheduled, self._projections.count_ranked, "all who ranked", tx)
                found = await self._projections.ranked(ids[0], scheduled.after, PART, tx)
            case "concerned":
                ranked = await self._projections.ranked(ids[0], scheduled.after, PART, tx)
                invited = await self._messages.recipients(f"round/{ids[0]}", "round_opened", scheduled.after, PART, tx)
                found = sorted({*ranked, *invited})[:PART]
            case "hosts":
                await self._wait_for_others(scheduled, self._projections.count_placed, "all who have a seat", tx)
                found = await self._hosts(scheduled, cache)
        return found, len(found) == PART

    async def _wait_for_others(self, scheduled: ScheduledMail, count: CountOfRound, missing: str, tx: Tx) -> None:
        """Raise ``NotYet`` for a while if there are fewer than expected: they come by another topic than the round.

        Only before the first part, so that a ranking withdrawn later does not hold up the rest.
        """
        if scheduled.after:
            return
        recent = scheduled.created_at is not None and tx.now - scheduled.created_at < OTHERS_WAIT
        # Older ones name their round only in the audience.
        round_id = scheduled.details.round_id or scheduled.audience.ids[0]
        if recent and await count(round_id, tx) < scheduled.details.expected:
            raise NotYet(missing)

    async def _host(self, listing: Listing, others: tuple[str, ...], cache: TransactionCache) -> list[str]:
        """The organization's contacts; without any, the listing's mentors; without any, all of its staff. And the others."""
        staff = (await cache.staff_of([listing.organization_id]))[listing.organization_id]
        chosen = _chosen(staff, listing.mentors)
        if not chosen and not others:
            raise NotYet(f"anybody of the organization {listing.organization_id}")
        return sorted({*chosen, *others})

    async def _hosts(self, scheduled: ScheduledMail, cache: TransactionCache) -> list[str]:
        """The next part of the people who get the mails of the listings' hosts."""
        listings = (await cache.listings(scheduled.audience.ids)).values()
        staff = await cache.staff_of({listing.organization_id for listing in listings})
        people = {id for listing in listings for id in _chosen(staff[listing.organization_id], listing.mentors)}
        return sorted(id for id in people if id > scheduled.after)[:PART]


def _chosen(staff: Sequence[tuple[str, Post]], mentors: Collection[str]) -> list[str]:
    """The contacts among an organization's staff; without any, a listing's mentors; without any, all of the staff."""
    contacts = [id for id, post in staff if post.contact]
    return contacts or [id for id, _ in staff if id in mentors] or [id for id, _ in staff]
