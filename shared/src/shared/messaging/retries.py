"""What a consumer does with a batch that failed: it pauses, longer each time, and says why it makes no progress."""

from datetime import timedelta
from typing import Final

import structlog

from shared import metrics
from shared.backoff import Backoff
from shared.messaging.batch_applier import LONGEST_PAUSE, Halted
from shared.transient_errors import described

log = structlog.get_logger(__name__)

LONGEST_HALT: Final = 60.0
"""In seconds, before a halted consumer looks whether the cause has ended."""


class Retries:
    """The failures in a row of one consumer's batches."""

    def __init__(self, group: str, first_pause: float) -> None:
        """``group`` names the consumer in logs and metrics; ``first_pause`` is in seconds."""
        self.halted = ""
        """Why the consumer applies nothing until its cause ends, which needs an operator; empty otherwise."""
        self.failing = ""
        """The last failure; empty once a batch succeeded."""
        self._group = group
        self._first_pause = timedelta(seconds=first_pause)
        self._failures = 0
        metrics.HALTED.labels(group).set(0)
        metrics.RETRIES.labels(group)  # from 0 on: a counter that begins with its first increase would hide it

    def failed(self, error: Exception) -> float:
        """Note a failure. Returns how many seconds to pause before the batch is delivered again."""
        self._failures += 1
        longest = LONGEST_HALT if isinstance(error, Halted) else LONGEST_PAUSE
        return Backoff(self._first_pause, timedelta(seconds=longest)).pause(self._failures).total_seconds()

    def report(self, error: Exception, records: int, pause: float) -> None:
        """Count and log a failure that was noted."""
        metrics.RETRIES.labels(self._group).inc()
        if isinstance(error, Halted):
            if not self.halted:
                log.critical("consumer_halted", group=self._group, reason=str(error))
            self._halt(str(error))
        self.failing = described(error)
        log.warning("batch_redelivered", group=self._group, records=records, pause=pause, error=self.failing)

    def succeeded(self) -> None:
        """Note that a batch was applied."""
        self._failures, self.failing = 0, ""
        if self.halted:
            self._halt("")
            log.info("consumer_resumed", group=self._group)

    def _halt(self, reason: str) -> None:
        self.halted = reason
        metrics.HALTED.labels(self._group).set(bool(reason))
