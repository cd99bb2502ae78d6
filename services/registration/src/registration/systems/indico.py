"""Indico: it sends no webhooks, so the registrations of a form are polled. The response has all of them.

Source: Indico's own check-in API, ``registration/controllers/api/checkin.py`` and ``registration/schemas.py``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from registration.systems.adapter import Fetch, PolledPage
from registration.systems.attendance import attendance, person
from registration.systems.connection import Connection
from registration.systems.json_body import Body, ExternalId, Time, parse
from registration.systems.observations import Observation, ObservedAttendance, ObservedPart, moment
from registration.systems.options import path_option

_MAX_BYTES: Final = 32 * 1024 * 1024
"""One response has all registrations of a form, of some 600 bytes each."""
_MAX_REGISTRATIONS: Final = 100_000
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


_Registrations = Annotated[list[_Registration], Field(max_length=_MAX_REGISTRATIONS)]


def page_fetch(cursor: Mapping[str, Any], connection: Connection) -> Fetch:
    event, form = path_option(connection, "event"), path_option(connection, "form")
    return Fetch(f"api/checkin/event/{event}/forms/{form}/registrations/", max_bytes=_MAX_BYTES)


def read_page(cursor: Mapping[str, Any], body: bytes, at: datetime, connection: Connection) -> PolledPage:
    registrations = parse(_Registrations, body)
    observations = tuple(Observation(f"registration/{found.id}", (_part(found, at),)) for found in registrations)
    return PolledPage({}, True, observations=observations, complete=True)


def _part(registration: _Registration, at: datetime) -> ObservedPart:
    data: dict[str, Any] = {}
    if registration.checked_in and registration.state not in _TAKEN_BACK:  # nothing is kept of the others
        data = {
            "at": (registration.checked_in_dt or registration.registration_date).isoformat(),
            "who": person(f"registration/{registration.id}", registration.email, registration.full_name),
            "form": registration.regform_id,
        }
    return ObservedPart("registration", moment(at), data)


def follow_up(observations: Sequence[Observation], connection: Connection) -> tuple[Fetch, ...]:
    return ()


def deleted(object_id: str, at: datetime) -> Observation:
    return Observation(object_id, (ObservedPart("registration", moment(at), {}),))


def facts(object_id: str, parts: Mapping[str, ObservedPart], connection: Connection) -> list[ObservedAttendance]:
    return [
        attendance(f"checkin/{data['at']}", data["at"], data["who"], data["form"], connection)
        for data in (part.data for part in parts.values())
        if data
    ]
