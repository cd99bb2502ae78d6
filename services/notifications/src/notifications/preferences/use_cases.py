"""People choose which mails they get. Once a choice is kept, no mail that is unwanted leaves any more."""

from datetime import timedelta

from notifications.contacts.domain import Contact
from notifications.contacts.repository import Contacts
from notifications.contacts.use_cases import take_back_unwanted
from notifications.messages.repository.messages import Messages
from notifications.preferences.domain import Choice
from shared.database.mongo import Tx


class Subscriptions:
    """The use cases; each runs in the transaction it is given.

    ``gather`` and ``zone``: as in ``Contact.choose``.
    """

    def __init__(self, contacts: Contacts, messages: Messages, gather: timedelta, zone: str) -> None:
        self._contacts = contacts
        self._messages = messages
        self._gather = gather
        self._zone = zone

    async def choose(self, person_id: str, choice: Choice, tx: Tx) -> Contact | None:
        """Keep what the person wants. Returns the person, or whom they were merged into; None where no address is known."""
        contact = await self._person(person_id, tx)
        if contact.chooser != person_id:
            contact = await self._person(contact.chooser, tx)
        if contact.mailbox is None:
            return None
        await self._change(contact, choice, tx)
        return contact

    async def subscribe(self, person_id: str, wanted: bool, tx: Tx) -> bool:
        """Whether the person wants optional mails at all, and so whoever they were merged into. Returns whether that changed
        anything. That somebody unsubscribed is kept of who is not known (any more), too, for the day on which they are.
        """
        contacts = [await self._person(person_id, tx)]
        if into := contacts[0].merged_into:
            contacts.append(await self._person(into, tx))
        changing = [contact for contact in contacts if contact.unsubscribed is wanted]
        for contact in changing:
            await self._change(contact, Choice(contact.preferences, unsubscribed=not wanted), tx)
        return bool(changing)

    async def _person(self, id: str, tx: Tx) -> Contact:
        return (await self._contacts.get_many([id], tx)).get(id) or Contact(id)

    async def _change(self, contact: Contact, choice: Choice, tx: Tx) -> None:
        new, before = contact.is_empty, (contact.unwanted, contact.mailbox)
        contact.choose(choice.preferences, choice.unsubscribed, tx.now, self._gather, self._zone)
        await take_back_unwanted(self._messages, contact, *before, tx)
        if contact.is_empty:
            await self._contacts.erase([contact.id], tx)
        else:
            await self._contacts.save([contact] if new else [], [] if new else [contact], tx)
