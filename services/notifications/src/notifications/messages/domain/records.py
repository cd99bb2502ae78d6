"""Records of messages: how they are queued, what senders do with them, and what comes back. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notifications.mail.content import Mailbox
from notifications.mail.message import Message
from notifications.messages.domain.states import End, State

Feedback = Literal["bounced", "complained"]
"""What came back after a message was sent."""


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """A message with its mail: as it is queued, and as a sender claims it."""

    message: Message
    mail: bytes
    """The bytes of the mail (RFC 5322) without its ``To:`` header; b"" if they are not kept any more."""
    mailbox: Mailbox | None = None
    """Set only if the person will be forgotten by the time of sending: the message keeps the address itself."""
    address_id: str = ""
    """``Suppressions.id`` of the address that the mail was written for, or last sent to. A late bounce counts against this
    address, whichever the person has by then."""
    traceparent: str = ""
    """The span in which it was written; "" if there was none."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change to be published. ``message`` is as it was before; its version rose by one."""

    message: Message
    state: State | Feedback
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnedMessage:
    """A message about which a mail came back."""

    message: Message
    state: State
    changed_at: datetime
    """When it came to its state: the time of sending, if it was sent."""
    feedback: Feedback | Literal[""]
    """What came back before; "" if nothing did."""
    address_id: str
    """``Suppressions.id`` of the address it was sent to; "" if that is not known."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Cancels the mails of these kinds about this, except those with one of the ``kept_causes``."""

    about: str
    kinds: tuple[str, ...]
    kept_causes: tuple[str, ...] = ()

    def cancels(self, about: str, kind: str, cause: str) -> bool:
        """Whether it cancels a mail of this kind and cause about this."""
        return about == self.about and kind in self.kinds and cause not in self.kept_causes


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A message that was deleted before it was sent, so that it is written again."""

    cause: str
    kind: str


@dataclass(frozen=True, slots=True)
class Begun:
    """The text of the mail is about to leave."""

    claimed: WrittenMessage
    address_id: str = ""
    """``Suppressions.id`` of the address it goes to; "" if that must not be kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The message has come to its end."""

    claimed: WrittenMessage
    state: End
    answer: str
    suppress: str = ""
    """``Suppressions.id`` of the address, if it does not exist."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """The message is to be tried again."""

    claimed: WrittenMessage
    answer: str
    due_at: datetime
    deferrals: int
    tried_since: datetime | None
    resent: bool = False


DeliveryStep = Begun | Ended | Postponed
"""What a sender records of a message that it has claimed."""
