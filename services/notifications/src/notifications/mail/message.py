"""A message: one mail to one person about one event. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from notifications.mail_kinds import MailKind


@dataclass(frozen=True, slots=True)
class Message:
    """One mail. Its address is looked up when it is sent: the newest counts."""

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
    """The thread it belongs to, such as ``application/ID``; what takes a mail back names it by this."""
    caused_by: str = ""
    """The person who set it off; "" where nobody did."""
    of: str = ""
    """The other person whom it tells of; "" where there is none. Were they erased, it would not leave."""
    listing_ids: list[str] = field(default_factory=list)
    """Of a digest of matches: the listings that it tells of for the first time."""
    deferrals: int = 0
    """How often the server asked to come back later with it."""
    resent: bool = False
    """It was handed over once more after an unclear end."""
    claim: str = ""
    """The mark of the claim under which it is being sent."""


def message_id(cause: str, kind: str, recipient: str) -> str:
    """The one id of the mail of this kind to this person about this event: made twice, it is the same."""
    return f"{cause}|{kind}|{recipient}"
