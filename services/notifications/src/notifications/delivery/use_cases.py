"""Records each step of a delivery: stores and publishes it, and suppresses addresses that do not exist."""

from collections.abc import Sequence
from datetime import timedelta

from notifications.contacts.repository import Contacts
from notifications.mail.message import Message
from notifications.messages.domain.records import DeliveryStep, Ended, Postponed
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import publish_state_changes
from notifications.suppressions.repository import Suppressions
from notifications.suppressions.use_cases import suppress_address
from shared.database.mongo import Tx


class DeliveryRecorder:
    """Use cases; each runs in the transaction it is given."""

    def __init__(self, messages: Messages, suppressions: Suppressions, contacts: Contacts, lease: timedelta) -> None:
        """``lease``: how long a sender may hold a message."""
        self._messages = messages
        self._suppressions = suppressions
        self._contacts = contacts
        self._lease = lease

    async def record(self, steps: Sequence[DeliveryStep], tx: Tx) -> list[bool]:
        """Record these steps of different messages.

        Returns for each whether the message was still under its claim; if not, nothing is changed.
        """
        recorded, changes = await self._messages.record_steps(steps, self._lease, tx)
        publish_state_changes(changes, tx)
        for step, was_recorded in zip(steps, recorded, strict=True):
            if was_recorded:
                await self._follow_up(step, tx)
        return recorded

    async def _follow_up(self, step: DeliveryStep, tx: Tx) -> None:
        message = step.claimed.message
        if isinstance(step, Ended) and step.suppress:
            await suppress_address(self._suppressions, self._messages, step.suppress, message, step.answer, tx)
        unsent = isinstance(step, Postponed) or (isinstance(step, Ended) and step.state == "suppressed")
        if unsent and message.listing_ids and await self._messages.is_suppressed(message.id, tx):
            await self._make_matches_new(message, tx)

    async def _make_matches_new(self, message: Message, tx: Tx) -> None:
        """The matches in a digest that was suppressed are new again, so the next digest includes them."""
        for contact in (await self._contacts.get_many([message.recipient], tx)).values():
            contact.forget_mailed(message.listing_ids, tx.now)
            await self._contacts.save([], [contact], tx)

    async def end_expired(self, most: int, tx: Tx) -> tuple[int, int]:
        """Resend or give up messages whose sender disappeared while sending them, up to ``most`` of each lane.

        Returns how many are sent once more, and how many are given up.
        """
        resent, changes = await self._messages.end_expired(most, tx)
        publish_state_changes(changes, tx)
        return resent, len(changes)
