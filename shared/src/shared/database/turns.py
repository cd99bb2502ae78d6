"""Turns: conflicting transactions of a process are retried one after the other.

If a hundred change the same document at once and each tries again by chance, most conflict again, until their time is up. In
turns, an attempt wins unless another process is faster. What has not conflicted yet does not wait.
"""

import asyncio


class Turn:
    """One transaction's place in the queue of its process. Leave the context to end its turn."""

    def __init__(self, queue: asyncio.Lock) -> None:
        self._queue = queue
        self._is_mine = False

    async def __aenter__(self) -> "Turn":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()

    async def wait(self) -> None:
        """Wait until all earlier ones have had their turn."""
        await self._queue.acquire()
        self._is_mine = True

    def end(self) -> None:
        """Pass the turn to the next one, if this one has it."""
        if self._is_mine:
            self._is_mine = False
            self._queue.release()
