"""Polling: page after page, each with what it led to and how far it came in one transaction.

A crash in between loses nothing: when the lease of the poll has ended, it goes on with the page that it was at.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog

from registration.conferences.repository import Conferences
from registration.connections.domain.deliveries import pause
from registration.connections.domain.mapping import mapping
from registration.connections.fetching import FetchFailed
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.objects import Objects
from registration.connections.repository.polls import Polls
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.connections.worker.api_client import ApiClient
from registration.encryption import Undecryptable
from registration.systems import ATTENDANCE_ADAPTERS, FETCH_ADAPTERS, POLL_ADAPTERS
from registration.systems.base import Fetch, PolledPage
from registration.systems.connection import Connection
from registration.systems.observations import Observation
from shared import clock
from shared.contract.envelope import Rejected
from shared.database.leases import LeaseLost
from shared.database.mongo import Database, Tx
from shared.logging import correlated
from shared.service import Work

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
"""How long one page may take, before another instance goes on with it."""
LANES: Final = 3
"""How many connections one instance polls at once."""
PAGES: Final = 100
"""How many pages are polled of one connection before it is another one's turn."""
LOOK_SECONDS: Final = 3.0
REMAP_SECONDS: Final = 5.0
_TOGETHER: Final = 100
"""How many objects are taken over in one transaction."""
_FETCHED_AT_ONCE: Final = 4


class PollWorker:
    """Polls the connections that are due. Of several instances one polls a connection at a time."""

    def __init__(
        self,
        connections: Connections,
        polls: Polls,
        objects: Objects,
        deliveries: Deliveries,
        conferences: Conferences,
        observation_recorder: ObservationRecorder,
        api_client: ApiClient,
        database: Database,
        *,
        first_pause: timedelta,
    ) -> None:
        self._connections = connections
        self._polls = polls
        self._objects = objects
        self._deliveries = deliveries
        self._conferences = conferences
        self._observation_recorder = observation_recorder
        self._api_client = api_client
        self._database = database
        self._first_pause = first_pause

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Have it poll by loops of the service."""
        every(REMAP_SECONDS, self.remap)
        for _ in range(LANES):
            every(LOOK_SECONDS, self.poll_due)

    async def remap(self) -> None:
        """Have what was seen before count by what is known now: changed ``sessions`` of connections, and conferences and
        sessions that were unknown when a system named them."""
        connections = await self._connections.all()
        ids = {connection.conference_id for connection in connections}
        conferences = await self._database.transact(lambda tx: self._conferences.get_many(ids, tx))
        for connection in connections:
            current = mapping(connection, conferences.get(connection.conference_id))
            if (await self._polls.get(connection.id)).mapping == current:
                continue
            objects = 0
            while connection.system in ATTENDANCE_ADAPTERS and (
                remapped := await self._database.transact(lambda tx, of=connection: self._observation_recorder.remap(of, tx))  # type: ignore[misc]
            ):
                objects += remapped
            resumed = await self._deliveries.resume(clock.now(), connection.id)
            await self._polls.remapped(connection.id, current)
            log.info("sessions_remapped", connection_id=connection.id, objects=objects, deliveries=resumed)

    async def poll_due(self) -> None:
        """Poll what is due, one after the other: one lane's turn. A slow system, or a long poll, keeps one lane."""
        polled = [one for one in await self._connections.all() if one.poll_minutes and not one.disabled]
        for connection in random.sample(polled, len(polled)):
            await self._poll_if_due(connection)

    async def _poll_if_due(self, connection: Connection) -> None:
        known, now, claim = await self._polls.get(connection.id), clock.now(), uuid4().hex
        if known.due_at and known.due_at > now:
            return
        if not await self._polls.claim(known, claim, now + LEASE):
            return
        wait, problem, asked, ended = timedelta(minutes=connection.poll_minutes or 0), "", None, False
        with correlated(claim):
            try:
                objects, ended = await self._poll(connection, known.cursor, claim)
            except LeaseLost:
                log.warning("poll_taken_over", connection_id=connection.id)
                return
            except FetchFailed as failure:
                problem, asked = str(failure), failure.retry_after
            except (Rejected, Undecryptable) as error:
                problem = f"its answer cannot be read: {error}" if isinstance(error, Rejected) else str(error)
                await self._api_client.note(connection, problem)
            now = clock.now()
            if problem:
                wait = min(wait, pause(known.failures + 1, self._first_pause, random.random(), asked))  # noqa: S311
            elif not ended:
                wait = timedelta()
            await self._polls.end(connection.id, claim, now + wait, polled_at=now if ended else None, failed=bool(problem))
            if problem:
                log.warning("poll_failed", connection_id=connection.id, seconds=round(wait.total_seconds(), 1), reason=problem)
            else:
                log.info("polled", connection_id=connection.id, objects=objects)

    async def _poll(self, connection: Connection, cursor: dict[str, Any], claim: str) -> tuple[int, bool]:
        """Returns how many objects were seen, and whether that were all."""
        polled, objects, last = POLL_ADAPTERS[connection.system], 0, False
        for _ in range(PAGES):
            began = clock.now()
            body = await self._api_client.get(polled.page_fetch(cursor, connection), connection)
            page = await asyncio.to_thread(polled.read_page, cursor, body or b"", began, connection)
            seen = [*page.observations, *await self._fetch_all(page.fetches, connection)]
            seen += await self._fetch_all(polled.follow_up(seen, connection), connection)
            if page.complete:
                listed = {observation.object_id for observation in seen}
                seen += [polled.gone(id, began) for id in await self._objects.standing(connection.id) - listed]
            await self._take_over(connection, page, seen, cursor, claim)
            cursor, last, objects = page.cursor, page.last, objects + len(seen)
            if last:
                break
        return objects, last

    async def _fetch_all(self, fetches: tuple[Fetch, ...], connection: Connection) -> list[Observation]:
        free = asyncio.Semaphore(_FETCHED_AT_ONCE)

        async def fetch_one(fetch: Fetch) -> list[Observation]:
            async with free:
                began = clock.now()
                body = await self._api_client.get(fetch, connection)
            try:
                return await asyncio.to_thread(FETCH_ADAPTERS[connection.system].observations, fetch, body, began, connection)
            except Rejected as rejected:  # it will not get better, and must not keep all that follow waiting
                log.error("object_unreadable", connection_id=connection.id, object=fetch.about, reason=str(rejected))
                return []

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(fetch_one(fetch)) for fetch in fetches]
        except ExceptionGroup as failures:  # where one fails, the others are cancelled
            raise failures.exceptions[0] from None
        return [observation for task in tasks for observation in task.result()]

    async def _take_over(
        self, connection: Connection, page: PolledPage, seen: list[Observation], cursor: dict[str, Any], claim: str
    ) -> None:
        for start in range(0, max(len(seen), 1), _TOGETHER):
            # Only with its last part is the page done with.
            reached = page.cursor if start + _TOGETHER >= len(seen) else cursor

            async def take_over(tx: Tx, start: int = start, reached: dict[str, Any] = reached) -> None:
                await self._polls.advance(connection.id, claim, reached, clock.now() + LEASE, tx)
                part = seen[start : start + _TOGETHER]
                # As it is now: its sessions may have been changed since the poll began.
                now = await self._connections.get(connection.id, tx.session) or connection
                await self._observation_recorder.record(now, part, tx, changes_only=page.complete)

            await self._database.transact(take_over)
