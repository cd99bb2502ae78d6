"""Looks up the audience of a scheduled mail."""

from datetime import timedelta
from typing import Final

from notifications.contacts.repository import Contacts
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.projections import Listing, Projections
from shared.database.mongo import Tx

RANKINGS_WAIT: Final = timedelta(minutes=10)
AT_ONCE: Final = 100
"""How many of a large audience are written to in one transaction."""


class NotYet(Exception):
    """A scheduled mail needs something that is not known yet: another topic's event may be on its way. The text says what."""


class Audiences:
    """Finds the recipients of scheduled mails, of large audiences some at a time."""

    def __init__(self, contacts: Contacts, projections: Projections) -> None:
        self._contacts = contacts
        self._projections = projections

    async def next(self, scheduled: ScheduledMail, tx: Tx) -> tuple[list[str], bool]:
        """The ids of those who come next, and whether there are more after them.

        Raises:
            NotYet: it is not known who they are.
        """
        ids = scheduled.audience.ids
        match scheduled.audience.group:
            case "person":
                return list(ids), False
            case "host":
                return await self._host(await self.listing(ids[0], tx), tx), False
            case "mentors":
                return list((await self.listing(ids[0], tx)).mentors), False
            case "recommended":
                found = await self._contacts.recommended(ids, scheduled.after, AT_ONCE, tx)
            case "ranked":
                await self._all_ranked(scheduled, tx)
                found = await self._projections.ranked(ids[0], scheduled.after, AT_ONCE, tx)
        return found, len(found) == AT_ONCE

    async def _all_ranked(self, scheduled: ScheduledMail, tx: Tx) -> None:
        """Rankings come by another topic than the round: the last of them may be on their way, for a while.

        Asked once: a ranking that is taken back while the first are told holds up nobody.
        """
        if scheduled.after:
            return
        recent = scheduled.created_at is not None and tx.now - scheduled.created_at < RANKINGS_WAIT
        if recent and await self._projections.count_ranked(scheduled.audience.ids[0], tx) < scheduled.details.expected:
            raise NotYet("all who ranked")

    async def listing(self, id: str, tx: Tx) -> Listing:
        """Raises ``NotYet`` where it is not known."""
        listing = (await self._projections.listings([id], tx)).get(id)
        if listing is None:
            raise NotYet(f"the listing {id}")
        return listing

    async def _host(self, listing: Listing, tx: Tx) -> list[str]:
        """The organization's contacts; where it has none, the listing's mentors."""
        staff = await self._contacts.hosts(listing.organization_id, tx)
        organization_contacts = [id for id, post in staff if post.contact]
        chosen = organization_contacts or [id for id, _ in staff if id in listing.mentors] or [id for id, _ in staff]
        if not chosen:
            raise NotYet(f"anybody of the organization {listing.organization_id}")
        return sorted(set(chosen))
