"""Hostile values in every field that registration reads: an object where a text belongs is refused, a text is taken literally.

In either case nothing but what was asked for changes in the database: no value becomes part of a filter.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
from pymongo import MongoClient

from support.databases import name_of
from support.kafka import Kafka
from support.keys import make_key

OBJECTS: list[Any] = [{"$gt": ""}, {"$ne": None}, [{"$regex": ".*"}]]
TEXTS = ["$where", "a.b", '{"$ne": null}', "\x00"]
SCAN = {"specversion": "1.0", "id": "scan", "source": "test", "time": "2024-07-08T10:00:00Z"}
PERSON = {"email": "target@example.org", "account": "t1", "name": "T", "locale": "en", "time_zone": "UTC", "skills": ["Rust"]}
SCHEDULE = {
    "name": "C",
    "starts": "2024-07-08",
    "ends": "2024-07-08",
    "sessions": [{"id": "s1", "title": "T", "topics": ["x"], "skills": ["y"]}],
}
CONNECTION = {
    "system": "pretix",
    "conference_id": "target",
    "api_url": "https://pretix.example.org/",
    "api_token": "token",
    "secret": "a secret of ours that is long enough",
    "options": {"organizer": "o", "event": "e"},
    "sessions": {"7": "s1"},
}


def event(type: str, data: dict[str, Any]) -> dict[str, Any]:
    return SCAN | {"type": f"attendance.{type}.v1", "data": data}


EVENTS = [
    event("session_attended", {"conference_id": "target", "session_id": "s1", "attendee": PERSON}),
    event("person_met", {"conference_id": "target", "attendee": PERSON, "met": PERSON | {"email": "m@example.org"}}),
    event("checked_in", {"conference_id": "target", "attendee": PERSON | {"consent": {"mail": True}}}),
    event("reverted", {"reverts": "scan"}),
]
KEY = {"name": "k", "scopes": ["attendance"], "conference_id": "target", "source": "s", "expires_at": "2099-01-01T00:00:00Z"}
WORDS = {"name": "Ada", "locale": "sv", "time_zone": "Europe/Stockholm"}
PROFILE = {
    "skills": [{"term": "Rust", "level": 3}],
    "research_interests": ["Memory"],
    "equipment": ["Laser"],
    "discipline": "ict",
    "availability": {"starts": "2026-07-01", "ends": "2026-09-30", "countries": ["DE"], "work_permission": ["DE"]},
}
BODIES: dict[tuple[str, str], list[Any]] = {
    ("post", "/attendance"): EVENTS,
    ("post", "/docs/publish/check"): EVENTS[:1],
    ("put", "/conferences/{id}"): [SCHEDULE],
    ("put", "/conferences/{id}/brand"): [{"colour": "#7a1c14", "sender": "C", "reply_to": "c@example.org"}],
    ("put", "/conferences/{id}/organizers"): [{"organizers": [{"email": "target@example.org", "name": "T"}]}],
    ("put", "/attendees/{id}/consent"): [{"mail": True}],
    ("put", "/attendees/{id}/merged-into"): [{"attendee_id": "target"}],
    ("post", "/attendees/{id}/keys"): [{"expires_at": "2099-01-01T00:00:00Z"}],
    ("put", "/attendees/{id}/contact"): [WORDS],
    ("put", "/attendees/{id}/profile"): [PROFILE],
    ("put", "/me/consent"): [{"mail": True}],
    ("put", "/me/contact"): [WORDS],
    ("put", "/me/profile"): [PROFILE],
    ("put", "/me/portfolio"): [{"handle": "target", "name": "T"}],
    ("put", "/me/portfolio/placements/{id}/publication"): [{"version": 1, "parts": ["skills"]}],
    ("post", "/me/portfolio/placements/{id}/credential"): [{"name": "T", "copies_cannot_be_recalled": True}],
    ("post", "/keys"): [KEY, {"name": "k", "scopes": ["me"], "attendee_id": "target"}],
    ("put", "/connections/{id}"): [CONNECTION],
    ("post", "/connections/{id}/rotate"): [{"secret": "another secret, as long as it must be"}],
    ("post", "/webhooks/{connection}"): [{"type": EVENTS[0]["type"], "timestamp": SCAN["time"], "data": EVENTS[0]["data"]}],
}
"""A good body of each operation that reads JSON; every text in it is replaced in turn."""

SELF_CHANGING = {"announced", "instances", "leases", "outbox", "probes"}
"""Collections that the service itself changes as time passes."""

FILES = {
    ("put", "/conferences/{id}/schedule"),
    ("put", "/conferences/{id}/brand/logo"),
    ("post", "/conferences/{id}/attendance.csv"),
}


async def bystanders(api: httpx.AsyncClient) -> None:
    """One of everything, of which nothing is to change."""
    session = {"id": "s1", "title": "T", "topics": ["x"]}
    (await api.put("/conferences/bystander", json=SCHEDULE | {"sessions": [session]})).raise_for_status()
    connection = CONNECTION | {"conference_id": "bystander"}
    (await api.put("/connections/bystander", json=connection)).raise_for_status()
    (await api.post("/keys", json=KEY | {"name": "bystander", "conference_id": "bystander"})).raise_for_status()
    for name in ("ada", "ben"):
        data = {"conference_id": "bystander", "session_id": "s1", "attendee": {"email": f"{name}@example.org"}}
        scan = event("session_attended", data) | {"id": name, "source": "bystander"}
        headers = {"content-type": "application/cloudevents+json", "idempotency-key": name}
        (await api.post("/attendance", json=scan, headers=headers)).raise_for_status()
    rows = b"kind,time,email\nchecked_in,2024-07-08T10:00:00Z,col@example.org\nchecked_in,yesterday,x\n"
    answer = await api.post("/conferences/bystander/attendance.csv", content=rows, headers={"content-type": "text/csv"})
    upload = answer.raise_for_status().json()["id"]
    while (await api.get(f"/uploads/{upload}")).json()["state"] not in ("done", "failed"):
        await asyncio.sleep(0.05)
    first, second = [
        (await api.get("/attendees", params={"email": f"{name}@example.org"})).json()["id"] for name in ("ada", "ben")
    ]
    (await api.put(f"/attendees/{second}/merged-into", json={"attendee_id": first})).raise_for_status()


def documents(environment: dict[str, str]) -> dict[tuple[str, str], Any]:
    """All documents of registration's database, but for what changes by itself."""
    name = name_of("registration")
    with MongoClient[dict[str, Any]](environment["MONGODB_URI"], tz_aware=True) as client:
        found = {
            (collection, repr(document["_id"])): {
                k: v for k, v in document.items() if k not in ("last_used_at", "due_at", "told_again")
            }
            for collection in client[name].list_collection_names()
            for document in client[name][collection].find()
        }
    return {key: document for key, document in found.items() if key[0] not in SELF_CHANGING}


def replaced(value: Any, hostile: Any) -> Iterator[Any]:
    """The value with one of its texts, or one of its fields' names, replaced; each of them in turn."""
    if isinstance(value, str):
        yield hostile
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (value | {name: other} for other in replaced(inner, hostile))
            if hostile == "a.b":
                yield {(hostile if each == name else each): other for each, other in value.items()}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in replaced(inner, hostile))


async def operations(api: httpx.AsyncClient) -> list[tuple[str, str, dict[str, Any]]]:
    paths = (await api.get("/openapi.json")).json()["paths"]
    return [(method, path, operation) for path, methods in paths.items() for method, operation in methods.items()]


def at(path: str, name: str = "target") -> str:
    return re.sub(r"{\w+}", quote(name, safe=""), path)


async def test_every_text_of_a_body_is_taken_literally_or_refused(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    reads_json = {
        (method, path)
        for method, path, operation in await operations(api)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert reads_json - FILES == set(BODIES)
    await bystanders(api)
    await kafka.no_lag("attendance.inbound", "registration")
    before = documents(environment)
    assert {"conferences", "connections", "keys", "attendees", "attendance", "identities", "requests", "uploads"} <= {
        collection for collection, _ in before
    }
    (await api.put("/conferences/target", json=SCHEDULE)).raise_for_status()
    for (method, path), bodies in BODIES.items():
        for hostile in OBJECTS + TEXTS:
            hostile_bodies = [replacement for body in bodies for replacement in replaced(body, hostile)]
            if path == "/attendance":
                headers = {"content-type": "application/cloudevents-batch+json"}
                answer = await api.post(path, content=json.dumps(hostile_bodies), headers=headers)
                assert isinstance(hostile, str) or answer.json()["accepted"] == 0, answer.text
                continue
            for hostile_body in hostile_bodies:
                answer = await api.request(method, at(path), json=hostile_body)
                assert answer.status_code < 500, (method, path, hostile_body, answer.text)
                if not isinstance(hostile, str) and path != "/docs/publish/check":
                    assert answer.status_code >= 400, (method, path, hostile_body, answer.text)
    await kafka.no_lag("attendance.inbound", "registration")
    after = documents(environment)
    assert {key: after.get(key) for key in before} == before
    assert (await api.get("/statistics")).status_code == 200


async def test_every_parameter_is_taken_literally_or_refused(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    await bystanders(api)
    await kafka.no_lag("attendance.inbound", "registration")
    before = documents(environment)
    person = {"authorization": f"Bearer {await make_key(['me'], attendee_id='nobody')}"}
    for method, path, operation in await operations(api):
        headers = {"content-type": "application/json"} | (person if path.startswith("/me") else {})
        body = BODIES.get((method, path), [None])[0]
        content = json.dumps(body) if body else b"kind,time,email\n" if (method, path) in FILES else None
        names = [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
        operators = [f"{at(path)}?{name}[$ne]=x&{name}.$gt=" for name in names]
        for hostile in TEXTS + [json.dumps(one) for one in OBJECTS]:
            urls = [at(path, hostile)] if "{" in path else []
            urls += [f"{at(path)}?{name}={quote(hostile)}" for name in names]
            urls += operators if hostile == TEXTS[0] else []
            if (method, path) == ("post", "/attendance"):
                headers |= {"idempotency-key": quote(hostile), "ce-id": quote(hostile), "ce-source": quote(hostile)}
                urls = [path]
            for url in urls:
                answer = await api.request(method, url, content=content, headers=headers)
                assert answer.status_code < 500, (method, url, answer.text)
                if "{" in path and url == at(path, hostile):
                    assert answer.status_code >= 400 or hostile == "a.b", (method, url, answer.text)  # that may be an id
    await kafka.no_lag("attendance.inbound", "registration")
    after = documents(environment)
    assert {key: after.get(key) for key in before} == before


async def test_fields_of_files_are_taken_literally_or_refused(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    await bystanders(api)
    await kafka.no_lag("attendance.inbound", "registration")
    before = documents(environment)
    (await api.put("/conferences/target", json=SCHEDULE)).raise_for_status()
    fields = ["checked_in", "2024-07-08T10:00:00Z", "x@example.org", "account", "name", "en", "UTC", "skill"]
    rows = ["kind,time,email,account,name,locale,time_zone,skills"]
    for hostile in TEXTS + [json.dumps(one) for one in OBJECTS]:
        cell = '"' + hostile.replace('"', '""') + '"'
        rows += [",".join([*fields[:place], cell, *fields[place + 1 :]]) for place in range(len(fields))]
    answer = await api.post(
        "/conferences/target/attendance.csv", content="\n".join(rows).encode(), headers={"content-type": "text/csv"}
    )
    upload = answer.raise_for_status().json()["id"]
    while (view := (await api.get(f"/uploads/{upload}")).json())["state"] not in ("done", "failed"):
        await asyncio.sleep(0.05)
    assert (view["state"], view["accepted"] + view["refused"]) == ("done", len(rows) - 1)
    pretalx = {"schedule": {"conference": {"title": "T", "days": [{"rooms": {"$gt": [{"guid": "a.b", "title": "$where"}]}}]}}}
    for hostile in [*OBJECTS, *TEXTS, "\ud800", "x" * 400]:
        for hostile_file in replaced(pretalx, hostile):
            content = json.dumps(hostile_file).encode()
            answer = await api.put("/conferences/target/schedule", content=content, headers={"content-type": "application/json"})
            assert answer.status_code < 500, (hostile_file, answer.text)
    await kafka.no_lag("attendance.inbound", "registration")
    after = documents(environment)
    assert {key: after.get(key) for key in before} == before
