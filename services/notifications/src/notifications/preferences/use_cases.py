"""Saving which mails people want. Once a choice is saved, no unwanted mail is sent any more."""

from notifications.contacts.domain import Contact
from notifications.contacts.repository import Contacts
from notifications.contacts.use_cases.contact_updater import suppress_unwanted
from notifications.digest_times import DigestTimes
from notifications.messages.repository.messages import Messages
from notifications.preferences.domain import Choice
from shared.database.mongo import Tx


class Subscriptions:
    """Use cases; each runs in the transaction it is given."""

    def __init__(self, contacts: Contacts, messages: Messages, times: DigestTimes) -> None:
        self._contacts = contacts
        self._messages = messages
        self._times = times

    async def choose(self, person_id: str, choice: Choice, tx: Tx) -> Contact | None:
        """Save the choice of a person, or of the one they were merged into. Returns that contact; None if it has no address."""
        contact = await self._person(person_id, tx)
        if contact.chooser != person_id:
            contact = await self._person(contact.chooser, tx)
        if contact.mailbox is None:
            return None
        await self._change(contact, choice, tx)
        return contact

    async def subscribe(self, person_id: str, wanted: bool, tx: Tx) -> bool:
        """Subscribe a person, and the one they were merged into, to optional mails, or unsubscribe them.

        Returns whether that changed anything. An unsubscribe is also saved for somebody who is not known (any more), in case
        they become known.
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
        contact.choose(choice.preferences, choice.unsubscribed, tx.now, self._times)
        await suppress_unwanted(self._messages, contact, *before, tx)
        if contact.is_empty:
            await self._contacts.erase([contact.id], tx)
        else:
            await self._contacts.save([contact] if new else [], [] if new else [contact], tx)
