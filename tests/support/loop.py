"""Measures how long the event loop is blocked."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Held:
    """``longest``: the most processor time, in seconds, that the event loop spent without letting another task run."""

    longest: float = 0.0


@asynccontextmanager
async def watching_the_loop() -> AsyncIterator[Held]:
    """Measure how long the event loop is blocked inside the context."""
    held = Held()
    # Keep the garbage collector from visiting objects of other tests during the measurement.
    gc.collect()
    gc.freeze()

    async def watch() -> None:
        while True:
            begun = time.thread_time()
            await asyncio.sleep(0.005)
            held.longest = max(held.longest, time.thread_time() - begun)

    task = asyncio.create_task(watch())
    try:
        yield held
        await asyncio.sleep(0.01)  # measures the last pause, too
    finally:
        task.cancel()
        gc.unfreeze()
