"""The demo's clock: months behind the real one, the same for all who name its file, and never backwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.clock import Clock
from shared import clock

DAY = timedelta(days=1)
SOON = timedelta(minutes=5)
SERVICE = "from shared import clock; import sys; print(__name__, sys.argv, clock.now().isoformat())"


@pytest.fixture
def behind(tmp_path: Path) -> Clock:
    """A clock that is 100 days behind."""
    one = Clock(tmp_path / "clock")
    one.set_behind(100 * DAY)
    return one


@pytest.fixture
def running_behind(behind: Clock) -> Iterator[Clock]:
    clock.run_behind(behind.behind)
    yield behind
    clock.run_behind(timedelta)


def test_a_clock_is_behind_by_what_its_file_says_and_advances(behind: Clock) -> None:
    assert abs(datetime.now(UTC) - 100 * DAY - behind.now()) < SOON
    behind.advance(30 * DAY)
    assert Clock(behind.file).behind() == 70 * DAY
    behind.advance(-DAY / 2)  # a step that should have ended already
    assert behind.behind() >= 70 * DAY


def test_a_clock_never_passes_the_real_time(behind: Clock) -> None:
    behind.advance(101 * DAY)
    assert behind.behind() == timedelta()


def test_a_process_follows_its_clock_while_it_runs(running_behind: Clock) -> None:
    assert abs(datetime.now(UTC) - 100 * DAY - clock.now()) < SOON
    running_behind.advance(60 * DAY)
    assert abs(datetime.now(UTC) - 40 * DAY - clock.now()) < SOON


def test_a_service_runs_by_the_clock_as_if_it_had_been_started_itself(behind: Clock, tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(SERVICE)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = behind.command("service")
    assert command[0] == sys.executable
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    name, arguments, now = ran.stdout.split(" ", 2)
    assert (name, arguments.count(",")) == ("__main__", 0), "a service takes an argument for a command"
    assert abs(datetime.now(UTC) - 100 * DAY - datetime.fromisoformat(now.strip())) < SOON
