"""Works out attendance again when the mapping of a connection's lists to sessions changes."""

from collections.abc import Callable
from typing import Final

import structlog

from registration.conferences.repository import Conferences
from registration.connections.domain.mapping import mapping
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.polls import Polls
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.systems import ATTENDANCE_ADAPTERS
from registration.systems.connection import Connection
from shared import clock
from shared.database.mongo import Database
from shared.runtime.background import Work

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 5.0


class SessionMapper:
    """Applies changed mappings to what was observed before.

    A mapping changes with a connection's ``sessions``, and when a conference or session that a system has named is announced.
    """

    def __init__(
        self,
        connections: Connections,
        polls: Polls,
        deliveries: Deliveries,
        conferences: Conferences,
        observation_recorder: ObservationRecorder,
        database: Database,
    ) -> None:
        self._connections = connections
        self._polls = polls
        self._deliveries = deliveries
        self._conferences = conferences
        self._observation_recorder = observation_recorder
        self._database = database

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Start the loop of this worker."""
        every(LOOK_SECONDS, self.remap)

    async def remap(self) -> None:
        """Work out the attendance of each connection whose mapping has changed, and try its pending deliveries again."""
        connections = await self._connections.all()
        ids = {connection.conference_id for connection in connections}
        conferences = await self._database.transact(lambda tx: self._conferences.get_many(ids, tx))
        for connection in connections:
            current = mapping(connection, conferences.get(connection.conference_id))
            if (await self._polls.get(connection.id)).mapping == current:
                continue
            objects = await self._remap_objects(connection)
            resumed = await self._deliveries.resume(clock.now(), connection.id)
            await self._polls.remapped(connection.id, current)
            log.info("sessions_remapped", connection_id=connection.id, objects=objects, deliveries=resumed)

    async def _remap_objects(self, connection: Connection) -> int:
        """Remap all objects, a batch at a time. Returns how many there are."""
        if connection.system not in ATTENDANCE_ADAPTERS:
            return 0
        objects = 0
        while remapped := await self._database.transact(lambda tx: self._observation_recorder.remap(connection, tx)):
            objects += remapped
        return objects
