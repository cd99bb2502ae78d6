"""Changes that clients ask for: one transaction each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.database.mongo import Database, Tx

Result = TypeVar("Result")


class Transactions:
    """Runs changes one after the other.

    Writers of one organization exclude each other. In a queue each takes its turn; in a crowd they would conflict and run
    again, over and over: 50 at once did not get through in a minute.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    async def run(self, change: Callable[[Tx], Awaitable[Result]]) -> Result:
        """Run the change in a transaction and return its result."""
        async with self._turn:
            return await self._database.transact(change)
