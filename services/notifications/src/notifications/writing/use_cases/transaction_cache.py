"""What mails need to know of others: each thing is read once for all that are written in one transaction."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeVar

from notifications.brands.use_cases import About
from notifications.contacts.domain import Contact, Post
from notifications.contacts.repository import Contacts
from notifications.mail.content import MailBrand
from notifications.rules.domain.scheduled_mails import ScheduledMail
from notifications.rules.repository.projections import Listing, Projections
from shared.database.mongo import Tx

Thing = TypeVar("Thing")
Staff = list[tuple[str, Post]]


class NotYet(Exception):
    """A scheduled mail needs something that is not known yet: its event may still come. The text says what is missing."""


class TransactionCache:
    """Listings, contacts and staff, as this transaction sees them."""

    def __init__(self, contacts: Contacts, projections: Projections, tx: Tx) -> None:
        self.tx = tx
        self._read_contacts = contacts.get_many
        self._read_staff = contacts.staff_of_many
        self._read_listings = projections.listings
        self._contacts: dict[str, Contact | None] = {}
        self._staff: dict[str, Staff | None] = {}
        self._listings: dict[str, Listing | None] = {}
        self.brands: Mapping[About, MailBrand] = {}
        """Of mails about these listings and rounds, as far as they have any."""

    async def read_for(self, scheduled_mails: Collection[ScheduledMail]) -> None:
        """Read what most of these need, of each kind all together."""
        details = [scheduled.details for scheduled in scheduled_mails]
        audiences = [scheduled.audience for scheduled in scheduled_mails]
        of_listings = [one.ids[0] for one in audiences if one.group in ("host", "mentors")]
        listings = await self.listings({*of_listings, *(one.listing_id for one in details)} - {""})
        hosts = {listings[one.ids[0]].organization_id for one in audiences if one.group == "host" and one.ids[0] in listings}
        staff = await self.staff_of(hosts | {one.ids[0] for one in audiences if one.group == "organization"})
        people = {id for one in audiences if one.group == "person" for id in one.ids}
        people |= {id for posts in staff.values() for id, _ in posts} | {one.person_id for one in details}
        people |= {id for one in listings.values() for id in one.mentors} | {id for one in details for id in one.mentors}
        await self.contacts(people - {""})

    async def contacts(self, ids: Collection[str]) -> dict[str, Contact]:
        """The known contacts among these ids."""
        return await self._once(self._contacts, ids, self._read_contacts)

    async def staff_of(self, organization_ids: Collection[str]) -> dict[str, Staff]:
        """The staff of each of these organizations, with their roles there."""
        return await self._once(self._staff, organization_ids, self._read_staff)

    async def listings(self, ids: Collection[str]) -> dict[str, Listing]:
        """The known listings among these, open or closed."""
        return await self._once(self._listings, ids, self._read_listings)

    async def listing(self, id: str) -> Listing:
        """The listing with this id.

        Raises:
            NotYet: the listing is not known.
        """
        listing = (await self.listings([id])).get(id)
        if listing is None:
            raise NotYet(f"the listing {id}")
        return listing

    async def _once(
        self,
        known: dict[str, Thing | None],
        ids: Collection[str],
        read: Callable[[Collection[str], Tx], Awaitable[dict[str, Thing]]],
    ) -> dict[str, Thing]:
        if missing := [id for id in ids if id not in known]:
            found = await read(missing, self.tx)
            known.update({id: found.get(id) for id in missing})
        return {id: thing for id in ids if (thing := known[id]) is not None}
