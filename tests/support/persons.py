"""One person by several addresses: whom they meet, what they attend, and what is published of them."""

import asyncio
import json
from typing import Any

import httpx
from aiokafka import ConsumerRecord

from support.kafka import Kafka
from support.patience import PATIENCE

CONFERENCE = {
    "name": "PyConf",
    "starts": "2024-07-08",
    "ends": "2024-07-14",
    "sessions": [{"id": "s1", "title": "Arrays", "skills": ["NumPy"]}, {"id": "s2", "title": "Tests", "skills": ["pytest"]}],
}
AGREES = {"matching": True, "mail": True, "sharing": True}
ADA, ADA_AT_WORK, BOB = "ada@example.org", "ada@work.example", "bob@example.org"


async def attends(kafka: Kafka, email: str, session: str = "s1", consent: Any = AGREES, **more: Any) -> None:
    attendee = {"email": email, "consent": consent} if consent else {"email": email}
    await kafka.attend("session_attended", {"conference_id": "c1", "session_id": session, "attendee": attendee}, **more)


async def meets(kafka: Kafka, email: str, other: str, **more: Any) -> None:
    attendee = {"email": email, "consent": AGREES}
    await kafka.attend("person_met", {"conference_id": "c1", "attendee": attendee, "met": {"email": other}}, **more)


async def id_of(api: httpx.AsyncClient, email: str, seconds: float = PATIENCE) -> str:
    """The id of the person with this address, once they are known."""
    async with asyncio.timeout(seconds):
        while (answer := await api.get("/attendees", params={"email": email})).status_code == 404:
            await asyncio.sleep(0.05)
    return str(answer.json()["id"])


def last(records: list[ConsumerRecord], id: str) -> dict[str, Any] | None:
    """What a topic says of an id; None where it says nothing, or nothing any more."""
    values = [record.value for record in records if record.key == id.encode()]
    return json.loads(values[-1]) if values and values[-1] else None


def titles(profile: dict[str, Any] | None) -> set[str]:
    return {seen["title"] for interest in profile["interests"] for seen in interest["evidence"]} if profile else set()
