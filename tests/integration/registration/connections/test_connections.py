"""Connections on real servers: made, changed, rotated and disabled; their secrets kept from everybody."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import httpx
import pytest
from pydantic import SecretStr

from registration.connections.repository.connections import Connections
from registration.settings import Settings
from registration.systems.connection import Connection
from shared.database.mongo import Database
from shared.encryption import Cipher, Undecryptable
from support.keys import bearer, command, documents, make_key

PRETIX = {
    "system": "pretix",
    "conference_id": "c1",
    "api_url": "https://pretix.example.org/api/v1/",
    "api_token": "a-token-of-pretix",
    "secret": "a-secret-of-pretix",
    "options": {"organizer": "acme.org", "event": "$py"},
    "sessions": {"7.1": "s1", "$8": "s2"},
    "poll_minutes": 5,
}


async def stored(id: str) -> Connection:
    database = Database("registration", Settings())
    try:
        connection = await Connections(database.db).get(id)
    finally:
        database.close()
    assert connection
    return connection


def clear_secrets(connection: Connection, keys: SecretStr, now: datetime) -> list[str]:
    return [Cipher(keys).decrypt(secret.encrypted) for secret in connection.valid_secrets(now)]


async def test_a_connection_is_made_and_changed_and_the_same_again_changes_nothing(api: httpx.AsyncClient) -> None:
    made = await api.put("/connections/p", json=PRETIX)
    assert (made.status_code, made.json()["version"], made.json()["secret"]) == (201, 1, PRETIX["secret"])
    again = await api.put("/connections/p", json=PRETIX)
    assert (again.status_code, again.json()["version"], again.json()["secret"]) == (200, 1, None)
    kept = {name: value for name, value in PRETIX.items() if name not in ("api_token", "secret")}
    changed = await api.put("/connections/p", json=kept | {"own_addresses": True})
    assert (changed.json()["version"], changed.json()["own_addresses"], changed.json()["has_api_token"]) == (2, True, True)
    connection = await stored("p")
    assert (connection.api_url, connection.options, connection.sessions, connection.source) == (
        "https://pretix.example.org/api/v1",
        PRETIX["options"],
        PRETIX["sessions"],
        "pretix:p",
    )
    cipher = Cipher(Settings().secrets_key)
    assert connection.api_token
    assert cipher.decrypt(connection.api_token) == PRETIX["api_token"]
    assert [cipher.decrypt(secret.encrypted) for secret in connection.secrets] == [PRETIX["secret"]]


async def test_secrets_are_in_no_answer_but_the_first_nor_in_the_database_nor_in_the_log(
    api: httpx.AsyncClient, environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    made = (await api.put("/connections/s", json={"system": "standard", "conference_id": "c1"})).json()
    await api.put("/connections/p", json=PRETIX)
    rotated = (await api.post("/connections/s/rotate", json={})).json()
    given = (await api.post("/connections/p/rotate", json={"secret": "another-secret-of-pretix"})).json()
    assert given["secret"] == "another-secret-of-pretix"
    answers = [await api.get("/connections/p"), await api.get("/connections/s"), await api.get("/connections")]
    refused = await api.put("/connections/q", json=PRETIX | {"poll_minutes": 0, "secret": "a-secret\nrefused"})
    assert refused.status_code == 422
    shown = "".join(answer.text for answer in [*answers, refused]) + caplog.text
    raw = b"".join(bson.encode(one) for held in (await documents(environment)).values() for one in held)
    for secret in (
        made["secret"],
        rotated["secret"],
        given["secret"],
        PRETIX["secret"],
        PRETIX["api_token"],
        "a-secret\\nrefused",
    ):
        assert str(secret) not in shown
        assert str(secret).encode() not in raw
    assert b"pretix.example.org" in raw


async def test_a_rotated_secret_is_valid_beside_the_new_one_for_the_time_of_grace(api: httpx.AsyncClient) -> None:
    keys, hour, now = Settings().secrets_key, timedelta(hours=1), datetime.now(UTC)
    path = "/connections/s"
    first = (await api.put(path, json={"system": "standard", "conference_id": "c1"})).json()["secret"]
    second = (await api.post(f"{path}/rotate", json={"grace_hours": 5})).json()["secret"]
    third = (await api.post(f"{path}/rotate", json={"grace_hours": 3})).json()["secret"]
    connection = await stored("s")
    assert clear_secrets(connection, keys, now + hour) == [third, second, first]
    assert clear_secrets(connection, keys, now + 4 * hour) == [third], "no grace becomes longer than the last one given"
    # Somebody has it who should not: from now on it is valid no more.
    last = (await api.post(f"{path}/rotate", json={"grace_hours": 0})).json()
    assert clear_secrets(await stored("s"), keys, datetime.now(UTC)) == [last["secret"]]
    assert len({first, second, third, last["secret"]}) == 4
    assert (await api.get(path)).json()["version"] == 4


async def test_a_disabled_connection_stays_so_until_it_is_put_again(api: httpx.AsyncClient) -> None:
    await api.put("/connections/p", json=PRETIX)
    for _ in range(2):
        assert (await api.delete("/connections/p")).status_code == 204
    assert (await api.get("/connections/p")).json()["disabled"] is True
    assert (await api.put("/connections/p", json=PRETIX)).json()["disabled"] is False
    assert (await api.delete("/connections/unknown")).status_code == 404


async def test_a_change_that_cannot_be_is_refused_and_changes_nothing(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    await api.put("/connections/p", json=PRETIX)
    before = await stored("p")
    cases: list[tuple[dict[str, Any], int, str | None]] = [
        ({"conference_id": "c2"}, 409, None),
        ({"system": "indico", "secret": None, "options": {"event": "1", "form": "2"}}, 409, None),
        ({"api_url": "https://elsewhere.example.org", "api_token": None}, 422, "api_token"),
        ({"options": {"organizer": "acme"}}, 422, "options.event"),
        ({"secret": "short"}, 422, "secret"),
        ({"api_url": {"$ne": ""}}, 422, "api_url"),
        ({"secret": {"$ne": ""}}, 422, "secret"),
        ({"sessions": {"1": {"$gt": ""}}}, 422, "sessions.1"),
    ]
    for changes, status, field in cases:
        with subtests.test(repr(changes)):
            answer = await api.put("/connections/p", json=PRETIX | changes)
            fields = [field] if field else []
            assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (status, fields)
            assert await stored("p") == before


async def test_a_key_bound_to_a_conference_sees_and_changes_its_connections_only(api: httpx.AsyncClient) -> None:
    mine = bearer(await make_key(["connections"], conference_id="c1", source="mine"))
    theirs = {"system": "standard", "conference_id": "c2"}
    await api.put("/connections/theirs", json=theirs)
    assert (await api.put("/connections/p", json=PRETIX, headers=mine)).status_code == 201
    for method, path, body in (
        ("GET", "/connections/{}", None),
        ("POST", "/connections/{}/rotate", {}),
        ("DELETE", "/connections/{}", None),
        ("GET", "/connections/{}/status", None),
        ("GET", "/connections/{}/deliveries", None),
        ("POST", "/connections/{}/deliveries/retry", None),
        ("POST", f"/connections/{{}}/deliveries/{'0' * 32}/retry", None),
    ):
        foreign = await api.request(method, path.format("theirs"), json=body, headers=mine)
        missing = await api.request(method, path.format("nobody"), json=body, headers=mine)
        assert (foreign.status_code, foreign.text) == (404, missing.text.replace("nobody", "theirs")), (method, path)
        assert missing.status_code == 404
    for id in ("theirs", "nobody"):
        assert (await api.put(f"/connections/{id}", json=theirs, headers=mine)).status_code == 403
    for id in ("c2", "nobody"):
        assert (await api.get(f"/connections?conference_id={id}", headers=mine)).status_code == 403
    taken = await api.put("/connections/theirs", json=theirs | {"conference_id": "c1"}, headers=mine)
    assert (taken.status_code, "c2" in taken.text) == (409, False)
    assert [one["id"] for one in (await api.get("/connections", headers=mine)).json()["connections"]] == ["p"]
    assert [one["id"] for one in (await api.get("/connections")).json()["connections"]] == ["p", "theirs"]
    assert (await stored("theirs")).version == 1


async def test_the_encryption_key_is_changed_without_losing_a_secret(api: httpx.AsyncClient) -> None:
    await api.put("/connections/p", json=PRETIX)
    await api.put("/connections/s", json={"system": "standard", "conference_id": "c1"})
    old, new = Settings().secrets_key.get_secret_value(), urlsafe_b64encode(b"n" * 32).decode()
    lost = await command("secrets", "rekey", SECRETS_KEY=new)
    assert (lost.status, "Traceback" in lost.err) == (1, False)
    assert "connection 'p': no key in SECRETS_KEY decrypts this" in lost.err
    done = await command("secrets", "rekey", "--json", SECRETS_KEY=f"{new},{old}")
    assert (done.status, json.loads(done.out)) == (0, {"connections": 2, "signing_keys": 1})
    connection = await stored("p")
    assert clear_secrets(connection, SecretStr(new), datetime.now(UTC)) == [PRETIX["secret"]]
    assert connection.version == 1
    with pytest.raises(Undecryptable):
        clear_secrets(connection, SecretStr(old), datetime.now(UTC))


async def test_the_command_line_does_the_same_as_http(api: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-pretix\n")
    made = await command(
        "connections", "put", "cli", "--system=pretix", "--conference=c1", "--api-url=https://pretix.example.org",
        f"--api-token-file={tmp_path / 'token'}", "--option=organizer=acme", "--option=event=py", "--session=7=s1", "--json",
    )  # fmt: skip
    assert made.status == 0, made.err
    shown = json.loads(made.out)
    kept = (await api.get("/connections/cli")).json()
    assert {name: shown[name] for name in kept} == kept
    assert (kept["options"], kept["sessions"]) == ({"organizer": "acme", "event": "py"}, {"7": "s1"})
    rotated = await command("connections", "rotate", "cli", "--grace-hours=1")
    secrets = clear_secrets(await stored("cli"), Settings().secrets_key, datetime.now(UTC))
    assert secrets[1] == shown["secret"]
    assert secrets[0] in rotated.out.splitlines()
    assert (await command("connections", "disable", "cli")).status == 0
    listed = await command("connections", "list")
    assert "disabled" in listed.out
    assert not any(secret in listed.out + listed.err for secret in secrets)
    wrong = await command("connections", "put", "a b", "--system=standard", "--conference=$c")
    assert (wrong.status, wrong.out) == (2, "")
