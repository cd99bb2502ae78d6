"""What the adapters of other systems make of webhooks, answers and polls: the attendance that stands by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from registration.systems import ATTENDANCE_ADAPTERS, FETCH_ADAPTERS, POLL_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.adapter import Fetch, WebhookContent, WebhookRequest
from registration.systems.connection import Connection
from registration.systems.observations import ObservedAttendance, ObservedPart
from shared.contract.events import NAMES
from support.payloads import (
    connection,
    encoded,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def request(body: Any, query: dict[str, str] | None = None, **headers: str) -> WebhookRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(named, query or {}, body if isinstance(body, bytes) else encoded(body))


def read(body: Any, of: Connection) -> WebhookContent:
    return WEBHOOK_ADAPTERS[of.system].read(request(body, webhook_id="m1"), of)


def facts(parts: dict[str, dict[str, ObservedPart]], of: Connection) -> list[ObservedAttendance]:
    return [fact for id, state in parts.items() for fact in ATTENDANCE_ADAPTERS[of.system].facts(id, state, of)]


def seen(*bodies: Any, of: Connection) -> list[ObservedAttendance]:
    """The attendance that stands by webhooks that arrived in this order."""
    state: dict[str, dict[str, ObservedPart]] = {}
    for body in bodies:
        for observation in read(body, of).observations:
            fold(state.setdefault(observation.object_id, {}), observation.parts)
    return facts(state, of)


def fetched(*answers: tuple[str, Any, datetime], of: Connection) -> list[ObservedAttendance]:
    """The attendance that stands by what was fetched: (what about, the answer, when)."""
    state: dict[str, dict[str, ObservedPart]] = {}
    for about, answer, at in answers:
        body = None if answer is None else encoded(answer)
        for observation in FETCH_ADAPTERS[of.system].observations(Fetch("", {}, about), body, at, of):
            fold(state.setdefault(observation.object_id, {}), observation.parts)
    return facts(state, of)


def fold(state: dict[str, ObservedPart], parts: tuple[ObservedPart, ...]) -> None:
    state |= {part.name: part for part in parts if part.name not in state or part.replaces(state[part.name])}


def who(fact: ObservedAttendance) -> dict[str, Any]:
    return fact.data.attendee.model_dump(exclude_defaults=True)


LATER = NOW + timedelta(minutes=1)


def told(facts: list[ObservedAttendance]) -> list[tuple[str, str]]:
    """Each fact's name, and what it says."""
    return [(fact.name, NAMES[type(fact.data)].split(".")[1]) for fact in facts]


def polled(*registrations: dict[str, Any], at: datetime = NOW, of: Connection | None = None) -> list[ObservedAttendance]:
    of = of or connection("indico")
    page = POLL_ADAPTERS["indico"].read_page({}, encoded([*registrations]), at, of)
    assert page.last
    assert page.complete
    return facts({one.object_id: {part.name: part for part in one.parts} for one in page.observations}, of)
