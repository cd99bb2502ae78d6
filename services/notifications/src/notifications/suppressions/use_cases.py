"""Suppressing addresses."""

from notifications.mail.message import Message
from notifications.messages.repository.messages import Messages
from notifications.suppressions.repository import Suppressions
from shared.database.mongo import Tx


async def suppress_address(
    suppressions: Suppressions, messages: Messages, address_id: str, message: Message, reason: str, tx: Tx
) -> None:
    """Suppress the address that this message went to, and return claimed messages to the same person to the queue.

    Their sender then looks the address up again, and finds it suppressed.
    """
    if await suppressions.suppress(address_id, reason, message.token, tx):
        await messages.requeue(message.recipient, tx)
