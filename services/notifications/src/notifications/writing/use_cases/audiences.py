"""Looking up the audience of a scheduled mail."""

from datetime import timedelta
from typing import Final

from notifications.contacts.repository import Contacts
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.projections import Listing, Projections
from shared.database.mongo import Tx

RANKINGS_WAIT: Final = timedelta(minutes=10)
PART: Final = 100
"""How many people of a large audience are written to in one transaction."""


class NotYet(Exception):
    """A scheduled mail needs something that is not known yet: its event may still come. The text says what is missing."""


class Audiences:
    """Finds the recipients of scheduled mails, in parts for large audiences."""

    def __init__(self, contacts: Contacts, projections: Projections) -> None:
        self._contacts = contacts
        self._projections = projections

    async def next(self, scheduled: ScheduledMail, tx: Tx) -> tuple[list[str], bool]:
        """The ids of the next part of the audience, and whether there are more after it.

        Raises:
            NotYet: the recipients are not known yet.
        """
        ids = scheduled.audience.ids
        match scheduled.audience.group:
            case "person":
                return list(ids), False
            case "host":
                return await self._host(await self.listing(ids[0], tx), ids[1:], tx), False
            case "mentors":
                return list((await self.listing(ids[0], tx)).mentors), False
            case "recommended":
                found = await self._contacts.recommended(ids, scheduled.after, PART, tx)
            case "ranked":
                await self._wait_for_rankings(scheduled, tx)
                found = await self._projections.ranked(ids[0], scheduled.after, PART, tx)
        return found, len(found) == PART

    async def _wait_for_rankings(self, scheduled: ScheduledMail, tx: Tx) -> None:
        """Raise ``NotYet`` for a while if rankings are missing: they come by another topic than the round.

        Only before the first part, so that a ranking withdrawn later does not hold up the rest.
        """
        if scheduled.after:
            return
        recent = scheduled.created_at is not None and tx.now - scheduled.created_at < RANKINGS_WAIT
        if recent and await self._projections.count_ranked(scheduled.audience.ids[0], tx) < scheduled.details.expected:
            raise NotYet("all who ranked")

    async def listing(self, id: str, tx: Tx) -> Listing:
        """The listing with this id.

        Raises:
            NotYet: the listing is not known.
        """
        listing = (await self._projections.listings([id], tx)).get(id)
        if listing is None:
            raise NotYet(f"the listing {id}")
        return listing

    async def _host(self, listing: Listing, others: tuple[str, ...], tx: Tx) -> list[str]:
        """The organization's contacts; without any, the listing's mentors; without any, all of its staff. And the others."""
        staff = await self._contacts.staff_of(listing.organization_id, tx)
        organization_contacts = [id for id, post in staff if post.contact]
        chosen = organization_contacts or [id for id, _ in staff if id in listing.mentors] or [id for id, _ in staff]
        if not chosen and not others:
            raise NotYet(f"anybody of the organization {listing.organization_id}")
        return sorted({*chosen, *others})
