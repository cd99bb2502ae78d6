"""Whose data somebody asks for: their own, by the id by which registration knows them."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from registration.people.use_cases.people import People
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller, own_ids

AT_ME: Final = "the person, at /me"
"""Who declares what comes in at ``/me`` and at ``/profile``."""

Result = TypeVar("Result")


class OwnAttendee:
    """Reads and changes what belongs to whoever asks."""

    def __init__(self, people: People, database: Database) -> None:
        self._people = people
        self._database = database

    async def act(self, caller: Caller, act: Callable[[str, Tx], Awaitable[Result]]) -> Result:
        """Do this for whoever asks. Raises ``NotFound`` if nothing is known of them as an attendee."""

        async def work(tx: Tx) -> Result:
            return await act(await self._people.first_known(own_ids(caller), tx), tx)

        return await self._database.transact(work)
