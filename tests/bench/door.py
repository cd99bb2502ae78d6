"""Peers of ``ingest_http``: an instance at which attendance comes in by HTTP, and nothing else.

With ``KEEP=true`` it keeps what it accepts, and another instance is to publish and record that; with ``KEEP=false`` it validates
and answers, and keeps nothing.

    PYTHONPATH=tests KEEP=true python -m bench.door
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from fastapi import FastAPI

from bench.load import SESSIONS
from registration.attendance.api import events as attendance
from registration.attendance.use_cases.event_lookup import Answer, EventLookup
from registration.attendance.use_cases.intake import Intake
from registration.attendance.use_cases.repeated_requests import RepeatedRequests
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.keys.repository import Keys
from registration.rate_limits import Rates
from registration.repositories import Repositories
from registration.settings import Settings
from shared.contract.envelope import Event, Outgoing
from shared.contract.events.registration import Session
from shared.database.mongo import Database, Result, Tx
from shared.environment import read_settings
from shared.runtime.server import serve
from shared.runtime.service import Service
from shared.web.access.guard import Guard


class Discarding(Database):
    """A database that is read, but to which no unit of work comes."""

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        return None  # type: ignore[return-value]

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        pass


class AcceptsAll(EventLookup):
    """Accepts all, and looks nothing up."""

    async def answers(self, events: Sequence[Event], *, in_order: bool = True) -> list[Answer]:
        return [Answer("accepted", publish=True)] * len(events)


def create_app(settings: Settings) -> FastAPI:
    """The endpoint as the service has it."""
    service = Service("registration", settings)
    database = service.database if os.environ["KEEP"] == "true" else Discarding("registration", settings)
    guard = Guard(Keys(database.db))

    async def leave_the_outbox_to_another() -> None:
        lease = {"owner": "another instance", "until": datetime.now(UTC) + timedelta(hours=1)}
        await database.db["leases"].replace_one({"_id": "outbox"}, lease, upsert=True)

    service.on_start(leave_the_outbox_to_another)
    repositories = Repositories(database.db, settings.person_key)

    async def announce() -> None:
        sessions = {one["id"]: Session.model_validate(one) for one in SESSIONS}
        conference = Conference("c1", 1, "Benchmark", date(2024, 7, 8), date(2024, 7, 12), sessions)
        await service.database.transact(lambda tx: Conferences(service.database.db).save(conference, tx))

    service.on_start(announce)
    kind = EventLookup if os.environ["KEEP"] == "true" else AcceptsAll
    event_lookup = kind(repositories.facts, repositories.pending, repositories.rejections, repositories.conferences)
    return service.app(
        guard, attendance.create_router(guard, Rates(), Intake(), RepeatedRequests(repositories.requests), event_lookup, database)
    )


if __name__ == "__main__":
    serve(create_app, read_settings(Settings))
