"""Waiting for what should happen at once."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Final, TypeVar, overload

PATIENCE: Final = 120.0
"""How many seconds tests wait. A machine may be busy with other work; only a test that fails waits so long."""

Result = TypeVar("Result")


@overload
async def until(condition: Callable[[], Awaitable[Result]], seconds: float = ...) -> Result: ...
@overload
async def until(condition: Callable[[], Result], seconds: float = ...) -> Result: ...
async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> object:
    """Ask for the condition, which may be asynchronous, again and again until its result is true. Returns this result.

    Raises ``TimeoutError`` when that takes longer than ``seconds``.
    """
    async with asyncio.timeout(seconds):
        while True:
            result = condition()
            if isawaitable(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(0.02)
