"""Repeated background work of a service."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pymongo.errors import PyMongoError

from shared.transient_errors import described

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]


async def repeat(seconds: float, work: Work) -> None:
    """Repeat this until cancelled, ``seconds`` after each end. Errors are logged, and it continues."""
    while True:
        try:
            await work()
        except Exception as error:
            passing = isinstance(error, PyMongoError | OSError)
            log.warning("background_work_failed", work=work.__qualname__, error=described(error), exc_info=not passing)
            # An error during cancellation must not replace it, or the work would continue for ever.
            if (task := asyncio.current_task()) and task.cancelling():
                return
        await asyncio.sleep(seconds)


async def cancel(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel all tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
