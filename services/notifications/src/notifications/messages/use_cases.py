"""Changes of messages, each published to the other services."""

from collections.abc import Collection, Iterable

from notifications.mail.message import Message
from notifications.messages.domain import Cancellation, StateChange
from notifications.messages.repository.messages import Messages
from shared.contract.events.notifications import DeliveryChanged
from shared.contract.topics import DELIVERIES
from shared.database.mongo import Tx
from shared.logging import correlated


async def cancel_messages(
    messages: Messages, cancellations: Collection[Cancellation], kept_causes: Collection[str], tx: Tx
) -> None:
    """Cancel what was not yet handed over, as in ``Messages.cancel``."""
    publish_state_changes(await messages.cancel(cancellations, kept_causes, tx), tx)


async def suppress_unwanted_messages(messages: Messages, recipient: str, kinds: Collection[str], tx: Tx) -> list[str]:
    """Take back the mails of these kinds to a person. Returns the listings that the person will not be told of."""
    changes = await messages.suppress_unwanted(recipient, kinds, tx)
    publish_state_changes(changes, tx)
    return [listing_id for change in changes for listing_id in change.record.listing_ids]


async def forget_messages(messages: Messages, person_id: str, kinds: Collection[str], tx: Tx) -> None:
    """Cancel and forget the mails to an erased person and about them, as in ``Messages.forget``."""
    publish_state_changes(await messages.forget(person_id, kinds, tx), tx)


async def add_suppressed_message(messages: Messages, message: Message, token: str, reason: str, tx: Tx) -> None:
    """Keep that this message was not even written, because its address takes no mail."""
    publish_state_changes([await messages.add_suppressed(message, token, reason, tx)], tx)


def publish_state_changes(changes: Iterable[StateChange], tx: Tx) -> None:
    """Tell the other services what became of messages."""
    for change in changes:
        record, version = change.record, change.record.version + 1
        event = DeliveryChanged(
            message_id=record.token,
            version=version,
            kind=record.kind,
            person_id=record.recipient,
            cause=record.cause[:256],
            about=record.about or None,
            state=change.state,
            at=tx.now,
            reason=" ".join(change.reason.split())[:300] or None,
        )
        with correlated(record.correlation_id):
            tx.publish(DELIVERIES, record.token, event, version=version)
