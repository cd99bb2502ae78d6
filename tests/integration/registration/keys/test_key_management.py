"""API keys are given, listed and revoked by keys that may do as much."""

import asyncio
from datetime import UTC, datetime, timedelta

import bson
import httpx
import pytest

from support.keys import bearer, command, documents, event, make_key, publish


async def test_a_key_is_shown_once_and_gives_no_more_than_its_giver_has(
    api: httpx.AsyncClient, environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    issued = (await api.post("/keys", json={"name": "badges", "scopes": ["keys", "attendance"], "events_per_minute": 10})).json()
    assert (await api.get("/keys", headers=bearer(issued["key"]))).status_code == 200
    shown = (await api.get("/keys")).text + (await api.get(f"/keys?after={'0' * 12}")).text
    assert issued["id"] in shown
    secret = issued["key"][17:-6]
    assert secret not in shown
    assert "digest" not in shown
    for collection, held in (await documents(environment)).items():
        assert not [one for one in held if secret.encode() in bson.encode(one)], collection
    assert secret not in caplog.text

    for more in (
        {"scopes": ["people"]},
        {"scopes": ["me"], "attendee_id": "a" * 32},
        {"scopes": ["attendance"], "events_per_minute": 11},
    ):
        answer = await api.post("/keys", json={"name": "more"} | more, headers=bearer(issued["key"]))
        assert (answer.status_code, len(answer.json()["errors"])) == (403, 1), more
    assert (
        await api.post("/keys", json={"name": "less", "scopes": ["attendance"]}, headers=bearer(issued["key"]))
    ).status_code == 201


async def test_a_key_bound_to_a_conference_sees_and_revokes_the_keys_of_that_one_only(api: httpx.AsyncClient) -> None:
    mine = await make_key(["keys"], conference_id="c1", source="mine")
    theirs = await make_key(["attendance"], conference_id="c2", source="theirs")
    listed = (await api.get("/keys", headers=bearer(mine))).json()["keys"]
    assert [key["id"] for key in listed] == [mine[4:16]]
    assert (await api.delete(f"/keys/{theirs[4:16]}", headers=bearer(mine))).status_code == 404
    assert (await publish(api, theirs, event(source="theirs", conference="c2"))).status_code == 202


async def ids(api: httpx.AsyncClient, key: str, **query: str) -> set[str]:
    """The ids of the keys that this one is shown."""
    return {one["id"] for one in (await api.get("/keys", params=query, headers=bearer(key))).json()["keys"]}


async def test_a_key_sees_and_revokes_no_key_that_may_do_more(api: httpx.AsyncClient) -> None:
    operator_key = api.headers["authorization"].removeprefix("Bearer ")
    clerk = await make_key(["keys", "attendance"])
    scanner = await make_key(["attendance"])
    bound = await make_key(["keys", "attendance"], conference_id="c1", source="mine")
    same = await make_key(["attendance"], conference_id="c1", source="mine")
    other_source = await make_key(["attendance"], conference_id="c1", source="other")
    own = await make_key(["me"], attendee_id="a" * 32)
    expected = {
        operator_key: {operator_key, clerk, scanner, bound, same, other_source},
        clerk: {clerk, scanner, bound, same, other_source},
        bound: {bound, same},
    }
    for key, seen in expected.items():
        assert await ids(api, key) == {one[4:16] for one in seen}
        unseen = {operator_key, clerk, scanner, bound, same, other_source, own} - seen - {own if key == operator_key else ""}
        for one in unseen:
            answer = await api.delete(f"/keys/{one[4:16]}", headers=bearer(key))
            missing = await api.delete("/keys/nobody", headers=bearer(key))
            assert answer.status_code == missing.status_code == 404
            assert answer.json() == {**missing.json(), "detail": f"there is no key {one[4:16]!r}"}
    assert await ids(api, operator_key, attendee_id="a" * 32) == {own[4:16]}
    assert await ids(api, clerk, attendee_id="a" * 32) == set()


async def test_the_last_key_by_which_keys_can_be_managed_is_kept(api: httpx.AsyncClient) -> None:
    first = api.headers["authorization"][len("Bearer odk_") :][:12]
    await make_key(["keys"], conference_id="c1", source="mine")  # manages those of its own only
    await make_key(["attendance", "people"])
    await make_key(["keys"], expires_at=datetime.now(UTC) + timedelta(seconds=0.2))
    revoked = await make_key(["keys"])
    assert (await api.delete(f"/keys/{revoked[4:16]}")).status_code == 204
    await asyncio.sleep(0.3)
    for _ in range(2):
        refused = await api.delete(f"/keys/{first}")
        assert refused.status_code == 409
        assert f"python -m registration keys revoke {first}" in refused.json()["detail"]
        assert "create another" in refused.json()["detail"]
    another = (await api.post("/keys", json={"name": "another", "scopes": ["keys"]})).json()
    assert (await api.delete(f"/keys/{first}")).status_code == 204
    assert (await api.delete(f"/keys/{another['id']}", headers=bearer(another["key"]))).status_code == 409
    assert (await command("keys", "revoke", another["id"])).status == 0
    assert (await api.get("/keys", headers=bearer(another["key"]))).status_code == 401


async def test_of_keys_revoked_at_once_one_is_left(api: httpx.AsyncClient) -> None:
    for _ in range(3):
        keys = [await make_key() for _ in range(4)]
        everybody = await ids(api, keys[0])
        for id in everybody - {key[4:16] for key in keys}:
            assert (await api.delete(f"/keys/{id}", headers=bearer(keys[0]))).status_code == 204
        answers = await asyncio.gather(*(api.delete(f"/keys/{key[4:16]}", headers=bearer(key)) for key in keys))
        # Each revokes itself: none is void before it asks.
        assert sorted(answer.status_code for answer in answers) == [204, 204, 204, 409]
        [left] = [key for key, answer in zip(keys, answers, strict=True) if answer.status_code == 409]
        assert (await api.get("/keys", headers=bearer(left))).status_code == 200


async def test_keys_are_listed_page_by_page_and_persons_own_apart(api: httpx.AsyncClient) -> None:
    own = await make_key(["me"], attendee_id="a" * 32)
    made = {(await make_key(["attendance"]))[4:16] for _ in range(101)}
    first = (await api.get("/keys")).json()
    second = (await api.get("/keys", params={"after": first["next"]})).json()
    ids = [key["id"] for key in first["keys"] + second["keys"]]
    assert (len(first["keys"]), second["next"], len(ids), ids) == (100, None, 102, sorted(ids))
    assert made < set(ids)
    assert own[4:16] not in ids
    assert [key["id"] for key in (await api.get("/keys", params={"attendee_id": "a" * 32})).json()["keys"]] == [own[4:16]]


async def test_the_use_of_a_key_is_noted_without_a_write_for_each_request(
    api: httpx.AsyncClient, environment: dict[str, str]
) -> None:
    key = await make_key(["people"])
    noted = []
    for _ in range(3):
        await api.get("/statistics", headers=bearer(key))
        [kept] = [one for one in (await documents(environment))["keys"] if one["_id"] == key[4:16]]
        noted.append(kept["last_used_at"])
    assert noted[0] is not None
    assert len(set(noted)) == 1


async def test_a_key_that_cannot_be_is_422_by_its_field(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for body, field in [
        ({"name": {"$ne": ""}, "scopes": ["people"]}, "name"),
        ({"name": "x", "scopes": {"$in": ["people"]}}, "scopes"),
        ({"name": "x", "scopes": ["$people"]}, "scopes.0"),
        ({"name": "x", "scopes": ["people"], "source": {"$gt": ""}}, "source"),
        ({"name": "x", "scopes": ["people"], "attendee_id": "$where"}, "attendee_id"),
        ({"name": "x", "scopes": ["attendance"], "conference_id": "c1"}, "source"),
        ({"name": "x", "scopes": ["people"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x\ny", "scopes": ["people"]}, "name"),
    ]:
        with subtests.test(field):
            answer = await api.post("/keys", json=body)
            assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (422, [field])
