"""An attendance file is published completely although the service is killed meanwhile."""

import asyncio
import json
from collections import Counter

import httpx
import pytest
from aiokafka import ConsumerRecord

from local_stack import Stack
from support.kafka import Kafka
from support.keys import operator

ROWS = 12_000
KILLS = 2


@pytest.mark.proof
async def test_a_file_is_stated_whole_and_counted_once_however_often_the_service_is_killed(
    stack: Stack, kafka: Kafka, environment: dict[str, str]
) -> None:
    service = await asyncio.to_thread(stack.start_service, "registration", environment=environment)
    try:
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:
            await operator(client)
            conference = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-12"}
            (await client.put("/conferences/c1", json=conference)).raise_for_status()
            rows = "".join(f"checked_in,2024-07-08T10:00:00Z,attendee{number}@example.org\n" for number in range(ROWS))
            received = await client.post("/conferences/c1/attendance.csv", content="kind,time,email\n" + rows)
            location = received.headers["location"]
            for kill in range(KILLS):
                while (view := (await client.get(location)).json())["rows"] < ROWS * (kill + 1) // (KILLS + 2):
                    await asyncio.sleep(0.02)
                assert view["state"] == "running", "it was done before it could be killed: give it more rows"
                await asyncio.to_thread(service.kill)
                await asyncio.to_thread(service.restart)
            # The lease of a killed instance ends after half a minute, its transactions after another.
            async with asyncio.timeout(180):
                while (view := (await client.get(location)).json())["state"] == "running":
                    await asyncio.sleep(0.2)
                assert (view["state"], view["rows"], view["accepted"]) == ("done", ROWS, ROWS)
                await kafka.no_lag("attendance.inbound", "registration", seconds=120)
            assert (await client.get("/statistics")).json()["facts"] == ROWS
    finally:
        await asyncio.to_thread(service.stop)
        stack.services.pop("registration", None)

    # A relay that is killed publishes again what it had not deleted: each event is there, some may be twice.
    def ids(records: list[ConsumerRecord]) -> set[bytes]:
        return {dict(record.headers)["ce_id"] for record in records}

    records = await kafka.read("attendance.inbound", until=lambda seen: len(ids(seen)) >= ROWS)
    assert len(ids(records)) == ROWS
    assert len(Counter(json.loads(record.value or b"{}")["attendee"]["email"] for record in records)) == ROWS
