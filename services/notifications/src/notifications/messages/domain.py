"""The states of a message, and what becomes of one in the hands of a sender. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from notifications.mail.content import Mailbox
from notifications.mail.message import Message

State = Literal["queued", "claimed", "sending", "sent", "failed", "suppressed", "expired", "unknown", "cancelled"]
"""queued (again after the server asked to come back) → claimed (by a sender) → sending (its data may be on the wire) → one of the
ends. "unknown": cut off when the server may already have had it. "suppressed": not to be sent to this address or person."""

OPEN: Final[tuple[State, ...]] = ("queued", "claimed", "sending")
ENDS: Final[tuple[State, ...]] = ("sent", "failed", "suppressed", "expired", "unknown", "cancelled")


Feedback = Literal["", "bounced", "complained"]
"""What came back of a message after it was sent."""


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message as the other services know it, before a change of its state. ``version``: how often they were told of it."""

    token: str
    version: int
    kind: str
    recipient: str
    cause: str
    about: str
    correlation_id: str
    listing_ids: list[str]
    """As in ``Message``."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A message came to a state of which the other services are to be told. The change raised its version by one."""

    record: MessageRecord
    state: State | Feedback
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnedMessage:
    """A message about which something came back."""

    id: str
    record: MessageRecord
    state: State
    changed_at: datetime
    """When it came to its state: of one that was sent, when that was."""
    feedback: Feedback
    address_id: str
    """As ``Suppressions.id`` of where it went; "" where that was not kept, or is forgotten."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Cancels what is about this and of these kinds."""

    about: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in hand. ``mail``: its bytes without the line of its recipient; b"" where they are not kept any more."""

    message: Message
    record: MessageRecord
    mail: bytes
    mailbox: Mailbox | None
    """Only where the person is forgotten by now: the address that the message itself holds."""
    tried_since: datetime | None
    """When it was first deferred for its own sake."""
    address_id: str = ""
    """As ``Suppressions.id`` of the address that it was last begun for, or else written for."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Its data is about to leave.

    ``address_id``: to which address, as ``Suppressions.id``; "" where nothing of it is to be kept.
    """

    claimed: Claimed
    address_id: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """It has come to one of the ends."""

    claimed: Claimed
    state: State
    answer: str
    suppress: str = ""
    """The address that does not exist, as ``Suppressions.id``, where that is why."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """It is to be tried again."""

    claimed: Claimed
    answer: str
    due_at: datetime
    deferrals: int
    tried_since: datetime | None
    resent: bool = False


DeliveryStep = Begun | Ended | Postponed
"""What a sender records of a message in hand."""
