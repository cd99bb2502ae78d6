"""The days of the demo: the clock moves only when all is done, and ends at the real time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from demo.attendees import Expected
from demo.clock import Clock
from demo.desk import Desk, SetupError
from demo.story import MIDDLE, OFFERS
from demo.terms import FIRST_DAY, LAST_DAY
from demo.timeline import Timeline
from demo.watch import SERVICES, Counts, Snapshot, Watch

SOON = timedelta(minutes=5)
LASTS = LAST_DAY + timedelta(days=1)


class Services:
    """Matching, which counts insight when it is asked the second time, and a watch that notes how late it was when all was quiet."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked = 0
        self.quiet_at: list[datetime] = []
        self.snapshot = Snapshot(dict.fromkeys(SERVICES, Counts()), {"notifications": {}}, 0)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        as_of = self.clock.now() if self.asked % 2 == 0 else datetime(2000, 1, 1, tzinfo=UTC)
        return httpx.Response(200, json={"as_of": as_of.isoformat()})

    def watch(self, client: httpx.AsyncClient) -> Watch:
        services = self

        class Quiet(Watch):
            async def until_quiet(self, expected: Expected | None = None) -> AsyncIterator[Snapshot]:
                services.quiet_at.append(services.clock.now())
                self.last = services.snapshot
                yield self.last

        return Quiet(client, {}, "")


async def test_the_clock_moves_from_day_to_day_each_time_after_all_is_quiet_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(tmp_path / "clock")
    clock.set_behind(LASTS)
    services, began = Services(clock), clock.now()
    days: list[datetime] = []
    async with httpx.AsyncClient(transport=httpx.MockTransport(services)) as client:
        timeline = Timeline(Desk(client, {"matching": "http://matching"}), clock, services.watch(client), began)
        for day in (OFFERS, FIRST_DAY, MIDDLE, LAST_DAY, None):
            await timeline.move_to(day, "a day")
            days.append(clock.now())
    after = [round((day - began) / timedelta(days=1), 1) for day in days]
    assert after == [7, 28, 70, 109, 110]
    assert clock.behind() == timedelta()
    assert abs(days[-1] - datetime.now(UTC)) < SOON
    assert all(abs(quiet - day) < SOON for quiet, day in zip(services.quiet_at, days[:-1], strict=True))
    assert services.asked == 2 * 4, "before each move but the first, it is asked until it has counted"
    assert capsys.readouterr().out.count(": a day") == 5


async def test_the_clock_stands_still_while_a_service_does_not_finish_its_work(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    clock.set_behind(LASTS)
    services = Services(clock)
    services.snapshot = replace(services.snapshot, statistics={"notifications": {"due": 2}})
    async with httpx.AsyncClient(transport=httpx.MockTransport(services)) as client:
        timeline = Timeline(Desk(client, {"matching": "http://matching"}), clock, services.watch(client), clock.now())
        await timeline.move_to(OFFERS, "a day")
        behind = clock.behind()
        with pytest.raises(SetupError, match="2 mails wait to be sent"):
            await timeline.move_to(FIRST_DAY, "another day")
    assert clock.behind() == behind
