"""How many people came, published by a running service."""

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest

from support.kafka import Kafka

SESSIONS = [{"id": "s1", "title": "Arrays"}, {"id": "s2", "title": "Tests"}]


@pytest.fixture
def conferences(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    monkeypatch.setenv("TURNOUT_SECONDS", "0.2")
    return {"c1": {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14", "sessions": SESSIONS}}


async def turnout(kafka: Kafka, expected: dict[str, Any]) -> dict[str, Any]:
    """The last event about the conference, once it says this."""

    def said(records: list[Any]) -> bool:
        return bool(records) and expected.items() <= json.loads(records[-1].value).items()

    records = await kafka.read("registration.turnout", until=said)
    assert {record.key for record in records} == {b"c1"}
    assert [json.loads(record.value)["version"] for record in records] == list(range(1, len(records) + 1))
    said_before = [{**json.loads(record.value), "version": None} for record in records]
    assert all(one != other for one, other in pairwise(said_before)), "nothing is said twice"
    assert "@" not in repr([record.value for record in records])
    last: dict[str, Any] = json.loads(records[-1].value)
    return last


async def test_who_came_is_counted_and_who_is_merged_or_erased_is_counted_no_more(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for name, session, consent in (("ada", "s1", True), ("ada", "s2", True), ("bob", "s1", False), ("cleo", "s1", True)):
        attendee = {"email": f"{name}@example.org", "consent": {"mail": True, "matching": consent, "sharing": False}}
        await kafka.attend("session_attended", {"conference_id": "c1", "session_id": session, "attendee": attendee})
    counted = await turnout(kafka, {"attended": 3, "consented": 2})
    assert counted["sessions"] == [{"session_id": "s1", "attended": 3}, {"session_id": "s2", "attended": 1}]

    async def id_of(name: str) -> str:
        return str((await api.get("/attendees", params={"email": f"{name}@example.org"})).json()["id"])

    merged = await api.put(f"/attendees/{await id_of('cleo')}/merged-into", json={"attendee_id": await id_of("ada")})
    assert merged.is_success, merged.text
    await turnout(kafka, {"attended": 2, "consented": 1})
    assert (await api.delete("/attendees", params={"email": "bob@example.org"})).is_success
    assert (await turnout(kafka, {"attended": 1}))["sessions"] == [
        {"session_id": "s1", "attended": 1},
        {"session_id": "s2", "attended": 1},
    ]
