"""A circuit breaker before the mail server (M. Nygard, "Release It!"). Pure: time is passed in."""

from datetime import datetime, timedelta
from typing import Final, Literal

from shared.backoff import Backoff

IN_A_ROW: Final = 3
"""So many mails that fail without a success between them are the server's fault, and no longer each mail's own."""

LONGEST_PAUSE: Final = timedelta(minutes=10)

Permit = Literal["mail", "probe"]


class Breaker:
    """closed: mails go · open: none does, for a pause that doubles with each failure · half open: one goes, to try."""

    def __init__(self, first: timedelta, longest: timedelta = LONGEST_PAUSE) -> None:
        self._backoff = Backoff(first, longest)
        self._failed: set[str] = set()
        self._pauses = 0
        self._until: datetime | None = None
        self._probing = False

    def state(self, now: datetime) -> Literal["closed", "open", "half open"]:
        if self._until is None:
            return "closed"
        return "open" if now < self._until else "half open"

    def enter(self, now: datetime) -> Permit | None:
        """Whether a mail may go now: to be followed by ``succeed`` or ``fail`` where it tells, and by ``leave``."""
        if self._until is None:
            return "mail"
        if now < self._until or self._probing:
            return None
        self._probing = True
        return "probe"

    def leave(self, permit: Permit) -> None:
        """The mail is done with, or there was none."""
        if permit == "probe":
            self._probing = False

    def succeed(self) -> None:
        """The server works."""
        self._failed.clear()
        self._pauses = 0
        self._until = None

    def fail(self, now: datetime, permit: Permit, mail: str, every: bool) -> timedelta | None:
        """It does not. ``every``: for any mail; otherwise only ``IN_A_ROW`` tell, and the same ``mail`` again tells nothing new.

        Returns the pause where this opened it.
        """
        self._failed.add(mail)
        if self._until is not None and permit != "probe":
            return None  # opened meanwhile by another mail: one outage counts once
        if not (every or permit == "probe" or len(self._failed) >= IN_A_ROW):
            return None
        self._pauses += 1
        pause = self._backoff.pause(self._pauses)
        self._until = now + pause
        return pause
