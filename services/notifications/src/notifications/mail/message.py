"""A message: one mail to one person about one event. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from notifications.mail_kinds import MailKind


@dataclass(frozen=True, slots=True)
class Message:
    """One mail. Its address is looked up when it is sent, so that it goes to the newest one."""

    id: str
    kind: MailKind
    recipient: str
    """The id of the person."""
    cause: str
    """The id of the event."""
    correlation_id: str
    created_at: datetime
    due_at: datetime
    not_after: datetime
    about: str = ""
    """The thread it belongs to, such as ``application/ID``; cancellations name it by this."""
    caused_by: str = ""
    """The person who set it off; "" if nobody did."""
    about_persons: tuple[str, ...] = ()
    """The other people whom it is about. If the data of one is erased, it is cancelled, or written again without them."""
    listing_ids: list[str] = field(default_factory=list)
    """In a digest of matches: the listings that it mentions for the first time."""
    order: int = 0
    """Messages to one person about one thing are sent in this order. 0: in any order."""
    token: str = ""
    """Identifies it outside of this service, as in its Message-ID and in ``notifications.deliveries``."""
    version: int = 0
    """How many of its changes were published."""
    deferrals: int = 0
    """How often the mail server asked to retry later."""
    tried_since: datetime | None = None
    """When it was first deferred for a reason of its own."""
    resent: bool = False
    """It was handed over once more after an unclear end."""
    claim: str = ""
    """The mark of the claim under which a sender has it."""


def message_id(cause: str, kind: str, recipient: str) -> str:
    """The id of the mail of this kind to this person about this event. The same mail always has the same id."""
    return f"{cause}|{kind}|{recipient}"
