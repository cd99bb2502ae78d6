"""The demo's clock: it begins months behind the real one, and catches up with it in steps.

`python -m demo.clock FILE SERVICE` runs a service by it. All services that name the same file have the same time.
"""

import mmap
import runpy
import sys
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from shared import clock

_BYTES: Final = 8
"""A floating-point number's."""


class Clock:
    """A time that is behind the real one by what a file says, in seconds. It only ever moves forward.

    The services ask for the time thousands of times a second, so the file is memory that all of them share.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def _seconds(self) -> "memoryview[float]":
        """By how many seconds it is behind: one number, which changes at once."""
        if not self.file.exists():
            self.file.write_bytes(bytes(_BYTES))
        with self.file.open("r+b") as opened:
            return memoryview(mmap.mmap(opened.fileno(), _BYTES)).cast("d")

    def set_behind(self, behind: timedelta) -> None:
        """Be behind by so much from now on."""
        self._seconds[0] = behind.total_seconds()

    def behind(self) -> timedelta:
        """How far it is behind the real time."""
        return timedelta(seconds=self._seconds[0])

    def now(self) -> datetime:
        """The time by this clock, in UTC."""
        return datetime.now(UTC) - self.behind()

    def advance(self, by: timedelta) -> None:
        """Move it forward, at most to the real time."""
        self.set_behind(max(timedelta(), self.behind() - by))

    def command(self, service: str) -> list[str]:
        """How to run a service by this clock."""
        return [sys.executable, "-m", "demo.clock", str(self.file), service]


def main(file: str, service: str) -> None:
    """Run the service until it is stopped."""
    clock.run_behind(Clock(Path(file)).behind)
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
