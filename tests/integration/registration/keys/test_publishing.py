"""What other services are told of API keys, and keys of one organization."""

import asyncio
import json
from typing import Any

import httpx

from registration.keys.repository import Keys
from registration.keys.use_cases import PAGE, KeyManager
from shared.database.mongo import Database, Tx
from shared.web.access.keys import digest, parse
from support.answers import ok, refused
from support.kafka import Kafka
from support.keys import bearer, command, make_key

TOPIC = "registration.keys"
HOST = {"name": "a host", "scopes": ["organizations", "listings", "rankings", "keys"], "organization_id": "observatory"}


async def told(kafka: Kafka, id: str, count: int = 1) -> list[dict[str, Any]]:
    """What was published of this key, once there are so many events."""
    records = await kafka.read(TOPIC, until=lambda seen: sum(record.key == id.encode() for record in seen) >= count)
    return [json.loads(record.value) for record in records if record.key == id.encode()]


async def test_a_key_is_published_with_all_that_limits_it_and_again_when_it_is_revoked(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    issued = await ok(api.post("/keys", json=HOST | {"expires_at": "2099-01-01T00:00:00Z"}))
    id, secret = parse(issued["key"])
    for _ in range(2):  # to revoke it again changes nothing
        await ok(api.delete(f"/keys/{id}"))
    marker = await ok(api.post("/keys", json={"name": "marker", "scopes": ["mails"]}))
    await told(kafka, marker["id"])
    first, second = await told(kafka, id, 2)
    assert first == {
        "key_id": id,
        "version": 1,
        "digest": digest(secret).hex(),
        "scopes": ["keys", "listings", "organizations", "rankings"],
        "conference_id": None,
        "organization_id": "observatory",
        "expires_at": "2099-01-01T00:00:00Z",
        "revoked_at": None,
        "source": None,
    }
    assert second == first | {"version": 2, "revoked_at": second["revoked_at"]}
    assert second["revoked_at"]


async def test_a_key_made_on_the_command_line_is_published_by_the_running_service(api: httpx.AsyncClient, kafka: Kafka) -> None:
    done = await command("keys", "create", "--json", "--name", "cli", "--scopes", "listings", "--organization", "observatory")
    made = json.loads(done.out)
    assert made["organization_id"] == "observatory"
    [first] = await told(kafka, made["id"])
    assert (first["scopes"], first["organization_id"]) == (["listings"], "observatory")
    assert (await command("keys", "revoke", made["id"])).status == 0
    assert (await told(kafka, made["id"], 2))[1]["revoked_at"]
    assert "observatory" in (await command("keys", "list")).out


async def test_keys_are_published_again_on_the_command_line_as_they_are_now(
    api: httpx.AsyncClient, database: Database, kafka: Kafka
) -> None:
    own = await make_key(["me"], attendee_id="a" * 32)
    valid = await ok(api.post("/keys", json=HOST))
    revoked = await ok(api.post("/keys", json=HOST))
    await ok(api.delete(f"/keys/{revoked['id']}"))
    template = await database.db["keys"].find_one({"_id": valid["id"]})
    assert template
    await database.db["keys"].insert_many([template | {"_id": f"{number:012}"} for number in range(PAGE)])
    done = await command("keys", "publish", "--json")
    assert json.loads(done.out) == {"keys": PAGE + 3}, "with that of the client, and without the person's own"
    before, after = await told(kafka, valid["id"], 2)
    assert after == before | {"version": 2}
    *_, before, after = await told(kafka, revoked["id"], 3)
    assert after == before | {"version": 3}
    assert after["revoked_at"]
    assert (await told(kafka, f"{PAGE - 1:012}"))[0]["digest"] == digest(parse(valid["key"])[1]).hex()
    records = await kafka.read(TOPIC, until=lambda seen: len(seen) >= PAGE + 7)
    assert own[4:16].encode() not in {record.key for record in records}
    await ok(api.get("/keys", headers=bearer(valid["key"])))


async def test_a_key_that_is_revoked_while_it_is_published_again_stays_revoked(
    api: httpx.AsyncClient, database: Database
) -> None:
    key = await ok(api.post("/keys", json=HOST))
    manager = KeyManager(Keys(database.db))
    versions: list[int] = []

    async def publish_beside_a_revocation(tx: Tx) -> None:
        if not versions:
            assert await Keys(database.db).get(key["id"], tx.session)  # what this transaction sees from here on
            await ok(api.delete(f"/keys/{key['id']}"))
        versions.append(0)
        [again] = [one for one in await manager.publish_again("", tx) if one.id == key["id"]]
        versions[-1] = again.version
        assert again.revoked_at

    await database.transact(publish_beside_a_revocation)
    assert versions == [0, 3], "the first try conflicts, and the second one sees the revocation"


async def test_persons_own_keys_and_keys_that_are_not_issued_are_not_published(api: httpx.AsyncClient, kafka: Kafka) -> None:
    own = await make_key(["me"], attendee_id="a" * 32)
    await ok(api.delete(f"/keys/{own[4:16]}"))
    await refused(api.post("/keys", json=HOST | {"scopes": ["mails"]}), 422, "scopes")
    marker = await ok(api.post("/keys", json={"name": "marker", "scopes": ["mails"]}))
    await told(kafka, marker["id"])
    records = await kafka.read(TOPIC, until=lambda seen: any(record.key == marker["id"].encode() for record in seen))
    assert own[4:16].encode() not in {record.key for record in records}
    events = [json.loads(record.value) for record in records]
    assert not [one for one in events if "me" in one["scopes"] or (one["scopes"] == ["mails"] and one["key_id"] != marker["id"])]
    assert not [one for one in events if own[17:] in json.dumps(one)]


async def test_a_key_of_one_organization_gives_sees_and_revokes_only_keys_of_that_one(api: httpx.AsyncClient) -> None:
    mine = await ok(api.post("/keys", json=HOST))
    theirs = await ok(api.post("/keys", json=HOST | {"organization_id": "institute"}))
    of_everybody = await ok(api.post("/keys", json=HOST | {"organization_id": None}))
    key = bearer(mine["key"])
    for more, field in (
        ({"organization_id": "institute"}, "organization_id"),
        ({"organization_id": None}, "organization_id"),
        ({"scopes": ["listings"], "organization_id": "Observatory"}, "organization_id"),
    ):
        await refused(api.post("/keys", json=HOST | more, headers=key), 403, field)
    await refused(api.post("/keys", json=HOST | {"scopes": ["operator"]}, headers=key), 422, "scopes")
    clerk = await ok(api.post("/keys", json=HOST | {"scopes": ["listings"]}, headers=key))
    listed = await ok(api.get("/keys", headers=key))
    assert {one["id"] for one in listed["keys"]} == {mine["id"], clerk["id"]}
    for other in (theirs, of_everybody):
        await refused(api.delete(f"/keys/{other['id']}", headers=key), 404)
        await ok(api.get("/keys", headers=bearer(other["key"])))
    await ok(api.delete(f"/keys/{clerk['id']}", headers=key))
    # It opens no other route of registration.
    for path in ("/statistics", "/attendance?source=s&id=i", "/connections", "/dead-letters", "/me", "/attendees/x"):
        await refused(api.get(path, headers=key), 403)


async def test_of_an_organizations_keys_revoked_at_once_one_is_left_to_manage_them(api: httpx.AsyncClient) -> None:
    first = api.headers["authorization"].removeprefix("Bearer ")
    hosts = [await ok(api.post("/keys", json=HOST)) for _ in range(3)]
    assert (await command("keys", "revoke", first[4:16])).status == 0
    answers = await asyncio.gather(*(api.delete(f"/keys/{one['id']}", headers=bearer(one["key"])) for one in hosts))
    assert sorted(answer.status_code for answer in answers) == [204, 204, 409]


async def test_a_key_from_before_keys_had_versions_and_organizations_works_on_and_is_published_once_revoked(
    api: httpx.AsyncClient, database: Database, kafka: Kafka
) -> None:
    old = await make_key()
    await database.db["keys"].update_one({"_id": old[4:16]}, {"$unset": {"version": "", "organization_id": ""}})
    first = api.headers["authorization"].removeprefix("Bearer ")
    listed = await ok(api.get("/keys", headers=bearer(old)))
    assert [one["organization_id"] for one in listed["keys"] if one["id"] == old[4:16]] == [None]
    # It counts as one by which keys can be managed: so the other may be revoked, and it may not.
    await ok(api.delete(f"/keys/{first[4:16]}", headers=bearer(old)))
    await refused(api.delete(f"/keys/{old[4:16]}", headers=bearer(old)), 409)
    assert (await command("keys", "revoke", old[4:16])).status == 0
    events = await told(kafka, old[4:16], 2)
    assert [(one["version"], bool(one["revoked_at"])) for one in events] == [(1, False), (2, True)]
