"""Documents that version 0.1 wrote before there were kinds of mails are taken over."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.repository.upgrade import upgrade
from support.desk import Desk

BEFORE = datetime(2026, 7, 8, 12, tzinfo=UTC)
MATCH: dict[str, Any] = {"listing_id": "l1", "title": "Arrays", "organization": "O", "url": None, "score": 0.5, "reasons": []}


@pytest.fixture
async def desk(environment: dict[str, str]) -> AsyncIterator[Desk]:
    async with Desk() as desk:
        yield desk


def attendee(id: str, *, mailed: list[str], unsubscribed: bool = False, matches: list[Any] | None = None) -> dict[str, Any]:
    contact = {"version": 2, "email": f"{id}@uni.example", "name": id, "locale": "de", "mail_consent": True}
    newest = {"version": 3, "matches": [MATCH] if matches is None else matches, "correlation_id": "c"}
    return {
        "_id": id,
        "contact": contact,
        "unsubscribed": unsubscribed,
        "recommendations": newest,
        "tell_at": None,
        "mailed": mailed,
        "stage": "idle",
        "due_at": None,
    }


def message(id: str, attendee_id: str, state: str) -> dict[str, Any]:
    return {
        "_id": id,
        "attendee_id": attendee_id,
        "correlation_id": "c",
        "listing_ids": ["l1"],
        "content": {"subject": "s", "text": "t", "html": "h"},
        "state": state,
        "claim": "",
        "deferrals": 0,
        "created_at": BEFORE,
        "changed_at": BEFORE,
        "due_at": BEFORE,
    }


async def test_people_and_messages_are_taken_over_and_what_had_not_left_is_told_anew(desk: Desk) -> None:
    db = desk.database.db
    people = [
        attendee("ada", mailed=["l1"]),
        attendee("bob", mailed=["l1"], unsubscribed=True),
        attendee("cyd", mailed=["l1"]),
        attendee("dan", mailed=[], matches=[{"no": "match"}]),
    ]
    await db["attendees"].insert_many(people)
    states = {"m1": ("ada", "queued"), "m2": ("bob", "sent"), "m3": ("cyd", "sending")}
    await db["messages"].insert_many([message(id, *rest) for id, rest in states.items()])
    for _ in range(2):
        await upgrade(db, desk.links)
    assert await db["attendees"].count_documents({}) == 0
    ada, bob, cyd = await desk.person("ada"), await desk.person("bob"), await desk.person("cyd")
    assert (ada.mailed, ada.stage) == ([], "pending")
    assert ada.due_at
    assert ada.due_at > datetime.now(UTC) - timedelta(minutes=1)
    assert bob.unsubscribed
    assert (cyd.mailed, cyd.welcomed, cyd.locale) == (["l1"], True, "de")
    assert (await desk.person("dan")).recommendations
    kept = {one["_id"]: one async for one in db["messages"].find()}
    assert {id: one["state"] for id, one in kept.items()} == {"m2": "sent", "m3": "unknown"}
    assert (kept["m2"]["recipient"], kept["m2"]["kind"], "content" in kept["m2"]) == ("bob", "matches", False)
    assert [one["id"] for one in await desk.messages.of("bob", 10)] == ["m2"]


async def test_what_was_written_since_is_kept(desk: Desk) -> None:
    await desk.attendee("ada", "new@uni.example")
    await desk.database.db["attendees"].insert_one(attendee("ada", mailed=[]))
    await upgrade(desk.database.db, desk.links)
    assert (person := await desk.person("ada")).contact
    assert person.contact.email == "new@uni.example"
