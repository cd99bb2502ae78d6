"""Uploaded attendance files: rows, instances of the background work, and one that is killed in the middle."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from registration.attendance.use_cases.intake import Intake
from registration.conferences.repository import Conferences
from registration.uploads.repository import Uploads
from registration.uploads.use_cases.row_publisher import RowPublisher
from registration.uploads.use_cases.upload_receiver import UploadReceiver
from registration.uploads.worker import UploadWorker
from shared.database.mongo import Database
from shared.database.outbox_documents import outbox_events

CONFERENCE = {
    "name": "PyConf",
    "starts": "2024-07-08",
    "ends": "2024-07-14",
    "sessions": [{"id": "s1", "title": "Property testing"}, {"id": "s2", "title": "Arrays"}],
}
HEADER = "kind,time,email,session_id,name\n"
ROWS = 12_000
"""More than a chunk holds."""


def row(number: int, session: str = "s1") -> str:
    return f"session_attended,2024-07-08T10:00:00Z,attendee{number}@example.org,{session},Attendee {number}\n"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def kept(database: Database) -> int:
    """How many chunks there are: of what has ended, none."""
    return int(await database.db["upload_chunks"].count_documents({}))


class Killed(BaseException):
    """Stands for the end of the process: nothing handles it."""


class Mortal(RowPublisher):
    """States some batches, then dies after the last one is kept."""

    def __init__(self, batches: int, *parts: Any) -> None:
        super().__init__(*parts)
        self.batches = batches

    async def publish(self, *arguments: Any) -> Any:
        after = await super().publish(*arguments)
        self.batches -= 1
        if self.batches == 0:
            raise Killed
        return after


def uploaded(database: Database, row_publisher: RowPublisher | None = None) -> UploadWorker:
    """What an instance does in the background."""
    uploads, conferences = Uploads(database.db), Conferences(database.db)
    upload_receiver = UploadReceiver(uploads, conferences, database)
    row_publisher = row_publisher or RowPublisher(uploads, Intake(), database)
    return UploadWorker(upload_receiver, row_publisher, uploads, conferences, database, SecretStr("the key of all instances"))


async def pieces(count: int) -> AsyncIterator[bytes]:
    yield HEADER.encode()
    for start in range(0, count, 100):
        yield b"".join(row(number).encode() for number in range(start, min(count, start + 100)))


async def end_leases(database: Database) -> None:
    """Let the time of every lease pass."""
    await database.db["uploads"].update_many({}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}})


class Outbox:
    """Takes what comes into the outbox, as a relay would."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.names: Counter[str] = Counter()
        self.ids: set[str] = set()

    @asynccontextmanager
    async def drained(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        draining = asyncio.create_task(self._drain(stop))
        try:
            yield
        finally:
            stop.set()
            await draining

    async def _drain(self, stop: asyncio.Event) -> None:
        while True:
            ending = stop.is_set()
            for document in await self._database.outbox.find({}).to_list(None):
                await self._database.outbox.delete_one({"_id": document["_id"]})
                self.names.update(json.loads(event["value"])["attendee"]["name"] for event in outbox_events(document))
                self.ids.update(event["headers"]["ce_id"] for event in outbox_events(document))
            if ending:
                return
            await asyncio.sleep(0.01)
