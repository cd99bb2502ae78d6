"""Objects with several persons in them: who is erased leaves alone, and the others' attendance goes on."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from registration.attendance.use_cases.intake import Intake
from registration.attendees.domain.people import Identity
from registration.attendees.repository.identities import Identities
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.connections.repository.objects import Objects
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.systems import pretix
from registration.systems.adapter import Fetch
from registration.systems.connection import Connection
from shared.database.mongo import Database, Tx
from shared.persons import person_id

KEY = SecretStr("a key for observing")
START = datetime(2026, 4, 8, 10, tzinfo=UTC)
ADA, BOB = "ada@example.org", "bob@example.org"


def order(*positions: dict[str, Any]) -> bytes:
    return json.dumps({"code": "ABC", "status": "p", "positions": positions}).encode()


def position(id: int, email: str, *scans: int) -> dict[str, Any]:
    checkins = [{"id": scan, "list": 1, "datetime": (START + timedelta(minutes=scan)).isoformat()} for scan in scans]
    return {"id": id, "attendee_email": email, "attendee_name": email.partition("@")[0], "checkins": checkins}


class Registration:
    def __init__(self, database: Database, connection: Connection) -> None:
        self.database, self._connection = database, connection
        self.objects = Objects(database.db, lambda text: person_id(text, KEY))
        self.identities = Identities(database.db)
        self.conferences = Conferences(database.db)
        self._observation_recorder = ObservationRecorder(self.objects, self.identities, self.conferences, Intake(), KEY)

    async def sees(self, body: bytes, at: datetime) -> list[tuple[str, str | None]]:
        """What is stated by an order's state: each event's type with the address that it names."""
        observations = pretix.observations(Fetch("", {}, "order/ABC"), body, at, self._connection)

        async def observe(tx: Tx) -> list[tuple[str, str | None]]:
            await self._observation_recorder.record(self._connection, observations, tx)
            stated = [(sent.headers["ce_type"], json.loads(sent.value or b"")) for sent in tx.outgoing]
            return [(type.split(".")[1], data.get("attendee", {}).get("email")) for type, data in stated]

        return await self.database.transact(observe)

    async def erase(self, email: str, at: datetime) -> None:
        id = person_id(email, KEY)

        async def erase(tx: Tx) -> None:
            await self.identities.save([Identity(id, (id,), erased_at=at)], tx)
            await self.objects.erase({id}, tx)

        await self.database.transact(erase)

    async def kept(self) -> str:
        return json.dumps([document async for document in self.database.db["objects"].find({})])


@pytest.fixture
async def registration(database: Database, pretix_connection: Connection) -> Registration:
    registration = Registration(database, pretix_connection)
    conference = Conference("c1", 1, "PyConf", START.date(), START.date(), {})
    await database.transact(lambda tx: registration.conferences.save(conference, tx))
    return registration


@pytest.fixture
def pretix_connection() -> Connection:
    return Connection(
        id="tickets",
        version=1,
        system="pretix",
        conference_id="c1",
        api_url="https://pretix.example",
        api_token=None,
        secrets=(),
        options={"organizer": "o", "event": "e"},
        sessions={},
        own_addresses=False,
        events_per_minute=100,
        disabled=False,
        poll_minutes=None,
        created_at=START,
    )


async def test_of_an_order_for_two_only_the_erased_one_is_forgotten(registration: Registration) -> None:
    both = order(position(1, ADA, 1), position(2, BOB, 1, 2))
    assert sorted(await registration.sees(both, START)) == [("checked_in", ADA), ("checked_in", BOB), ("checked_in", BOB)]
    await registration.erase(ADA, START + timedelta(hours=1))
    assert ADA not in await registration.kept()
    assert BOB in await registration.kept()
    # The order comes again, with a scan of Bob's gone: hers is not stated again, nor kept, and his is taken back.
    later = order(position(1, ADA, 1), position(2, BOB, 2))
    assert await registration.sees(later, START + timedelta(hours=2)) == [("reverted", None), ("reverted", None)]
    assert ADA not in await registration.kept()
    # She comes again, of her own accord.
    again = order(position(1, ADA, 1, 600), position(2, BOB, 2))
    assert ("checked_in", ADA) in await registration.sees(again, START + timedelta(hours=12))
    assert ADA in await registration.kept()
