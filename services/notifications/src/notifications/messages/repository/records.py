"""What is read of a message's document where its state changes."""

from typing import Final

from notifications.messages.domain import MessageRecord
from shared.database.mongo import Document

RECORD_FIELDS: Final = dict.fromkeys(MessageRecord.__slots__, 1)
"""The projection that ``record_of`` needs."""


def record_of(document: Document) -> MessageRecord:
    """The message of this document, as the other services know it."""
    return MessageRecord(**{name: document[name] for name in RECORD_FIELDS})
