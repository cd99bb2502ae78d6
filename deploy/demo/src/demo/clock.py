"""The demo's clock: it begins months behind the real one, and catches up with it in steps.

`python -m demo.clock FILE SERVICE` runs a service by it. All services that name the same file have the same time.
"""

import os
import runpy
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared import clock


class Clock:
    """A time that is behind the real one by what a file says, in seconds. It only ever moves forward."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def set_behind(self, behind: timedelta) -> None:
        """Be behind by so much from now on. The file changes at once, so that nobody reads half of it."""
        partial = self.file.with_suffix(".partial")
        partial.write_text(str(behind.total_seconds()))
        os.replace(partial, self.file)

    def behind(self) -> timedelta:
        """How far it is behind the real time."""
        return timedelta(seconds=float(self.file.read_text()))

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
