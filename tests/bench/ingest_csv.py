"""Attendance from CSV files: rows a second, and whether a file ten times as long takes more memory."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.load import CONFERENCE, own_prefix
from local_stack import Server, Stack
from local_stack.operator import make_key

ROWS = [int(count) for count in os.environ.get("BENCH_ROWS", "100000,1000000").split(",")]
TESTS = Path(__file__).parent.parent
HEADER = b"kind,time,email,name,session_id,skills,mail\n"
SECONDS_A_ROW = 0.002
"""More than this, and something is wrong."""


def ingest_csv(stack: Stack) -> Iterator[dict[str, Any]]:
    """A short file and a long one, each by a process of its own that takes in, states, publishes and records.

    Rows a second from the file's first byte until all rows are stated, that is, committed to the outbox. Memory: the most that
    the process had resident meanwhile.
    """
    measured = [_measure(stack, count) for count in ROWS]
    for count, (rate, peak) in zip(ROWS, measured, strict=True):
        yield {"name": f"ingest_csv_{count}", "value": round(rate), "unit": "rows/s", "peak_mib": round(peak / 2**20, 1)}
    yield {
        "name": "ingest_csv_memory",
        "value": round(measured[-1][1] / measured[0][1], 3),
        "unit": "ratio",
        "to": f"the peak with {ROWS[0]:,} rows, that with {ROWS[-1]:,}; at most 1.1",
    }


def _measure(stack: Stack, count: int) -> tuple[float, float]:
    """Rows a second, and the peak of the resident memory in bytes."""
    environment = stack.environment() | {"TOPIC_PREFIX": own_prefix(), "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}
    service = stack.start_service("registration", environment=environment)
    try:
        headers = {"authorization": f"Bearer {make_key(service.environment, 'bench')}"}
        with httpx.Client(base_url=service.url, headers=headers, timeout=120) as client, Peak(service) as peak:
            client.put("/conferences/c1", json=CONFERENCE).raise_for_status()
            began = time.monotonic()
            received = client.post("/conferences/c1/attendance.csv", content=_file(count))
            received.raise_for_status()
            view = _wait(client, received.headers["location"], began + 60 + count * SECONDS_A_ROW)
            seconds = time.monotonic() - began
        if (view["state"], view["accepted"]) != ("done", count):
            raise RuntimeError(f"not every row was stated: {view}")
        print(f"ingest_csv: {count:,} rows in {seconds:.1f} s, {peak.bytes / 2**20:.1f} MiB at most", file=sys.stderr)
        return count / seconds, peak.bytes
    finally:
        service.stop()
        stack.services.pop("registration", None)


def _file(count: int) -> Iterator[bytes]:
    """Session scans, ten of each attendee, made while they are sent."""
    yield HEADER
    for start in range(0, count, 500):
        yield b"".join(_row(number) for number in range(start, min(count, start + 500)))


def _row(number: int) -> bytes:
    attendee = number // 10
    return (
        f"session_attended,2024-07-08T{10 + number % 10}:00:00Z,attendee{attendee}@example.org,Ada Example {attendee},"
        f"s{number * 7 % 100},skill {number % 50}|skill {number % 33},yes\n"
    ).encode()


def _wait(client: httpx.Client, location: str, deadline: float) -> dict[str, Any]:
    """The upload, once it has ended."""
    while time.monotonic() < deadline:
        view: dict[str, Any] = client.get(location).raise_for_status().json()
        if view["state"] != "running":
            return view
        time.sleep(0.25)
    raise TimeoutError(f"the upload did not end in time: {view}")


class Peak:
    """Watches the resident memory of a service's process; ``bytes`` is the most it had."""

    def __init__(self, service: Server) -> None:
        assert service.pid
        self.bytes = 0
        self._process = psutil.Process(service.pid)
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.bytes = max(self.bytes, self._process.memory_info().rss)
