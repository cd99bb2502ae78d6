"""What can be done to a process, and asked of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from local_stack.process import Server


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """The process stands still inside, and goes on afterwards as if nothing had been."""
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
    counts = [line.rpartition(" ")[2] for line in metrics.splitlines() if line.startswith("events_received_total")]
    return sum(map(float, counts)) > 0


async def get(server: Server, path: str) -> str:
    """Status and body, or the error."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=5) as client:
        try:
            answer = await client.get(path)
        except httpx.HTTPError as error:
            return repr(error)
    return f"{answer.status_code} {answer.text}"
