"""Looks up how a conference's attendance arrives. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registration.conferences.domain import Conference
from registration.organizing.domain import Source, UnrecordedEvent, state_of, unrecorded
from registration.repositories import Repositories
from registration.systems.connection import Connection
from registration.turnout.repository import Turnouts

MOST_SOURCES: Final = 100
MOST_FILES: Final = 5
MOST_COUNTED: Final = 10_000
"""The most pending events, and failed messages of a connection, that are counted."""
LETTERS: Final = 25
"""How many unrecorded events one page shows."""


@dataclass(frozen=True, slots=True)
class Overview:
    """How a conference's attendance arrives."""

    attended: int
    consented: int
    sources: Sequence[Source]
    waiting: dict[str, int]
    """How many events wait for each session; "" for the conference itself."""
    letters: Sequence[UnrecordedEvent]
    more_letters: bool


class Overviews:
    """Looks up how conferences' attendance arrives."""

    def __init__(self, repositories: Repositories, turnouts: Turnouts) -> None:
        self._repositories = repositories
        self._turnouts = turnouts

    async def of(self, conference: Conference, now: datetime, page: int = 0) -> Overview:
        """The overview of a conference, with one page of its unrecorded events."""
        repositories = self._repositories
        turnout = await self._turnouts.get(conference.id)
        found = await repositories.rejections.of_conference(conference.id, page * LETTERS, LETTERS + 1)
        recorded = await repositories.facts.digests([one.id for one in found])
        return Overview(
            turnout.attended if turnout else 0,
            turnout.consented if turnout else 0,
            [*await self._connections(conference, now), *await self._keys(conference, now), *await self._files(conference)],
            await repositories.pending.waited_for(conference.id, MOST_COUNTED),
            unrecorded(found[:LETTERS], recorded),
            len(found) > LETTERS,
        )

    async def sources(self, conference_id: str) -> list[str]:
        """The sources of a conference's events."""
        repositories = self._repositories
        connections = (await repositories.connections.all(conference_id))[:MOST_SOURCES]
        keys = await repositories.keys.of_conference(conference_id, MOST_SOURCES)
        files = [f"csv:{conference_id}"]
        return sorted({*(one.source for one in connections), *(key.source for key in keys if key.source), *files})

    async def _connections(self, conference: Conference, now: datetime) -> list[Source]:
        connections = (await self._repositories.connections.all(conference.id))[:MOST_SOURCES]
        return [await self._connection(one, conference, now) for one in connections]

    async def _connection(self, connection: Connection, conference: Conference, now: datetime) -> Source:
        progress = await self._repositories.polls.get(connection.id)
        deliveries = await self._repositories.deliveries.latest(connection.id, None, None, 1)
        failed = await self._repositories.deliveries.count_failed(connection.id, MOST_COUNTED)
        times = [one for one in (progress.polled_at, *(delivery.received_at for delivery in deliveries)) if one]
        last = max(times, default=None)
        state = state_of(conference, now, last, off=connection.disabled, problem=progress.problem, failed=failed)
        return Source(
            "connection",
            connection.system,
            connection.id,
            state,
            last,
            progress.problem,
            progress.problem_at if progress.problem else None,
            failed,
        )

    async def _keys(self, conference: Conference, now: datetime) -> list[Source]:
        found = await self._repositories.keys.of_conference(conference.id, MOST_SOURCES)
        return [
            Source(
                "key",
                key.source,
                key.name,
                state_of(conference, now, key.last_used_at, off=bool(key.ended(now))),
                key.last_used_at,
            )
            for key in found
            if key.source and "attendance" in key.scopes
        ]

    async def _files(self, conference: Conference) -> list[Source]:
        found = await self._repositories.uploads.of_conference(conference.id, MOST_FILES)
        return [
            Source(
                "file",
                "",
                "",
                "failing" if upload.state in ("failed", "interrupted") or upload.refused else "working",
                upload.created_at,
                upload.reason,
                failed=upload.refused,
            )
            for upload in found
            if not upload.dry_run
        ]
