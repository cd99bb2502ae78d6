"""What a mail to the bounce address comes to."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["hard_bounce", "soft_bounce", "policy_bounce"]
"""Why a mail did not arrive.

- hard: there is no such address
- soft: it took no mail this time, as its mailbox is full; also whatever is not understood
- policy: the server takes no mail from us, or not what we wrote, which its recipient cannot help
"""

Understood = Kind | Literal["delayed", "delivered", "complaint", "not_spam", "unsubscribe", "automatic_reply", "other"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail said, and by what to find which of our mails it is about."""

    understood: Understood
    status: str = ""
    """The enhanced status code (RFC 3463) of a bounce, such as 5.1.1."""
    came_to: tuple[str, ...] = ()
    """The addresses at which it arrived, the surest first; then those that its copy of our mail bears."""
    tokens: tuple[str, ...] = ()
    """Those in the Message-ID of its copy of our mail."""
    failed_at: str = ""
    """The address that a bounce says it could not be delivered to: another than ours was forwarded to."""
    fault: str = ""
    """The type of the last error of a reader; what the others read counts."""
