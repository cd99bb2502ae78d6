"""Moves the demo's clock from one day to another, once the services have done all that was to be done before."""

import asyncio
from datetime import datetime, timedelta

from demo import report
from demo.clock import Clock
from demo.desk import Desk, Json, SetupError, until
from demo.watch import Watch


class Timeline:
    """The days of the demo. `began`: when it began, by its clock."""

    def __init__(self, desk: Desk, clock: Clock, watch: Watch, began: datetime) -> None:
        self._desk = desk
        self.clock = clock
        self.watch = watch
        self.began = began
        self._moved: datetime | None = None

    async def move_to(self, day: timedelta | None, what: str) -> None:
        """Once everything so far is done, move the clock to this day after the beginning, or (None) to the real time; and
        announce what happens on it. The first time, everything is done: the attendance was waited for.

        Raises `SetupError` if matching does not count its figures.
        """
        if self._moved:
            # What is counted while the clock moves would seem to take days.
            await asyncio.gather(self.settle(), self.counted("/insight"))
        step = self.clock.behind() if day is None else self.began + day - self.clock.now()
        self._moved = self.clock.now() + step  # before it moves: what is counted right afterwards is new
        self.clock.advance(step)
        report.step(f"{self._moved.day} {self._moved:%B %Y}: {what}")

    async def settle(self) -> None:
        """Wait until everything is read, published and sent. Raises `SetupError` if it never is."""
        async for _ in self.watch.until_quiet():
            pass
        if unfinished := self.watch.last.unfinished():
            raise SetupError("The services do not finish their work: " + "; ".join(unfinished))

    async def counted(self, path: str) -> Json:
        """This insight, once it was counted after the clock was last moved. Raises `SetupError` if it is not."""

        async def look() -> Json | None:
            insight = await self._desk.get("matching", path)
            return None if self._moved and datetime.fromisoformat(insight["as_of"]) < self._moved else insight

        if (insight := await until(look)) is None:
            raise SetupError("matching did not count its insight figures in time")
        return insight
