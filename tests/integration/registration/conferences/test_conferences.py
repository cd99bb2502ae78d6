"""Conferences, announced over HTTP by registration on real servers."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from registration.main import create_app
from registration.schedules.schedule import MAX_SESSIONS
from registration.settings import Settings
from shared.contract.envelope import MAX_EVENT_BYTES
from support.kafka import Kafka
from support.keys import operator
from support.loop import watching_the_loop
from support.serving import serving


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(Settings())) as client:
        yield await operator(client)


def session(number: int) -> dict[str, Any]:
    """A session with all its fields, and with what looks like fields and objects in its texts."""
    return {
        "id": f"S{number}",
        "title": f"Track {number}: how we run it",
        "topics": ["Web: services", "Databases"],
        "skills": ["Python", "SQL"],
        "abstract": ("See https://talks.example/ : {slides}, [notes]; " * 20)[:500],
    }


async def put(api: httpx.AsyncClient, sessions: int) -> httpx.Response:
    conference = {"name": "C", "starts": "2026-07-08", "ends": "2026-07-12", "sessions": [session(n) for n in range(sessions)]}
    return await api.put("/conferences/c1", content=json.dumps(conference), headers={"content-type": "application/json"})


async def test_a_conference_has_as_many_sessions_as_is_documented(api: httpx.AsyncClient, kafka: Kafka) -> None:
    patient = httpx.AsyncClient(base_url=api.base_url, headers=api.headers, timeout=150)
    async with watching_the_loop() as held, patient:
        made = await put(patient, MAX_SESSIONS)
    assert made.status_code == 201, made.text[:300]
    assert len(made.json()["sessions"]) == MAX_SESSIONS
    assert held.longest < 0.5
    record = (await kafka.read("registration.conferences"))[0]
    assert record.value is not None
    assert len(record.value) <= MAX_EVENT_BYTES
    assert len(json.loads(record.value)["sessions"]) == MAX_SESSIONS

    refused = await put(api, MAX_SESSIONS + 1)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "sessions")
    assert "5,000" in refused.json()["detail"]
