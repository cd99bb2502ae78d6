"""What the other services are told of each message."""

from datetime import datetime

from shared.contract.events.notifications import DeliveryChanged
from shared.contract.topics import DELIVERIES
from shared.database.mongo import Document, Tx
from shared.logging import correlated

TOLD = {"token": 1, "version": 1, "kind": 1, "recipient": 1, "cause": 1, "about": 1, "correlation_id": 1}
"""The fields of a message's document that ``tell`` needs."""


def tell(document: Document, state: str, tx: Tx, reason: str = "", at: datetime | None = None) -> None:
    """Publish that the message of this document came to this state. The change itself has to raise its version by one."""
    version = document["version"] + 1
    event = DeliveryChanged(
        message_id=document["token"],
        version=version,
        kind=document["kind"],
        person_id=document["recipient"],
        cause=document["cause"][:256],
        about=document["about"] or None,
        state=state,
        at=at or tx.now,
        reason=" ".join(reason.split())[:300] or None,
    )
    with correlated(document["correlation_id"]):
        tx.publish(DELIVERIES, document["token"], event, version=version)
