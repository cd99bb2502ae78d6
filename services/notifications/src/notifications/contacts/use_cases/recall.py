"""Recalls which mails were sent after the database was restored, so none is sent twice."""

from collections.abc import Callable
from typing import Final

from notifications.contacts.domain import Contact
from notifications.contacts.repository import Contacts
from notifications.mail.message import message_id
from notifications.messages.repository.messages import Messages
from shared.contract.envelope import Event
from shared.contract.events.notifications import DeliveryChanged
from shared.database.mongo import Tx

_HAVE_IT: Final = ("sent", "unknown", "bounced", "complained")
"""Published states of messages that were handed over."""


class SentMails:
    """Takes over from ``notifications.deliveries`` what the database does not know, in the transaction it is given."""

    def __init__(self, messages: Messages, contacts: Contacts) -> None:
        self._messages = messages
        self._contacts = contacts

    async def recall(self, events: list[Event], tx: Tx) -> None:
        """Add the messages that these events tell of; of digests and welcomes, also that the recipient had them."""
        told: dict[str, DeliveryChanged] = {}
        for event in events:
            if isinstance(event.data, DeliveryChanged):
                told[message_id(event.data.cause, event.data.kind, event.data.person_id)] = event.data
        new = [told[id] for id in await self._messages.recall(told, tx)]
        had = [one for one in new if one.state in _HAVE_IT and one.kind in _REMEMBERED]
        known = await self._contacts.get_many({one.person_id for one in had}, tx)
        contacts = dict(known)
        for one in had:
            _REMEMBERED[one.kind](contacts.setdefault(one.person_id, Contact(one.person_id)), one)
        await self._contacts.save(
            [contact for id, contact in contacts.items() if id not in known],
            [contact for id, contact in contacts.items() if id in known],
            tx,
        )


def _remember_matches(contact: Contact, digest: DeliveryChanged) -> None:
    contact.remember_listings(digest.listing_ids)


def _remember_welcome(contact: Contact, _: DeliveryChanged) -> None:
    contact.welcomed = True


_REMEMBERED: Final[dict[str, Callable[[Contact, DeliveryChanged], None]]] = {
    "matches": _remember_matches,
    "welcome": _remember_welcome,
}
"""What a contact remembers of mails, by their kind."""
