"""Suppressions stop being mailed."""

from notifications.messages.repository.messages import Messages
from notifications.suppressions.repository import Suppressions
from shared.database.mongo import Tx


async def suppress_address(
    suppressions: Suppressions, messages: Messages, address_id: str, recipient: str, reason: str, token: str, tx: Tx
) -> None:
    """Send no more mail to the address, and take back the mails to this person that senders have in hand.

    ``token``: of the message for which it is suppressed.
    """
    if await suppressions.suppress(address_id, reason, token, tx):
        await messages.requeue(recipient, tx)  # who is about to send looks again, and sees it
