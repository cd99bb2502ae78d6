"""The state machine of messages: all possible state changes. Pure.

The repository derives its queries and updates from these transitions, so no other change can be written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, get_args

from notifications.mail_kinds import KINDS, MailKind

Open = Literal["queued", "claimed", "sending"]
"""queued: to be sent once it is due; claimed: a sender has it; sending: its text may have left."""

End = Literal["sent", "failed", "suppressed", "expired", "unknown", "cancelled"]
"""unknown: the connection broke when the server may already have had the mail; suppressed: the address takes no mail, or the
recipient does not want this one; expired: it was not worth sending any more."""

State = Literal[Open, End]

OPEN: Final[tuple[Open, ...]] = get_args(Open)
ENDS: Final[tuple[End, ...]] = get_args(End)
IN_HAND: Final[tuple[State, ...]] = ("claimed", "sending")
"""A sender is working on the message."""

_READABLE: Final = ("sent", "unknown")
"""The recipient may have the mail, and can read it in the browser for a while."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a message's state, allowed in any of the ``sources``."""

    name: str
    sources: tuple[State, ...]
    target: State
    needs_claim: bool = False
    """Only the sender whose claim is on the message may make it."""
    deferred_in: tuple[State, ...] = ()
    """In these states the message is only marked: its text may have left. It comes to ``target`` if it would be queued again."""

    @property
    def voids_claim(self) -> bool:
        """Whether the sender loses its claim on the message, because it is queued again or was ended by others."""
        return self.target == "queued" or (not self.needs_claim and "claimed" in self.sources)

    @property
    def is_published(self) -> bool:
        """Whether the other services learn of it: of each end, and of nothing before."""
        return self.target in ENDS

    def keeps_mail(self, kind: MailKind) -> bool:
        """Whether what the mail says is kept afterwards."""
        return self.target in OPEN or (self.target in _READABLE and not kind.sensitive)


# By senders

CLAIM: Final = Transition("claim", ("queued",), "claimed")
RELEASE: Final = Transition("release", ("claimed",), "queued", needs_claim=True)
BEGIN: Final = Transition("begin", ("claimed",), "sending", needs_claim=True)
POSTPONE: Final = Transition("postpone", IN_HAND, "queued", needs_claim=True)
_ENDED_FROM: Final[Mapping[End, tuple[State, ...]]] = {
    "sent": ("sending", "unknown"),
    "failed": (*IN_HAND, "unknown"),
    "expired": (*IN_HAND, "unknown"),
    "suppressed": IN_HAND,
    "cancelled": IN_HAND,
    "unknown": ("sending",),
}
END: Final[Mapping[End, Transition]] = {
    end: Transition(end, sources, end, needs_claim=True) for end, sources in _ENDED_FROM.items()
}
"""How a sender ends a message. After ``LOSE``, a sender that was only slow still knows better."""

# By whoever changes an address, a choice or an event behind the mail

REQUEUE: Final = Transition("requeue", ("claimed",), "queued")
CANCEL: Final = Transition("cancel", ("queued", "claimed"), "cancelled", deferred_in=("sending",))
SUPPRESS: Final = Transition("suppress", ("queued", "claimed"), "suppressed", deferred_in=("sending",))

# When the lease of a sender ends in the middle of a mail

RESEND: Final = Transition("resend", ("sending",), "queued")
LOSE: Final = Transition("lose", ("sending",), "unknown")

TRANSITIONS: Final = (CLAIM, RELEASE, BEGIN, POSTPONE, *END.values(), REQUEUE, CANCEL, SUPPRESS, RESEND, LOSE)


def after_silence(kind: MailKind, *, resent: bool, called_off: bool = False) -> Transition:
    """What to do with a mail that the server may have, as nobody can know: send it once more, or give it up as unknown.

    It is sent once more at most, only if missing it would be worse than getting it twice, and not if it was called off meanwhile.
    """
    return RESEND if kind.unclear == "resend" and not (resent or called_off) else LOSE


def kind_named(name: str) -> MailKind:
    """The kind of a stored message. One that this version does not know can still be sent, as it is written already."""
    return KINDS.get(name) or MailKind(name, "attendee", "transactional", (), timedelta())
