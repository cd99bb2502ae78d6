"""The result of reading a mail to the bounce address."""

from dataclasses import dataclass
from typing import Literal

BounceKind = Literal["hard_bounce", "soft_bounce", "policy_bounce"]
"""Why a mail did not arrive.

- hard: the address does not exist
- soft: it took no mail this time, for example because the mailbox is full; also anything that is not understood
- policy: the server takes no mail from us, or not this one, which its recipient cannot help
"""

Understood = BounceKind | Literal["delayed", "delivered", "complaint", "not_spam", "unsubscribe", "automatic_reply", "other"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail said, and what identifies the mail of ours that it is about."""

    understood: Understood
    status: str = ""
    """The enhanced status code (RFC 3463) of a bounce, such as 5.1.1."""
    came_to: tuple[str, ...] = ()
    """The addresses at which it arrived, the surest first; then those that its copy of our mail bears."""
    tokens: tuple[str, ...] = ()
    """Those in the Message-ID of its copy of our mail."""
    failed_at: str = ""
    """The address that could not be delivered to, as the bounce says. It differs from ours if our mail was forwarded."""
    fault: str = ""
    """The type of the last error of a reader. What the other readers found still counts."""
