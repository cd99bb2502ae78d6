"""The peer of ``applications``: the bare transactions behind the commands. They read and write the very same documents.

What the use cases do is noted once, command by command. The peer repeats it with other ids, and decides nothing: no rule is
checked, no event made, nothing validated. It reads each document once, even where the use cases do so twice.
"""

import asyncio
import os
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Self

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession
from pymongo import WriteConcern, monitoring
from pymongo.read_concern import ReadConcern

from support.applying import DAY, Applying

Command = dict[str, Any]
"""To the database, such as ``{"insert": "applications", "documents": […]}``."""
COURSE: Final = ("apply", "screen", "interview", "pick-slot", "offer", "accept")
"""What happens to each application, one transaction each."""
NOTE: Final = "I should like to map stars, as I did last summer. " * 20
_PARTS: Final = {
    "find": ("filter", "projection", "sort", "limit", "singleBatch"),
    "aggregate": ("pipeline", "cursor"),
    "insert": ("documents",),
    "update": ("updates",),
    "findAndModify": ("query", "update", "upsert"),
}
"""What of each command matters."""


@dataclass
class _Listener(monitoring.CommandListener):
    """Notes what transactions read and write."""

    commands: list[Command] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        name = event.command_name
        if name not in _PARTS or "txnNumber" not in event.command:
            return
        command = {part: event.command[part] for part in (name, *_PARTS[name]) if part in event.command}
        if command not in self.commands:
            self.commands.append(command)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


async def sample(attendee_id: str, listing_id: str) -> tuple[list[list[Command]], str]:
    """What each transaction of the course of this application reads and writes, and the application's id."""
    listener = _Listener()
    monitoring.register(listener)
    transactions: list[list[Command]] = []
    async with Applying() as applying:

        async def written(work: Awaitable[Any]) -> Any:
            listener.commands.clear()
            result = await work
            transactions.append(list(listener.commands))
            return result

        one = await written(applying.apply(attendee_id, listing_id, NOTE))
        one = await written(applying.do("screen", one))
        one = await written(applying.interview(one, 2 * DAY, 3 * DAY))
        one = await written(applying.do("pick-slot", one, slot=1))
        one = await written(applying.offer(one))
        await written(applying.do("accept", one))
    return transactions, one.id


class Bare:
    """Does such transactions for other applications."""

    def __init__(self, transactions: list[list[Command]]) -> None:
        self._transactions = transactions
        self._client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(os.environ["MONGODB_URI"], w="majority")
        self._db = self._client[f"{os.environ['TOPIC_PREFIX']}matching".replace(".", "-")]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.close()

    def courses(self, ids: Iterable[Mapping[str, str]]) -> list[list[list[Command]]]:
        """The transactions of each application. ``ids``: of each, those in the place of the sample's."""
        return [[[_renamed(command, its) for command in commands] for commands in self._transactions] for its in ids]

    async def run(self, courses: list[list[list[Command]]], together: int) -> None:
        """Do all of them, so many at once."""
        await asyncio.gather(*(self._run(courses[place::together]) for place in range(together)))

    async def _run(self, courses: list[list[list[Command]]]) -> None:
        for commands in (commands for course in courses for commands in course):
            async with await self._client.start_session() as session:
                await session.with_transaction(
                    partial(self._do, commands), read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
                )

    async def _do(self, commands: list[Command], session: AsyncIOMotorClientSession) -> None:
        for command in commands:
            done = await self._db.command(command, session=session)
            if done.get("writeErrors"):
                raise RuntimeError(f"{command}: {done}")


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _renamed(one, ids) for name, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, ids) for one in value]
    if isinstance(value, ObjectId):
        return ObjectId()
    return ids.get(value, value) if isinstance(value, str) else value
