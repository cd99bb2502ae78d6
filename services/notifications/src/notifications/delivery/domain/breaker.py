"""A circuit breaker for the mail server (M. Nygard, "Release It!"). Pure: time is passed in."""

from datetime import datetime, timedelta
from typing import Final, Literal

from shared.backoff import Backoff

IN_A_ROW: Final = 3
"""After this many failed mails without a success between them, the server is to blame, not the mails."""

LONGEST_PAUSE: Final = timedelta(minutes=10)

Permit = Literal["mail", "probe"]


class Breaker:
    """closed: mails are sent · open: none is, for a pause that doubles with each failure · half open: one is sent as a probe."""

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
        """Ask for permission to send a mail; None if it is refused.

        Call ``succeed`` or ``fail`` if the mail shows the state of the server, and ``leave`` in any case.
        """
        if self._until is None:
            return "mail"
        if now < self._until or self._probing:
            return None
        self._probing = True
        return "probe"

    def leave(self, permit: Permit) -> None:
        """The mail is finished, or there was none to send."""
        if permit == "probe":
            self._probing = False

    def succeed(self) -> None:
        """The server works: close the breaker."""
        self._failed.clear()
        self._pauses = 0
        self._until = None

    def fail(self, now: datetime, permit: Permit, mail: str, every: bool) -> timedelta | None:
        """The server failed. Returns the pause if this opened the breaker.

        ``every``: any mail would have failed, so the breaker opens at once. Otherwise it takes ``IN_A_ROW`` different mails.
        """
        self._failed.add(mail)
        if self._until is not None and permit != "probe":
            return None  # another mail has opened it: one outage counts once
        if not (every or permit == "probe" or len(self._failed) >= IN_A_ROW):
            return None
        self._pauses += 1
        pause = self._backoff.pause(self._pauses)
        self._until = now + pause
        return pause
