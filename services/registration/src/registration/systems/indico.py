"""Indico: it sends no webhooks, so the registrations of a form are polled. The answer holds all of them.

Source: Indico's own check-in API, ``registration/controllers/api/checkin.py`` and ``registration/schemas.py``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import Field

from registration.systems.base import (
    Body,
    ExternalId,
    Fetch,
    PolledPage,
    Time,
    attendance,
    option,
    parse,
    person,
)
from registration.systems.connection import Connection
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment

_MOST_BYTES: Final = 32 * 1024 * 1024
"""All registrations of a form are one answer: some 600 bytes each."""
_MOST: Final = 100_000
_TAKEN_BACK: Final = ("rejected", "withdrawn")


class _Registration(Body):
    id: ExternalId
    regform_id: ExternalId
    full_name: str | None = None
    email: str | None = None
    state: str
    checked_in: bool
    checked_in_dt: Time | None = None
    registration_date: Time


_Registrations = Annotated[list[_Registration], Field(max_length=_MOST)]


def page_fetch(cursor: Mapping[str, Any], connection: Connection) -> Fetch:
    event, form = quote(option(connection, "event"), safe=""), quote(option(connection, "form"), safe="")
    return Fetch(f"api/checkin/event/{event}/forms/{form}/registrations/", most_bytes=_MOST_BYTES)


def read_page(cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> PolledPage:
    registrations = parse(_Registrations, body)
    seen = tuple(Observation(f"registration/{one.id}", (_part(one, at),)) for one in registrations)
    return PolledPage({}, True, observations=seen, complete=True)


def _part(one: _Registration, at: datetime) -> ObservedPart:
    data: dict[str, Any] = {}
    if one.checked_in and one.state not in _TAKEN_BACK:  # of others, nothing is kept
        data = {
            "at": (one.checked_in_dt or one.registration_date).isoformat(),
            "who": person(f"registration/{one.id}", one.email, one.full_name),
            "form": one.regform_id,
        }
    return ObservedPart("registration", moment(at), data)


def follow_up(seen: Sequence[Observation], connection: Connection) -> tuple[Fetch, ...]:
    return ()


def gone(object_id: str, at: datetime) -> Observation:
    return Observation(object_id, (ObservedPart("registration", moment(at), {}),))


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    return [
        attendance(f"checkin/{data['at']}", data["at"], data["who"], data["form"], connection)
        for data in (part.data for part in parts.values())
        if data
    ]
