"""Exports everything that the service stores about a person, as one JSON document that is streamed."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import SecretStr

from registration.attendance.domain.facts import known_by
from registration.attendance.domain.pending import PendingEvent
from registration.attendance.domain.rejections import Rejection
from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.attendees.domain.attendance import Attendee, Fact, source_and_id
from registration.attendees.domain.mentions import persons_in
from registration.attendees.repository.facts import Facts
from registration.connections.domain.deliveries import Delivery
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.objects import Objects
from registration.keys.domain import Key
from registration.keys.repository import Keys
from registration.portfolio.domain.placements import Placement
from registration.portfolio.repository.handles import Handle, Handles
from registration.portfolio.repository.placements import Placements
from registration.systems import WEBHOOK_ADAPTERS
from registration.systems.adapter import WebhookRequest
from registration.systems.connection import Connection
from shared.contract.envelope import Rejected
from shared.contract.events.attendance import Attendance
from shared.persons import person_id

VALUES_PER_PIECE: Final = 100
ALL_KEYS: Final = 0
"""No limit: a person has few keys."""


@dataclass(frozen=True)
class Export:
    """A person to export: their ids, their attendees, if any, and what is published about them."""

    at: datetime
    ids: frozenset[str]
    members: tuple[Attendee, ...]
    published: dict[str, Any]


class Exports:
    """Writes exports."""

    def __init__(
        self,
        facts: Facts,
        pending: PendingEvents,
        rejections: Rejections,
        connections: Connections,
        deliveries: Deliveries,
        objects: Objects,
        placements: Placements,
        handles: Handles,
        keys: Keys,
        person_key: SecretStr,
    ) -> None:
        self._facts = facts
        self._pending = pending
        self._rejections = rejections
        self._connections = connections
        self._deliveries = deliveries
        self._objects = objects
        self._placements = placements
        self._handles = handles
        self._keys = keys
        self._person_key = person_key

    async def document(self, export: Export) -> AsyncIterator[bytes]:
        """Everything that this service knows about the person: one JSON document, in pieces."""
        ids = export.ids
        yield b'{"exported_at":' + _json(export.at) + b',"published":' + _json(export.published) + b',"known_by":['
        for number, member in enumerate(export.members):
            details = {
                name: {"value": detail.value, "at": detail.at, "how": detail.how} for name, detail in member.details().items()
            }
            organizes = [{"conference_id": id, "name": name} for id, name in member.organizes.items()]
            known_by = _json({"attendee_id": member.id, "email": member.email, "details": details, "organizes": organizes})
            yield b"," * bool(number) + known_by[:-1] + b',"attendance":['
            async for piece in _array(_exported(fact) async for fact in self._facts.about(member.id) if fact.kind != "reverted"):
                yield piece
            yield b"]}"
        yield b'],"observations":['
        async for piece in _array(
            {"connection": seen.connection_id, "object": seen.id, "parts": {part.name: part.data for part in seen.parts.values()}}
            async for seen in self._objects.about(ids)
        ):
            yield piece
        yield b'],"waiting":['
        async for piece in _array(_waiting(one, self._details_in_event(one, ids)) async for one in self._pending.about(ids)):
            yield piece
        yield b'],"webhooks":['
        async for piece in _array(
            _webhook(one, await self._details_in_delivery(one, ids)) async for one in self._deliveries.about(ids)
        ):
            yield piece
        yield b'],"rejected":['
        async for piece in _array(_rejected(one) async for one in self._rejections.about(ids)):
            yield piece
        yield b'],"handles":' + _json([_handle(one) for one in await self._handles.of(ids)])
        keys = [_key(key) for id in sorted(ids) for key in await self._keys.page(id, "", ALL_KEYS)]
        yield b',"keys":' + _json(keys)
        yield b',"placements":['
        async for piece in _array(_placement(one) async for one in self._placements.of(ids)):
            yield piece
        yield b"]}"

    def _details_in_event(self, one: PendingEvent, ids: Collection[str]) -> dict[str, Any] | None:
        """What a pending event says about its attendee; None if the attendee is somebody else who met one of these persons."""
        try:
            event = one.unpacked()
        except Rejected:
            return None
        return self._attendee(event.data, event.source, ids)

    def _attendee(self, data: object, source: str, ids: Collection[str]) -> dict[str, Any] | None:
        attendee = data.attendee if isinstance(data, Attendance) else None
        if attendee is None or known_by(attendee, source, self._person_id) not in ids:
            return None
        return attendee.model_dump(exclude_none=True)

    async def _details_in_delivery(self, delivery: Delivery, ids: Collection[str]) -> list[dict[str, Any]]:
        """What a stored webhook says about these persons."""
        connection = await self._connections.get(delivery.connection_id)
        if connection is None or delivery.body is None:
            return []
        return await asyncio.to_thread(self._read, delivery, delivery.body, connection, ids)

    def _read(self, delivery: Delivery, body: bytes, connection: Connection, ids: Collection[str]) -> list[dict[str, Any]]:
        try:
            content = WEBHOOK_ADAPTERS[connection.system].read(WebhookRequest(delivery.headers, {}, body), connection)
        except Rejected:
            return []
        direct = [self._attendee(event.data, event.source, ids) for event in content.events]
        parts = [part.data for seen in content.observations for part in seen.parts]
        about = [data for data in parts if persons_in([_json(data)], connection.source, self._person_id).any_of({*ids})]
        return [one for one in direct if one] + about

    def _person_id(self, text: str) -> str:
        return person_id(text, self._person_key)


def _exported(fact: Fact) -> dict[str, Any]:
    source, id = source_and_id(fact.id)
    return {
        "kind": fact.kind,
        "at": fact.at,
        "left_at": fact.at if fact.kind == "left" else None,
        "conference_id": fact.conference_id,
        "session_id": fact.subject or None if fact.kind in ("session_attended", "left") else None,
        "met_person_id": fact.subject if fact.kind == "person_met" else None,
        "details": fact.details,
        "taken_back": fact.reverted,
        "event_source": source,
        "event_id": id,
    }


def _waiting(one: PendingEvent, details: dict[str, Any] | None) -> dict[str, Any]:
    source, id = source_and_id(one.id)
    return {
        "conference_id": one.conference_id,
        "session_id": one.session_id or None,
        "received_at": one.received_at,
        "details": details,
        "event_source": source,
        "event_id": id,
    }


def _webhook(one: Delivery, details: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "connection": one.connection_id,
        "delivery": one.id,
        "state": one.state,
        "received_at": one.received_at,
        "details": details,
    }


def _rejected(one: Rejection) -> dict[str, Any]:
    source, id = source_and_id(one.id)
    # Without the reason, which may quote data about somebody else.
    return {"conference_id": one.conference_id or None, "rejected_at": one.at, "event_source": source, "event_id": id}


def _handle(one: Handle) -> dict[str, Any]:
    chosen = {"handle": one.text, "chosen_at": one.chosen_at, "current": one.current}
    return chosen | {"name": one.name, "indexed": one.indexed}


def _key(one: Key) -> dict[str, Any]:
    known = {"key_id": one.id, "name": one.name, "created_at": one.created_at, "expires_at": one.expires_at}
    return known | {"revoked_at": one.revoked_at, "last_used_at": one.last_used_at}


def _placement(one: Placement) -> dict[str, Any]:
    return {
        "placement_id": one.id,
        "state": one.state,
        "title": one.title,
        "organization": one.organization,
        "starts": one.starts,
        "ends": one.ends,
        "hours_per_week": one.hours_per_week,
        "skills": [skill._asdict() for skill in one.skills],
        "remark": one.remark,
        "published": one.publication,
        "credential": one.credential,
    }


async def _array(values: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    """The values as the content of a JSON array, without its brackets, in pieces."""
    pieces: list[bytes] = []
    between = b""
    async for value in values:
        pieces += (between, _json(value))
        between = b","
        if len(pieces) >= 2 * VALUES_PER_PIECE:
            yield b"".join(pieces)
            pieces = []
    yield b"".join(pieces)


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
