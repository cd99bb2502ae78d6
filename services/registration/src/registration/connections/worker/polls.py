"""Polls other systems page by page. Each page's observations are recorded in the transaction that stores the new cursor.

A crash loses nothing: when the lease of the poll has ended, another poll goes on from the stored cursor.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog

from registration.connections.domain.retries import pause
from registration.connections.fetcher import FetchFailed
from registration.connections.repository.connections import Connections
from registration.connections.repository.objects import Objects
from registration.connections.repository.polls import Polls
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.connections.worker.api_client import ApiClient
from registration.systems import FETCH_ADAPTERS, POLL_ADAPTERS
from registration.systems.adapter import Fetch, PolledPage
from registration.systems.connection import Connection
from registration.systems.observations import Observation
from shared import clock
from shared.contract.envelope import Rejected
from shared.database.leases import LeaseLost
from shared.database.mongo import Database, Tx
from shared.encryption import Undecryptable
from shared.logging import correlated
from shared.runtime.background import Work

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
"""How long one page may take before another instance may take over the poll."""
LANES: Final = 3
"""How many connections one instance polls at once."""
PAGES: Final = 100
"""How many pages of one connection are polled before the next connection has its turn."""
LOOK_SECONDS: Final = 3.0
_OBJECTS_PER_TRANSACTION: Final = 100
_FETCHED_AT_ONCE: Final = 4


class PollWorker:
    """Polls the connections that are due. Only one instance polls a connection at a time."""

    def __init__(
        self,
        connections: Connections,
        polls: Polls,
        objects: Objects,
        observation_recorder: ObservationRecorder,
        api_client: ApiClient,
        database: Database,
        *,
        first_pause: timedelta,
    ) -> None:
        self._connections = connections
        self._polls = polls
        self._objects = objects
        self._observation_recorder = observation_recorder
        self._api_client = api_client
        self._database = database
        self._first_pause = first_pause

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Start the loops of this worker."""
        for _ in range(LANES):
            every(LOOK_SECONDS, self.poll_due)

    async def poll_due(self) -> None:
        """Run one lane: poll the connections that are due, one after the other. A slow system holds up one lane only."""
        polled = [
            connection for connection in await self._connections.all() if connection.poll_minutes and not connection.disabled
        ]
        for connection in random.sample(polled, len(polled)):
            await self._poll_if_due(connection)

    async def _poll_if_due(self, connection: Connection) -> None:
        progress, now, claim = await self._polls.get(connection.id), clock.now(), uuid4().hex
        if progress.due_at and progress.due_at > now:
            return
        if not await self._polls.claim(progress, claim, now + LEASE):
            return
        wait, problem, retry_after, ended = timedelta(minutes=connection.poll_minutes or 0), "", None, False
        with correlated(claim):
            try:
                objects, ended = await self._poll(connection, progress.cursor, claim)
            except LeaseLost:
                log.warning("poll_taken_over", connection_id=connection.id)
                return
            except FetchFailed as failure:
                problem, retry_after = str(failure), failure.retry_after
            except (Rejected, Undecryptable) as error:
                problem = f"its response cannot be read: {error}" if isinstance(error, Rejected) else str(error)
                await self._api_client.note(connection, problem)
            now = clock.now()
            if problem:
                wait = min(wait, pause(progress.failures + 1, self._first_pause, random.random(), retry_after))  # noqa: S311
            elif not ended:
                wait = timedelta()
            await self._polls.end(connection.id, claim, now + wait, polled_at=now if ended else None, failed=bool(problem))
            if problem:
                log.warning("poll_failed", connection_id=connection.id, seconds=round(wait.total_seconds(), 1), reason=problem)
            else:
                log.info("polled", connection_id=connection.id, objects=objects)

    async def _poll(self, connection: Connection, cursor: dict[str, Any], claim: str) -> tuple[int, bool]:
        """Poll up to ``PAGES`` pages. Returns how many objects were observed, and whether the poll ended."""
        adapter, objects, last = POLL_ADAPTERS[connection.system], 0, False
        for _ in range(PAGES):
            began = clock.now()
            body = await self._api_client.get(adapter.page_fetch(cursor, connection), connection)
            page = await asyncio.to_thread(adapter.read_page, cursor, body or b"", began, connection)
            observations = [*page.observations, *await self._fetch_all(page.fetches, connection)]
            observations += await self._fetch_all(adapter.follow_up(observations, connection), connection)
            if page.complete:
                listed = {observation.object_id for observation in observations}
                observations += [adapter.deleted(id, began) for id in await self._objects.standing(connection.id) - listed]
            await self._record(connection, page, observations, cursor, claim)
            cursor, last, objects = page.cursor, page.last, objects + len(observations)
            if last:
                break
        return objects, last

    async def _fetch_all(self, fetches: tuple[Fetch, ...], connection: Connection) -> list[Observation]:
        fetch_slots = asyncio.Semaphore(_FETCHED_AT_ONCE)

        async def fetch_one(fetch: Fetch) -> list[Observation]:
            async with fetch_slots:
                began = clock.now()
                body = await self._api_client.get(fetch, connection)
            try:
                return await asyncio.to_thread(FETCH_ADAPTERS[connection.system].observations, fetch, body, began, connection)
            except Rejected as rejected:  # trying again would not help, and would hold up all other objects
                log.error("object_unreadable", connection_id=connection.id, object=fetch.name, reason=str(rejected))
                return []

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(fetch_one(fetch)) for fetch in fetches]
        except ExceptionGroup as failures:  # one failed, so the others were cancelled
            raise failures.exceptions[0] from None
        return [observation for task in tasks for observation in task.result()]

    async def _record(
        self, connection: Connection, page: PolledPage, observations: list[Observation], cursor: dict[str, Any], claim: str
    ) -> None:
        for start in range(0, max(len(observations), 1), _OBJECTS_PER_TRANSACTION):
            # The cursor moves with the last part of the page.
            new_cursor = page.cursor if start + _OBJECTS_PER_TRANSACTION >= len(observations) else cursor

            async def record(tx: Tx, start: int = start, new_cursor: dict[str, Any] = new_cursor) -> None:
                await self._polls.advance(connection.id, claim, new_cursor, clock.now() + LEASE, tx)
                part = observations[start : start + _OBJECTS_PER_TRANSACTION]
                # Read again: its sessions may have changed since the poll began.
                current = await self._connections.get(connection.id, tx.session) or connection
                await self._observation_recorder.record(current, part, tx, changes_only=page.complete)

            await self._database.transact(record)
