"""What follows from each step of a delivery: it is recorded, published, and bad addresses are suppressed."""

from collections.abc import Sequence
from datetime import timedelta

from notifications.contacts.repository import Contacts
from notifications.mail.message import Message
from notifications.messages.domain import DeliveryStep, Ended, Postponed
from notifications.messages.repository.messages import Messages
from notifications.messages.repository.sending import Sending
from notifications.messages.use_cases import publish_state_changes
from notifications.suppressions.repository import Suppressions
from notifications.suppressions.use_cases import suppress_address
from shared.database.mongo import Tx


class DeliveryRecords:
    """The use cases; each runs in the transaction it is given. ``lease``: how long a sender may hold a message."""

    def __init__(
        self, sending: Sending, messages: Messages, suppressions: Suppressions, contacts: Contacts, lease: timedelta
    ) -> None:
        self._sending = sending
        self._messages = messages
        self._suppressions = suppressions
        self._contacts = contacts
        self._lease = lease

    async def record(self, steps: Sequence[DeliveryStep], tx: Tx) -> list[bool]:
        """Record these steps of different messages.

        Returns for each whether the message was still in hand under its claim; where not, nothing is changed.
        """
        kept, changes = await self._sending.record(steps, self._lease, tx)
        publish_state_changes(changes, tx)
        for step, was_kept in zip(steps, kept, strict=True):
            if was_kept:
                await self._follow_up(step, tx)
        return kept

    async def _follow_up(self, step: DeliveryStep, tx: Tx) -> None:
        message = step.claimed.message
        if isinstance(step, Ended) and step.suppress:
            token = step.claimed.record.token
            await suppress_address(self._suppressions, self._messages, step.suppress, message.recipient, step.answer, token, tx)
        unsent = isinstance(step, Postponed) or (isinstance(step, Ended) and step.state == "suppressed")
        if unsent and message.listing_ids:
            await self._make_new_again(message, tx)

    async def _make_new_again(self, message: Message, tx: Tx) -> None:
        """The matches in a digest that is not wanted any more are new again."""
        if not await self._sending.is_suppressed(message, tx):
            return
        for contact in (await self._contacts.get_many([message.recipient], tx)).values():
            contact.forget_mailed(message.listing_ids, tx.now)
            await self._contacts.save([], [contact], tx)

    async def end_leases(self, most: int, tx: Tx) -> tuple[int, int]:
        """End so many mails that were cut off while they were handed over. Returns how many are sent again, and how many not."""
        resent, changes = await self._sending.end_leases(most, tx)
        publish_state_changes(changes, tx)
        return resent, len(changes)
