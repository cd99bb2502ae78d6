"""The attendee whose data a caller may see as their own."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from registration.people.use_cases.people import People
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller, own_ids

AT_ME: Final = "the person, at /me"
"""The author of declarations made at ``/me`` and ``/profile``."""

Result = TypeVar("Result")


class OwnAttendee:
    """Reads and changes the caller's own data."""

    def __init__(self, people: People, database: Database) -> None:
        self._people = people
        self._database = database

    async def act(self, caller: Caller, act: Callable[[str, Tx], Awaitable[Result]]) -> Result:
        """Run ``act`` for the caller's attendee. Raises ``NotFound`` if the caller is not an attendee."""

        async def work(tx: Tx) -> Result:
            return await act(await self._people.first_known(own_ids(caller), tx), tx)

        return await self._database.transact(work)
