"""Records observations of other systems' objects: publishes the attendance that follows, and reverts what no longer stands."""

import asyncio
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import structlog
from pydantic import SecretStr

from registration.attendance.domain.pending import waits_for
from registration.attendance.use_cases.intake import Intake
from registration.attendance_event import AttendanceEvent
from registration.attendees.repository.identities import Identities
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.connections.domain.mapping import mapping
from registration.connections.repository.objects import Objects
from registration.systems import ATTENDANCE_ADAPTERS
from registration.systems.connection import Connection
from registration.systems.observations import (
    AttendanceChange,
    ObjectTooLarge,
    Observation,
    ObservedAttendance,
    ObservedObject,
    ObservedPart,
)
from shared.contract.events.attendance import Reverted
from shared.database.mongo import Tx
from shared.logging import correlated, correlation_id

log = structlog.get_logger(__name__)

REMAP_BATCH: Final = 100
"""Objects that are remapped in one transaction."""


@dataclass(frozen=True, slots=True)
class ObservationOutcome:
    """Objects that could not be recorded, each with the reason: ``refused`` for good, ``pending`` until later."""

    refused: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)


class ObservationRecorder:
    """Records observations in the transaction given. If two transactions change the same object, the later one runs again.

    Objects may be large and many, so they are processed in threads.
    """

    def __init__(
        self, objects: Objects, identities: Identities, conferences: Conferences, intake: Intake, person_key: SecretStr
    ) -> None:
        self._objects = objects
        self._identities = identities
        self._conferences = conferences
        self._intake = intake
        self._key = person_key

    async def record(
        self, connection: Connection, observations: Iterable[Observation], tx: Tx, *, changes_only: bool = False
    ) -> ObservationOutcome:
        """Adopt newer parts of these observations, publish new facts, and revert facts that no longer stand.

        ``changes_only``: skip observations that say nothing new. This is right only if no older observation can arrive later;
        otherwise their later time must be stored too.
        """
        observations = list(observations)
        if not observations:
            return ObservationOutcome()
        conference = await self._conference(connection, tx)
        known = await self._objects.get_many(connection, {observation.object_id for observation in observations}, tx)
        objects = dict(known)
        touched, refused = await asyncio.to_thread(_update, connection, objects, observations, changes_only)
        for reason in refused.values():
            log.error("object_refused", connection_id=connection.id, reason=reason)
        if conference is None or not conference.sessions.keys() >= set(connection.sessions.values()):
            # Some of their facts may be pending: work out all of them, to know whether they still are.
            touched |= {id: correlation_id.get() for id in objects if id not in touched}
        changed = [objects[id] for id in touched]
        await self._remove_erased(changed, connection, tx)
        changes = await asyncio.to_thread(self._reconcile, changed, connection, conference)
        for id, change in changes.items():
            with correlated(touched[id]):
                self._publish(change, connection, tx)
        stored = [one for one in changed if one.id in known or one.parts]
        new, existing = [one for one in stored if one.id not in known], [one for one in stored if one.id in known]
        await self._objects.save(connection, mapping(connection, conference), new, existing, tx)
        return ObservationOutcome(refused, {id: change.pending for id, change in changes.items() if change.pending})

    async def remap(self, connection: Connection, tx: Tx) -> int:
        """Work out the attendance of a batch of objects again, after a change of the ``mapping``. Returns the number of
        objects."""
        conference = await self._conference(connection, tx)
        objects = await self._objects.outdated(connection, mapping(connection, conference), REMAP_BATCH, tx)
        changes = await asyncio.to_thread(self._reconcile, objects, connection, conference)
        for change in changes.values():
            self._publish(change, connection, tx)
        await self._objects.save(connection, mapping(connection, conference), [], objects, tx)
        return len(objects)

    async def _conference(self, connection: Connection, tx: Tx) -> Conference | None:
        return (await self._conferences.get_many({connection.conference_id}, tx)).get(connection.conference_id)

    async def _remove_erased(self, objects: list[ObservedObject], connection: Connection, tx: Tx) -> None:
        """Remove the parts about erased persons from the objects, unless the persons attended again after their erasure."""
        persons = await asyncio.to_thread(
            lambda: {
                (observed.id, part.name): self._objects.persons_in(connection, part)
                for observed in objects
                for part in observed.parts.values()
            }
        )
        identities = await self._identities.get_many({id for found in persons.values() for id in found.ids}, tx)
        erased = {id: identity.erased_at for id, identity in identities.items() if identity.erased_at}
        for observed in objects:
            for name in [name for name in observed.parts if not persons[observed.id, name].complete]:
                log.error("part_omitted", connection_id=connection.id, reason="it names too many persons to look for")
                del observed.parts[name]  # nobody could be erased from it
            if not erased:
                continue
            came_again = {
                id
                for fact in _facts(observed, connection)
                for id in self._objects.persons_in(connection, ObservedPart("", "", fact.data.model_dump(mode="json"))).ids
                if id in erased and fact.at > erased[id]
            }
            for name in list(observed.parts):
                if persons[observed.id, name].ids & erased.keys() - came_again:
                    del observed.parts[name]

    def _reconcile(
        self, objects: Iterable[ObservedObject], connection: Connection, conference: Conference | None
    ) -> dict[str, AttendanceChange]:
        return {
            one.id: one.reconcile(_facts(one, connection), self._digest, lambda fact: waits_for(fact.data, conference))
            for one in objects
        }

    def _publish(self, change: AttendanceChange, connection: Connection, tx: Tx) -> None:
        self._intake.publish((AttendanceEvent(connection.source, id, fact.at, fact.data) for id, fact in change.added), tx)
        self._intake.publish(
            (AttendanceEvent(connection.source, f"{id}/reverted", tx.now, Reverted(reverts=id)) for id in change.reverted), tx
        )

    def _digest(self, content: bytes) -> str:
        # Keyed: an address could be guessed from a plain hash.
        return hmac.new(self._key.get_secret_value().encode(), content, sha256).hexdigest()[:16]


def _update(
    connection: Connection, objects: dict[str, ObservedObject], observations: list[Observation], changes_only: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """Adopt newer parts. Returns the ids of changed objects with their causes, and of refused ones with the reasons."""
    touched, refused = dict[str, str](), dict[str, str]()
    for observation in observations:
        observed = objects.get(observation.object_id) or ObservedObject(observation.object_id, connection.id)
        if changes_only and all(_is_known(observed, part.name, part.data) for part in observation.parts):
            continue
        try:
            if observed.update(observation.parts):
                objects[observed.id] = observed
                touched[observed.id] = observation.cause or correlation_id.get()
        except ObjectTooLarge as error:
            refused[observed.id] = str(error)
    return touched, refused


def _facts(observed: ObservedObject, connection: Connection) -> list[ObservedAttendance]:
    return ATTENDANCE_ADAPTERS[connection.system].facts(observed.id, observed.parts, connection)


def _is_known(observed: ObservedObject, name: str, data: dict[str, object]) -> bool:
    """Whether a part says nothing new: it is stored already, or is empty and the object unknown."""
    return observed.parts[name].data == data if name in observed.parts else not data
