"""An erasure leaves nothing of an attendee's applications, whatever state they are in."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args

import httpx

from matching.applications.domain.transitions import State
from support.answers import ok, refused
from support.applications_api import SUMMER, ahead, applications_of, apply, give, offered, path, profiled, settled, slots
from support.databases import database_of
from support.kafka import Kafka
from support.patience import until
from support.published import publish_listing


async def in_every_state(api: httpx.AsyncClient, kafka: Kafka) -> dict[str, str]:
    """An attendee for each state of applications. Returns the ids of their applications."""
    states = get_args(State)
    for state in states:
        await profiled(kafka, f"the-{state}")
    await publish_listing(kafka, "wide", organization_id="o1", conditions=SUMMER, capacity=20)
    await settled(kafka)
    deadline = {"deadline": ahead(days=7)}
    way: dict[str, list[tuple[str, Any]]] = {
        "submitted": [],
        "screening": [("screen", None)],
        "interview": [("interview", slots(2))],
        "offered": [("offer", deadline)],
        "accepted": [("offer", deadline), ("accept", None)],
        "declined": [("offer", deadline), ("decline", None)],
        "lapsed": [("offer", deadline)],
        "rescinded": [("offer", deadline), ("rescind", None)],
        "rejected": [("reject", None)],
        "withdrawn": [("withdraw", None)],
        "closed": [],
        "superseded": [],
    }
    ids = {}
    for state in states:
        application = await apply(api, f"the-{state}", "wide")
        for command, body in way[state]:
            application = await ok(give(api, application, command, body))
        ids[state] = application["id"]
    past = datetime(2020, 1, 1, tzinfo=UTC)
    async with database_of("matching") as database:
        for state, field in (("lapsed", "offer.deadline"), ("closed", "answer_by")):
            await database.db["applications"].update_one({"_id": ids[state]}, {"$set": {field: past.isoformat(), "due": past}})
    other = await offered(api, "the-superseded", "l1")
    await ok(give(api, other, "accept"))
    for state, id in ids.items():

        async def is_so(id: str = id, state: str = state) -> bool:
            return bool((await ok(api.get(f"/applications/{id}")))["state"] == state)

        await until(is_so)
    return ids


async def test_an_erasure_in_any_state_leaves_nothing_behind(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ids = await in_every_state(api, kafka)
    for state in ids:
        await ok(api.get(path(f"the-{state}", "l4") + "/preview"))
    (other,) = (one["id"] for one in await applications_of(api, "the-superseded") if one["listing_id"] == "l1")
    written = ["Ada Lovelace", "to map stars", "ada.example"]
    words = [*(f"the-{state}" for state in ids), *ids.values(), other, *written]

    async def found() -> dict[str, set[str]]:
        """The collections in which each word is. The audit says for 90 days for whom requests were, but not what was written."""
        where: dict[str, set[str]] = {}
        async with database_of("matching") as database:
            for name in await database.db.list_collection_names():
                async for document in database.db[name].find():
                    text = str(document)
                    for word in written if name == "audit" else words:
                        if word in text:
                            where.setdefault(word, set()).add(name)
        return where

    assert {"applications", "openings", "placements", "seats", "candidates"} <= {
        name for names in (await found()).values() for name in names
    }
    for state in ids:
        await kafka.send("registration.profiles", None, key=f"the-{state}")
    await kafka.no_lag("registration.profiles", "matching.candidates")

    async def is_nothing_left() -> bool:
        return not await found()

    await until(is_nothing_left)  # the outbox has the tombstones until they are published
    for topic, keys in (("matching.applications", {*ids.values(), other}), ("matching.placements", {ids["accepted"], other})):
        last = {record.key.decode(): record.value for record in await kafka.read(topic, until=partial(erased, keys))}
        assert not any(last[key] for key in keys)
    for id in ids.values():
        await refused(api.get(f"/applications/{id}"), 404)
    await kafka.read("matching.seats", until=lambda seen: seats_of("wide", seen) == (0, 0))


def erased(keys: set[str], records: list[Any]) -> bool:
    """Whether each of these keys has a tombstone."""
    return keys <= {record.key.decode() for record in records if record.value is None}


def seats_of(listing: str, records: list[Any]) -> tuple[int, int] | None:
    """How many of the listing's seats are placed and offered, as last published."""
    seats = [json.loads(record.value) for record in records if record.key.decode() == listing]
    return (seats[-1]["placed"], seats[-1]["offered"]) if seats else None
