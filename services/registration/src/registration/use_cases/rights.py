"""The rights of the person: to have all that is known of them, and to be forgotten."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import SecretStr

from registration.domain.attendance import Attendee, Fact
from registration.domain.facts import known_by
from registration.domain.pending import Waiting
from registration.domain.profiles import profile
from registration.domain.traces import persons_in
from registration.repository.conferences import Conferences
from registration.repository.facts import Facts
from registration.repository.objects import Objects
from registration.repository.pending import Pending
from registration.use_cases.people import People
from shared.dead_letters import Content
from shared.envelope import Rejected, unpack
from shared.events.attendance import Attendance
from shared.mongo import Tx
from shared.persons import Mentioned, person_id
from shared.topics import ATTENDANCE_INBOUND


def persons_in_record(record: Content, reason: str, person_key: SecretStr) -> Mentioned:
    """The persons that a record may be about that could not be applied for this reason."""
    headers = [(name, value or b"") for name, value in record.headers]
    source = dict(headers).get("ce_source", b"").decode(errors="replace")
    parts = (
        record.value or b"",
        record.key or b"",
        reason.encode(),
        *(part for name, value in headers for part in (name.encode(), value)),
    )
    return persons_in(parts, source, lambda text: person_id(text, person_key))


WRITTEN_TOGETHER: Final = 100


@dataclass(frozen=True)
class Export:
    """A person to be exported: the attendees who they are, and what is published of them."""

    at: datetime
    members: tuple[Attendee, ...]
    published: dict[str, Any]


class Rights:
    """Export and erasure, in the transaction given."""

    def __init__(
        self,
        people: People,
        facts: Facts,
        conferences: Conferences,
        objects: Objects,
        pending: Pending,
        person_key: SecretStr,
        forget: Sequence[Callable[[Collection[str], Tx], Awaitable[None]]],
    ) -> None:
        """``forget``: what else is to be done when persons of some ids are erased."""
        self._people = people
        self._facts = facts
        self._conferences = conferences
        self._objects = objects
        self._pending = pending
        self._person_key = person_key
        self._forget = forget

    def attendee_id(self, email: str) -> str:
        """The id of the attendee with this (normalised) address."""
        return person_id(email, self._person_key)

    async def export(self, id: str, tx: Tx) -> Export:
        """What is to be exported of the person. There may be much: ``document`` reads it by and by.

        Raises:
            Problem: 404, there is nobody of this id.
        """
        person = await self._people.get(id, tx)
        kept = person.members[0]
        contact = person.contact(kept)
        evidence = person.evidence(kept)
        conferences = await self._conferences.some({conference_id for _, conference_id, _ in evidence.attendance}, tx)
        published = {
            "contact": contact._asdict() if contact else None,
            "profile": profile(kept.id, max(kept.profile_version, 1), evidence, conferences),
        }
        return Export(tx.now, person.members, published)

    async def document(self, export: Export) -> AsyncIterator[bytes]:
        """All that this service knows of the person, for people and programs to read: one JSON document, in pieces."""
        yield b'{"exported_at":' + _json(export.at) + b',"published":' + _json(export.published) + b',"known_by":['
        for number, member in enumerate(export.members):
            said = {name: {"value": word.value, "at": word.at, "how": word.how} for name, word in member.words().items()}
            known_by = _json({"attendee_id": member.id, "email": member.email, "said": said})
            yield b"," * bool(number) + known_by[:-1] + b',"attendance":['
            async for piece in _array(_exported(fact) async for fact in self._facts.about(member.id) if fact.kind != "reverted"):
                yield piece
            yield b"]}"
        yield b'],"told_by_systems":['
        async for piece in _array(
            {"connection": seen.connection_id, "object": seen.id, "parts": {part.name: part.data for part in seen.parts.values()}}
            async for seen in self._objects.about({member.id for member in export.members})
        ):
            yield piece
        yield b'],"waiting":['
        ids = {member.id for member in export.members}
        async for piece in _array(_waiting(one, self._said(one, ids)) async for one in self._pending.about(ids)):
            yield piece
        yield b"]}"

    def _said(self, one: Waiting, ids: Collection[str]) -> dict[str, Any] | None:
        """What an event that waits says of its attendee; None where that is somebody else, who met one of these."""
        try:
            event = unpack(one.record, ATTENDANCE_INBOUND)
        except Rejected:
            return None
        attendee = event.data.attendee if isinstance(event.data, Attendance) else None
        if attendee is None or known_by(attendee, event.source, lambda text: person_id(text, self._person_key)) not in ids:
            return None
        return attendee.model_dump(exclude_none=True)

    async def erase(self, id: str, tx: Tx) -> None:
        """Forget the person here at once; topics and other services follow.

        Raises:
            Problem: 404, there is nobody of this id.
        """
        group = await self._people.erase(id, tx)
        for forget in self._forget:
            await forget(group, tx)


def _exported(fact: Fact) -> dict[str, Any]:
    source, id = orjson.loads(fact.id)
    return {
        "kind": fact.kind,
        "at": fact.at,
        "left_at": fact.at if fact.kind == "left" else None,
        "conference_id": fact.conference_id,
        "session_id": fact.subject or None if fact.kind in ("session_attended", "left") else None,
        "met_person_id": fact.subject if fact.kind == "person_met" else None,
        "said": fact.told,
        "taken_back": fact.reverted,
        "event_source": source,
        "event_id": id,
    }


def _waiting(one: Waiting, said: dict[str, Any] | None) -> dict[str, Any]:
    source, id = orjson.loads(one.id)
    return {
        "conference_id": one.conference_id,
        "session_id": one.session_id or None,
        "received_at": one.received_at,
        "said": said,
        "event_source": source,
        "event_id": id,
    }


async def _array(values: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    """The values as what stands between the brackets of a JSON array, in pieces of some size."""
    pieces: list[bytes] = []
    between = b""
    async for value in values:
        pieces += (between, _json(value))
        between = b","
        if len(pieces) >= 2 * WRITTEN_TOGETHER:
            yield b"".join(pieces)
            pieces = []
    yield b"".join(pieces)


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
