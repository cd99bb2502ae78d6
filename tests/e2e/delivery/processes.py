"""Freezing a process, and asking it over HTTP."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from local_stack.process import Server


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """Stop the process inside the block (SIGSTOP), and continue it afterwards."""
    assert server.pid
    os.killpg(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(server.pid, signal.SIGCONT)


async def has_read(server: Server) -> bool:
    """Whether it has read records since it started, by its metrics; true where it has none."""
    metrics = await get(server, "/metrics")
    if not metrics.startswith("200"):
        return metrics.startswith("404")
    counts = [
        line.rpartition(" ")[2] for line in metrics.splitlines() if line.startswith("opportunity_desk_events_received_total")
    ]
    return sum(map(float, counts)) > 0


async def get(server: Server, path: str) -> str:
    """Status and body, or the error."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=5) as client:
        try:
            answer = await client.get(path)
        except httpx.HTTPError as error:
            return repr(error)
    return f"{answer.status_code} {answer.text}"
