"""Changes that clients ask for: one transaction each, and problem details where one is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from listings.errors import InvalidField, NotAllowed, NotFound
from shared.database.mongo import Database, Tx
from shared.web.problems import conflict, invalid, not_found

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
        """Run the change in a transaction and return its result. Raises ``Problem`` where it is refused."""
        try:
            async with self._turn:
                return await self._database.transact(change)
        except NotFound as error:
            raise not_found(error.kind, error.id) from error
        except NotAllowed as error:
            raise conflict(str(error)) from error
        except InvalidField as error:
            raise invalid(error.field, str(error)) from error
