"""How long the event loop is held up."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Held:
    """``longest``: the most seconds of the processor that the loop's thread took between two moments in which it was free."""

    longest: float = 0.0


@asynccontextmanager
async def watching_the_loop() -> AsyncIterator[Held]:
    """Measure, inside, for how long the loop is held up."""
    held = Held()
    # A look through all objects that other tests have left takes long too, and is none of the work that is measured.
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
        await asyncio.sleep(0.01)  # one more look, at what was held up last
    finally:
        task.cancel()
        gc.unfreeze()
