"""Turning observations of other systems' objects into attendance: new facts are published, outdated ones reverted."""

import asyncio
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import structlog
from pydantic import SecretStr

from registration.attendance.domain.pending import lacking
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
    Observation,
    ObservedAttendance,
    ObservedObject,
    ObservedPart,
    Overfull,
)
from shared.contract.events.attendance import Reverted
from shared.database.mongo import Tx
from shared.logging import correlated, correlation_id

log = structlog.get_logger(__name__)

REMAPPED_TOGETHER: Final = 100


@dataclass(frozen=True, slots=True)
class ObservationOutcome:
    """What could not be taken over of what was seen, by the ids of the objects: for good, or not yet; and why."""

    refused: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)


class ObservationRecorder:
    """Runs in the transaction it is given: of two that see the same object at once, the later one runs again.

    Objects may be large and many, so what is worked out of them is worked out in threads.
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
        """Take over what is newer in these observations, and publish the facts that follow or no longer hold.

        ``changes_only``: leave out what says nothing new. Only where no older observation can come later: otherwise, that
        something was still so at a later time is to be kept too.
        """
        observations = list(observations)
        if not observations:
            return ObservationOutcome()
        conference = await self._conference(connection, tx)
        known = await self._objects.get_many(connection, {observation.object_id for observation in observations}, tx)
        seen = dict(known)
        touched, refused = await asyncio.to_thread(_fold, connection, seen, observations, changes_only)
        for reason in refused.values():
            log.error("object_refused", connection_id=connection.id, reason=reason)
        if conference is None or not conference.sessions.keys() >= set(connection.sessions.values()):
            # Some may be pending: all are worked out again, to say whether they still are.
            touched |= {id: correlation_id.get() for id in seen if id not in touched}
        changed = [seen[id] for id in touched]
        await self._forget_erased(changed, connection, tx)
        changes = await asyncio.to_thread(self._reconcile, changed, connection, conference)
        for id, change in changes.items():
            with correlated(touched[id]):
                self._publish(change, connection, tx)
        kept = [one for one in changed if one.id in known or one.parts]
        new, before = [one for one in kept if one.id not in known], [one for one in kept if one.id in known]
        await self._objects.save(connection, mapping(connection, conference), new, before, tx)
        return ObservationOutcome(refused, {id: change.pending for id, change in changes.items() if change.pending})

    async def remap(self, connection: Connection, tx: Tx) -> int:
        """Work out some attendance anew by what can be made of it now (see ``mapping``). Returns of how many
        objects."""
        conference = await self._conference(connection, tx)
        objects = await self._objects.outdated(connection, mapping(connection, conference), REMAPPED_TOGETHER, tx)
        changes = await asyncio.to_thread(self._reconcile, objects, connection, conference)
        for change in changes.values():
            self._publish(change, connection, tx)
        await self._objects.save(connection, mapping(connection, conference), [], objects, tx)
        return len(objects)

    async def _conference(self, connection: Connection, tx: Tx) -> Conference | None:
        return (await self._conferences.get_many({connection.conference_id}, tx)).get(connection.conference_id)

    async def _forget_erased(self, objects: list[ObservedObject], connection: Connection, tx: Tx) -> None:
        """Leave out of the objects what tells again of persons who were erased since, unless they came again later."""
        persons = await asyncio.to_thread(
            lambda: {
                (one.id, part.name): self._objects.persons_in(connection, part) for one in objects for part in one.parts.values()
            }
        )
        identities = await self._identities.get_many({id for found in persons.values() for id in found.ids}, tx)
        erased = {id: identity.erased_at for id, identity in identities.items() if identity.erased_at}
        for one in objects:
            for name in [name for name in one.parts if not persons[one.id, name].complete]:
                log.error("part_left_out", connection_id=connection.id, reason="it may be about more persons than are looked for")
                del one.parts[name]  # it could not be erased
            if not erased:
                continue
            came_again = {
                id
                for fact in _facts(one, connection)
                for id in self._objects.persons_in(connection, ObservedPart("", "", fact.data.model_dump(mode="json"))).ids
                if id in erased and fact.at > erased[id]
            }
            for name in list(one.parts):
                if persons[one.id, name].ids & erased.keys() - came_again:
                    del one.parts[name]

    def _reconcile(
        self, objects: Iterable[ObservedObject], connection: Connection, conference: Conference | None
    ) -> dict[str, AttendanceChange]:
        return {
            one.id: one.reconcile(_facts(one, connection), self._digest, lambda fact: lacking(fact.data, conference))
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


def _fold(
    connection: Connection, seen: dict[str, ObservedObject], observations: list[Observation], changes_only: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """Take over what is newer into the objects seen. Returns those that changed with their causes, and why some did not."""
    touched, refused = dict[str, str](), dict[str, str]()
    for observation in observations:
        one = seen.get(observation.object_id) or ObservedObject(observation.object_id, connection.id)
        if changes_only and all(_same(one, part.name, part.data) for part in observation.parts):
            continue
        try:
            if one.fold(observation.parts):
                seen[one.id] = one
                touched[one.id] = observation.cause or correlation_id.get()
        except Overfull as overfull:
            refused[one.id] = str(overfull)
    return touched, refused


def _facts(one: ObservedObject, connection: Connection) -> list[ObservedAttendance]:
    return ATTENDANCE_ADAPTERS[connection.system].facts(one.id, one.parts, connection)


def _same(one: ObservedObject, name: str, data: dict[str, object]) -> bool:
    """Whether a part says what is known already, or nothing of an object that is not known."""
    return one.parts[name].data == data if name in one.parts else not data
