"""The result of reading a mail to the bounce address."""

from dataclasses import dataclass
from typing import Literal

BounceKind = Literal["hard_bounce", "soft_bounce", "policy_bounce"]
"""Why a mail did not arrive.

- hard: the address does not exist.
- soft: the address took no mail this time, for example because the mailbox is full. Anything that is not understood is soft.
- policy: the server refuses mail from us, or this mail. The recipient is not to blame.
"""

Understood = BounceKind | Literal["delayed", "delivered", "complaint", "not_spam", "unsubscribe", "automatic_reply", "other"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail says, and what identifies the mail of ours that it is about."""

    understood: Understood
    status: str = ""
    """The enhanced status code (RFC 3463) of a bounce, such as 5.1.1."""
    came_to: tuple[str, ...] = ()
    """The addresses at which it arrived, the most reliable first, then those in its copy of our mail."""
    tokens: tuple[str, ...] = ()
    """The tokens in the Message-ID of its copy of our mail."""
    failed_at: str = ""
    """The failed address according to the bounce. It differs from the address of our mail if that was forwarded."""
    fault: str = ""
    """The type of the last error in a reader. The results of the other readers still count."""
