"""The running instances of a service, with their database sessions: others close what a killed instance left open.

A server keeps the transaction of a client that died until ``transactionLifetimeLimitSeconds`` have passed, a minute by
default. Until then, the documents it has written stay locked, including those that its successor reads first.
"""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import structlog
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import OperationFailure

log = structlog.get_logger(__name__)

BEAT_SECONDS: Final = 2.0
GONE_SECONDS: Final = 10.0
"""An instance without a heartbeat for this long is gone."""
_MOST_SESSIONS: Final = 200

Document = dict[str, Any]


class Instances:
    """This instance's entry, and what it knows of the others.

    To end the sessions of one that lives after all does no harm: its transactions are aborted, and it runs them again.
    """

    def __init__(
        self, client: AsyncIOMotorClient[Document], db: AsyncIOMotorDatabase[Document], gone_seconds: float = GONE_SECONDS
    ) -> None:
        self._gone_seconds = gone_seconds
        self.id = uuid4().hex
        self._client = client
        self._entries = db["instances"]
        self._host = socket.gethostname()
        self._sessions: dict[bytes, Document] = {}
        self._beat = 0
        self._writing = asyncio.Lock()
        self._seen: dict[str, tuple[int, float]] = {}
        self._when_gone: list[Callable[[str], Awaitable[object]]] = []

    def when_gone(self, work: Callable[[str], Awaitable[object]]) -> None:
        """Do this with the id of each instance that is gone. It may be done twice, or to one that only stood still."""
        self._when_gone.append(work)

    async def join(self) -> None:
        """Make this instance known, and clear up after those that ran on this host before it."""
        await self.beat()
        # Once only, as containers that share a host's name also share process ids, and would end each other for ever.
        async for entry in self._entries.find({"_id": {"$ne": self.id}, "host": self._host}):
            if not _runs(entry["pid"]):
                await self._clear_up(entry)

    async def leave(self) -> None:
        """This instance has nothing open any more."""
        self._beat = 0
        await self._entries.delete_one({"_id": self.id})

    async def opened(self, session: Mapping[str, Any]) -> None:
        """To be called before a session's transaction, with the session's id: one that nobody knows of could not be ended."""
        key = bytes(session["id"])
        known = self._sessions.pop(key, None)
        self._sessions[key] = dict(session)
        if len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        if known is None and self._beat:  # a command has no entry: it has no successor that could wait for it
            await self.beat()

    async def beat(self) -> None:
        """Send this instance's heartbeat."""
        async with self._writing:
            self._beat += 1
            entry = {
                "host": self._host,
                "pid": os.getpid(),
                "beat": self._beat,
                "sessions": list(self._sessions.values()),
            }
            await self._entries.replace_one({"_id": self.id}, entry, upsert=True)

    async def watch(self) -> None:
        """Send this instance's heartbeat, and clean up after instances without one. Call it repeatedly."""
        await self.beat()
        # By this instance's own clock: those of other machines may be wrong.
        now, seen = time.monotonic(), self._seen
        self._seen = {}
        async for entry in self._entries.find({"_id": {"$ne": self.id}}):
            beat, since = seen.get(entry["_id"], (None, now))
            if beat != entry["beat"]:
                since = now
            if now - since >= self._gone_seconds:
                await self._clear_up(entry)
            else:
                self._seen[entry["_id"]] = entry["beat"], since

    async def _clear_up(self, entry: Document) -> None:
        log.warning("instance_gone", instance=entry["_id"], host=entry["host"], sessions=len(entry["sessions"]))
        if entry["sessions"]:
            try:
                await self._client.admin.command("killSessions", entry["sessions"])
            except OperationFailure as error:  # a server without this command ends them by itself, later
                log.warning("sessions_not_ended", code=error.code)
        for work in self._when_gone:
            await work(entry["_id"])
        await self._entries.delete_one({"_id": entry["_id"]})


def _runs(pid: int) -> bool:
    """Whether another process of this host has this id. Our own id was another's before us: every first process is 1."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
