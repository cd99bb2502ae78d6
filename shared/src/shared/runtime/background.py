"""Work that a service does again and again in the background."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pymongo.errors import PyMongoError

from shared.transient_errors import described

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]


async def repeat(seconds: float, work: Work) -> None:
    """Do this again and again, ``seconds`` after each end, until cancelled. An error is logged, and it goes on."""
    while True:
        try:
            await work()
        except Exception as error:
            passing = isinstance(error, PyMongoError | OSError)
            log.warning("background_work_failed", work=work.__qualname__, error=described(error), exc_info=not passing)
            # An error on the way out must not take the place of the cancellation, or the work would go on for ever.
            if (task := asyncio.current_task()) and task.cancelling():
                return
        await asyncio.sleep(seconds)


async def cancel(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel all tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
