"""Waits for things that should happen soon."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Final, TypeVar, overload

PATIENCE: Final = 120.0
"""How many seconds tests wait at most. The machine may be busy; only a failing test waits this long."""

Result = TypeVar("Result")


@overload
async def until(condition: Callable[[], Awaitable[Result]], seconds: float = ...) -> Result: ...
@overload
async def until(condition: Callable[[], Result], seconds: float = ...) -> Result: ...
async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> object:
    """Check the condition, which may be asynchronous, repeatedly until its result is true. Returns this result.

    Raises ``TimeoutError`` if that takes longer than ``seconds``.
    """
    async with asyncio.timeout(seconds):
        while True:
            result = condition()
            if isawaitable(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(0.02)
