"""Changes of messages, each published to the other services."""

from collections.abc import Collection, Iterable

from notifications.mail.message import Message
from notifications.messages.domain.records import Cancellation, StateChange
from notifications.messages.repository.messages import Messages
from shared.contract.events.notifications import DeliveryChanged
from shared.contract.topics import DELIVERIES
from shared.database.mongo import Tx
from shared.logging import correlated


async def cancel_messages(messages: Messages, cancellations: Collection[Cancellation], tx: Tx) -> None:
    """Cancel the unsent messages that these name."""
    publish_state_changes(await messages.cancel(cancellations, tx), tx)


async def suppress_messages(messages: Messages, recipient: str, kinds: Collection[str], tx: Tx) -> list[str]:
    """Suppress the unsent messages of these kinds to a person. Returns the listings that the person will not hear of."""
    changes = await messages.suppress(recipient, kinds, tx)
    publish_state_changes(changes, tx)
    return [listing_id for change in changes for listing_id in change.message.listing_ids]


async def forget_messages(messages: Messages, person_id: str, kinds: Collection[str], tx: Tx, *, also_about: bool = True) -> None:
    """Cancel the unsent messages of these kinds to an erased person, and all about them, and delete what they say.

    Without ``also_about``, mails about them stay.
    """
    publish_state_changes(await messages.forget(person_id, kinds, tx, also_about=also_about), tx)


async def add_suppressed_message(messages: Messages, message: Message, reason: str, tx: Tx) -> None:
    """Record that this message was not even written, because its address takes no mail."""
    publish_state_changes([await messages.add_suppressed(message, reason, tx)], tx)


def publish_state_changes(changes: Iterable[StateChange], tx: Tx) -> None:
    """Publish what became of messages."""
    for change in changes:
        message, version = change.message, change.message.version + 1
        event = DeliveryChanged(
            message_id=message.token,
            version=version,
            kind=message.kind.name,
            person_id=message.recipient,
            cause=message.cause[:256],
            about=message.about or None,
            state=change.state,
            at=tx.now,
            reason=" ".join(change.reason.split())[:300] or None,
            listing_ids=message.listing_ids,
        )
        with correlated(message.correlation_id):
            tx.publish(DELIVERIES, message.token, event, version=version)
