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
    Page,
    Time,
    attendance,
    option,
    parse,
    person,
)
from registration.systems.connection import Connection
from registration.systems.observations import Fact, Part, Sighting, moment

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


def page(cursor: Mapping[str, Any], connection: Connection) -> Fetch:
    event, form = quote(option(connection, "event"), safe=""), quote(option(connection, "form"), safe="")
    return Fetch(f"api/checkin/event/{event}/forms/{form}/registrations/", most_bytes=_MOST_BYTES)


def turn(cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> Page:
    registrations = parse(_Registrations, body)
    seen = tuple(Sighting(f"registration/{one.id}", (_part(one, at),)) for one in registrations)
    return Page({}, True, sightings=seen, complete=True)


def _part(one: _Registration, at: datetime) -> Part:
    data: dict[str, Any] = {}
    if one.checked_in and one.state not in _TAKEN_BACK:  # of others, nothing is kept
        data = {
            "at": (one.checked_in_dt or one.registration_date).isoformat(),
            "who": person(f"registration/{one.id}", one.email, one.full_name),
            "form": one.regform_id,
        }
    return Part("registration", moment(at), data)


def follow_up(seen: Sequence[Sighting], connection: Connection) -> tuple[Fetch, ...]:
    return ()


def gone(object_id: str, at: datetime) -> Sighting:
    return Sighting(object_id, (Part("registration", moment(at), {}),))


def facts(object_id: str, parts: Mapping[str, Part], connection: Connection) -> list[Fact]:
    return [
        attendance(f"checkin/{data['at']}", data["at"], data["who"], data["form"], connection)
        for data in (part.data for part in parts.values())
        if data
    ]
