"""API keys on real servers: who gets in, who does not, what is logged of it and what is kept."""

import asyncio
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import httpx
import pytest

from local_stack import start_service
from local_stack.operator import operator_key
from registration.main import create_app
from registration.settings import Settings
from shared.web.access.keys import text
from support.keys import OPERATOR, bearer, command, documents, make_key
from support.serving import serving

OPEN = (
    "/health/",
    "/metrics",
    "/docs",
    "/redoc",
    "/asyncapi",
    "/openapi.json",
    "/webhooks/",
    "/portfolios/",
    "/issuer",
    "/static",
    "/assets/",
    "/logos/",
)
CONFERENCE = {"name": "PyConf", "starts": "2026-07-08", "ends": "2026-07-12"}


def event(id: str = "1", source: str = "badges", conference: str = "c1") -> dict[str, Any]:
    data = {"conference_id": conference, "attendee": {"email": "ada@example.org"}}
    return envelope(id, source, "attendance.checked_in.v1", data)


def envelope(id: str, source: str, type: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id, "source": source, "type": type, "time": "2026-07-08T10:00:00Z", "data": data}


async def publish(api: httpx.AsyncClient, key: str, value: dict[str, Any]) -> httpx.Response:
    headers = {"content-type": "application/cloudevents+json", **bearer(key)}
    return await api.post("/attendance", content=json.dumps(value), headers=headers)


def paths(router: Any) -> set[str]:
    """The paths of all routes, those of included routers and of no documentation too."""
    inner = [getattr(route, "original_router", None) for route in router.routes]
    own = {re.sub(r":\w+}", "}", route.path) for route, included in zip(router.routes, inner, strict=True) if included is None}
    return own.union(*(paths(included) for included in inner if included))


def refusals(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The events ``access_refused`` of the log, as they are written."""
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [event for event in events if event["event"] == "access_refused"]


async def test_every_route_needs_a_key_but_those_for_health_documentation_webhooks_and_what_is_public(
    environment: dict[str, str],
) -> None:
    app = create_app(Settings())
    async with serving(app) as client:
        for path, operations in app.openapi()["paths"].items():
            for method, operation in operations.items():
                answer = await client.request(method, re.sub(r"\{\w+\}", "0" * 32, path))
                if path.startswith(OPEN):
                    assert answer.status_code != 401 or path.startswith("/webhooks/"), path
                else:
                    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), (method, path)
                    assert operation["security"] in ([{"key": []}], [{"key": []}, {"session": []}]), (method, path)
        hidden = paths(app) - app.openapi()["paths"].keys()
        assert "/metrics" in hidden
        pages = ("/organize", "/profile")  # for people alone: tests/integration/shared/access/test_matrix.py
        assert {path for path in hidden if not path.startswith((*OPEN, *pages))} == set()
        assert app.openapi()["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_what_is_no_valid_key_is_401_and_logged_without_it(
    api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    valid = await make_key(["people"])
    id, secret = valid[4:16], valid[17:-6]
    expired = await make_key(["people"], expires_at=datetime.now(UTC) + timedelta(seconds=0.2))
    await asyncio.sleep(0.3)
    revoked = await make_key(["people"])
    assert (await api.delete(f"/keys/{revoked[4:16]}")).status_code == 204
    refused = {
        "a key is needed": "",
        "not a complete API key": f"Bearer {valid[:-1]}{'A' if valid[-1] != 'A' else 'B'}",
        "is not known": f"Bearer {text(id, secret[::-1])}",
        "not known": f"Bearer {text('unknownunkno', secret)}",
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
        "key is needed": f"Basic {valid}",
        "complete API key": "Bearer $ne",
    }
    for reason, header in refused.items():
        caplog.clear()
        answer = await api.get("/statistics", headers={"authorization": header})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), reason
        assert reason in answer.json()["detail"]
        [line] = refusals(caplog)
        assert (line["path"], line["status"]) == ("/statistics", 401)
        assert reason in line["reason"]
        for hidden in (secret, secret[::-1], expired[17:], revoked[17:]):
            assert hidden not in caplog.text
            assert hidden not in answer.text
    assert (await api.get("/statistics", headers=bearer(valid))).status_code == 200


async def test_a_refused_key_is_named_in_the_log_by_its_id(api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    key = await make_key(["attendance"])
    assert (await api.get("/statistics", headers=bearer(key))).status_code == 403
    [line] = refusals(caplog)
    assert (line["key"], line["status"], line["path"]) == (key[4:16], 403, "/statistics")
    assert "'people'" in line["reason"]


async def test_a_revoked_key_opens_no_instance_from_the_next_request_on(api: httpx.AsyncClient) -> None:
    key = await make_key(["people"])
    async with serving(create_app(Settings())) as other:
        assert (await other.get("/statistics", headers=bearer(key))).status_code == 200
        assert (await api.get("/statistics", headers=bearer(key))).status_code == 200
        for _ in range(2):  # to revoke it again changes nothing
            assert (await other.delete(f"/keys/{key[4:16]}", headers=dict(api.headers))).status_code == 204
        assert (await api.get("/statistics", headers=bearer(key))).status_code == 401
        assert (await other.get("/statistics", headers=bearer(key))).status_code == 401


async def test_a_key_bound_to_a_conference_does_nothing_at_another(
    api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    key = await make_key(["attendance", "conferences", "connections", "keys"], conference_id="c1", source="badges")
    assert (await api.put("/conferences/c1", json=CONFERENCE, headers=bearer(key))).status_code == 201
    for method, path, body in (
        ("PUT", "/conferences/c2", CONFERENCE),
        ("GET", "/conferences/c2", None),
        ("GET", "/statistics", None),
        ("PUT", "/connections/x", {"system": "standard", "conference_id": "c2"}),
        ("GET", "/connections?conference_id=c2", None),
    ):
        answer = await api.request(method, path, json=body, headers=bearer(key))
        assert answer.status_code == 403, (method, path, answer.text)
    assert (await publish(api, key, event(conference="c1"))).status_code == 202
    assert (await publish(api, key, event(conference="c2"))).status_code == 403
    assert (await publish(api, key, event(source="other"))).status_code == 403
    caplog.clear()
    batch = [event("a"), event("b", conference="c2"), event("c", source="other")]
    headers = {"content-type": "application/cloudevents-batch+json", **bearer(key)}
    answer = await api.post("/attendance", content=json.dumps(batch), headers=headers)
    assert (answer.status_code, answer.json()["accepted"], answer.json()["rejected"]) == (202, 1, 2)
    [line] = refusals(caplog)
    assert (line["key"], line["events"], line["path"]) == (key[4:16], 2, "/attendance")
    reverted = envelope("2", "badges", "attendance.reverted.v1", {"reverts": "1"})
    assert (await publish(api, key, reverted)).status_code == 202
    assert (await publish(api, key, reverted | {"source": "other"})).status_code == 403


async def test_a_source_is_one_conferences_own(api: httpx.AsyncClient) -> None:
    wanted = {"name": "b", "scopes": ["attendance"], "conference_id": "c1", "source": "badges"}
    for _ in range(2):
        assert (await api.post("/keys", json=wanted)).status_code == 201
    # Its keys could take back what the other's published.
    answers = await asyncio.gather(
        *(api.post("/keys", json=wanted | {"conference_id": f"c{n}", "source": "new"}) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    taken = await api.post("/keys", json=wanted | {"conference_id": "c2"})
    assert (taken.status_code, "another conference" in taken.json()["detail"]) == (409, True)


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
        assert "make another" in refused.json()["detail"]
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


async def test_more_events_than_a_key_may_publish_are_429_with_the_time_to_wait(api: httpx.AsyncClient) -> None:
    key, other = await make_key(["attendance"], events_per_minute=2), await make_key(["attendance"])
    assert [(await publish(api, key, event(str(n)))).status_code for n in range(2)] == [202, 202]
    refused = await publish(api, key, event("3"))
    assert refused.status_code == 429
    assert 25 <= int(refused.headers["retry-after"]) <= 30
    assert (await publish(api, other, event("4"))).status_code == 202


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


async def test_the_first_key_is_made_on_the_command_line(api: httpx.AsyncClient) -> None:
    line = [
        sys.executable,
        "-m",
        "registration",
        "keys",
        "create",
        "--name",
        "ops",
        "--scopes",
        ",".join(OPERATOR),
        "--days",
        "1",
    ]
    made = await asyncio.to_thread(subprocess.run, line, capture_output=True, text=True, timeout=60, check=True)
    [key] = re.findall(r"^odk_\w+$", made.stdout, re.MULTILINE)
    assert key not in made.stderr
    assert (await api.get("/keys", headers=bearer(key))).status_code == 200
    listed = await command("keys", "list", "--json")
    [kept] = [one for one in json.loads(listed.out) if one["id"] == key[4:16]]
    assert (kept["name"], sorted(kept["scopes"])) == ("ops", sorted(OPERATOR))
    assert datetime.fromisoformat(kept["expires_at"]) - datetime.fromisoformat(kept["created_at"]) > timedelta(hours=23)
    assert key[17:] not in listed.out
    assert (await command("keys", "revoke", key[4:16])).status == 0
    assert (await api.get("/keys", headers=bearer(key))).status_code == 401


async def test_the_local_stack_has_one_operators_key_that_opens_the_service(environment: dict[str, str], tmp_path: Path) -> None:
    server = await asyncio.to_thread(start_service, "registration", tmp_path, environment)
    path = tmp_path / "operator-key"
    try:
        key = await asyncio.to_thread(operator_key, path, server)
        assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{key}\n", 0o600)
        assert await asyncio.to_thread(operator_key, path, server) == key
        path.write_text(text("o" * 12, "o" * 32))  # of data that is no more
        another = await asyncio.to_thread(operator_key, path, server)
        async with httpx.AsyncClient(base_url=server.url) as client:
            for one in (key, another):
                assert (await client.get("/statistics", headers=bearer(one))).status_code == 200
        assert key not in server.log.read_text()
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_command_that_cannot_be_done_says_what_to_mend(api: httpx.AsyncClient) -> None:
    for arguments, environment, status, said in (
        (["keys", "create", "--name", "x", "--scopes", "people,all"], {}, 2, "scopes.1: Input should be 'attendance'"),
        (["keys", "create", "--name", "x", "--scopes", "people", "--days", "-1"], {}, 1, "expires_at: lies in the past"),
        (["keys", "revoke", "nope"], {}, 1, "there is no key 'nope'"),
        (["keys", "list"], {"SECRETS_KEY": "short"}, 2, "SECRETS_KEY: key 1 of 1 is not 32 bytes"),
        (["keys", "list"], {"MONGODB_URI": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"}, 1, "MongoDB did not answer"),
    ):
        done = await command(*arguments, **environment)
        assert (done.status, done.out) == (status, ""), done
        assert said in done.err
        assert "Traceback" not in done.err
