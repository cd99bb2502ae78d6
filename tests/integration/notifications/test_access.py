"""Who gets into notifications: every route with every kind of key, and keys as they come from registration."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from notifications.main import create_app
from notifications.settings import Settings
from shared.web.access.guard import NeedsKey, Public
from shared.web.access.keys import digest, generate, parse, text
from shared.web.access.routes import RouteNeeds, routes_of
from shared.web.access.scopes import SCOPES
from shared.web.access.signed_in import NeedsSession
from support.copied_keys import copy_key
from support.desk import INBOUND_KEY
from support.kafka import Kafka, cloud_event
from support.keys import bearer
from support.mail_server import MailServer
from support.patience import until
from support.serving import serving
from support.sessions import sign_in

NEEDS = {
    "GET /audit": {"operator"},
    "DELETE /signing-keys/{id}": {"operator"},
    "GET /messages": {"mails"},
    "GET /signing-keys": {"operator"},
    "GET /statistics": {"operator"},
    "GET /templates": {"mails"},
    "GET /templates/{name}/{language}": {"mails"},
    "GET /templates/{name}/{language}.eml": {"mails"},
    "GET /templates/{name}/{language}.txt": {"mails"},
    "POST /sessions/end": {"operator"},
    "POST /suppressions/find": {"mails"},
    "POST /suppressions/lift": {"mails"},
}
ANSWERED = {"DELETE /signing-keys/{id}": 404}
"""How a route answers to whoever gets in, if not by 200: there is no such key."""
PUBLIC = {
    "GET /unsubscribe/{token}",
    "POST /unsubscribe/{token}",
    "POST /unsubscribe/{token}/undo",
    "GET /preferences/{token}",
    "POST /preferences/{token}",
    "GET /mail/{token}",
    "POST /inbound",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-in/code",
    "POST /sign-in/passkey",
    "POST /sign-in/passkey/options",
    "GET /assets/notifications/{name}",
    "GET /assets/notifications/brand/{colour}.css",
    "GET /design",
    "POST /language",
    "GET /open/{token}",
    "POST /open/{token}",
    "GET /sign-in/{token}",
    "POST /sign-in/{token}",
    "POST /sign-out",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /asyncapi",
    "GET /asyncapi.json",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/oauth2-redirect",
    "GET /redoc",
}
SIGNED_IN = {
    "GET /account",
    "GET /account/export",
    "POST /account/passkeys",
    "POST /account/passkeys/options",
    "POST /account/passkeys/{id}/name",
    "POST /account/passkeys/{id}/remove",
    "POST /account/sessions/{id}/end",
    "GET /session",
    "POST /sign-out/everywhere",
}
WITHIN_SECONDS = 5.0
"""From revocation to refusal."""


@pytest.fixture
def app(mails: MailServer) -> FastAPI:
    return create_app(Settings())


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that has no key."""
    async with serving(app) as client:
        yield client


def routes(app: FastAPI) -> dict[str, RouteNeeds]:
    return {f"{route.method} {route.path}": route for route in routes_of(app)}


async def ask(
    api: httpx.AsyncClient, route: str, key: str | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    """A good request for this route."""
    method, path = route.split()
    path = path.replace("{name}", "offer").replace("{language}", "en").replace("{id}", "unknown")
    query = {"person_id": "ada"} if path == "/messages" else None
    body = {"email": "ada@example.org"} if method == "POST" else None
    return await api.request(method, path, params=query, json=body, headers=bearer(key) if key else headers)


async def test_every_route_needs_what_is_expected_or_says_why_nothing(app: FastAPI) -> None:
    found = routes(app)
    needs = {route: set(one.needs.scopes) for route, one in found.items() if isinstance(one.needs, NeedsKey)}
    assert needs == NEEDS
    public = {route: one.needs.why for route, one in found.items() if isinstance(one.needs, Public)}
    assert {route for route in public if "static" not in route} == PUBLIC
    assert all(public.values())
    assert {route for route, one in found.items() if isinstance(one.needs, NeedsSession)} == SIGNED_IN
    assert len(needs) + len(public) + len(SIGNED_IN) == len(found)
    assert not any(one.needs.conference or one.needs.organization for one in found.values() if isinstance(one.needs, NeedsKey))


async def test_a_key_opens_the_routes_of_its_scopes_and_no_others(api: httpx.AsyncClient) -> None:
    for scope in SCOPES:
        key = await copy_key("notifications", [scope])
        for route, scopes in NEEDS.items():
            answer = await ask(api, route, key)
            assert answer.status_code == (ANSWERED.get(route, 200) if scope in scopes else 403), (scope, route, answer.text)
            if scope not in scopes:
                [needed] = scopes
                assert f"needs a key with the scope '{needed}'" in answer.json()["detail"]


async def test_an_operator_who_is_signed_in_opens_what_keys_open_and_nobody_else_does(api: httpx.AsyncClient) -> None:
    operator = await sign_in("notifications", "0" * 32, operator=True)
    somebody = await sign_in("notifications", "ada")
    for route in NEEDS:
        assert (await ask(api, route, headers=operator)).status_code == ANSWERED.get(route, 200), route
        answer = await ask(api, route, headers=somebody)
        assert (answer.status_code, "'operator'" in answer.json()["detail"]) == (403, True), route


async def test_whoever_has_no_valid_key_is_told_nothing(api: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    good = await copy_key("notifications")
    id, secret = parse(good)
    other_id, _ = parse(await copy_key("notifications"))
    refused: dict[str, str | None] = {
        "nobody": None,
        "truncated": good[:-1],
        "extended": good + "a",
        "the id alone": id,
        "a wrong secret": text(id, "0" * 32),
        "a secret of another key": text(other_id, secret),
        "an unknown id": text("0" * 12, secret),
        "revoked": await copy_key("notifications", revoked_at=now - timedelta(seconds=1)),
        "expired": await copy_key("notifications", expires_at=now - timedelta(seconds=1)),
        "the key for bounces": INBOUND_KEY,
        "the key that signs links": os.environ["UNSUBSCRIBE_KEY"],
        "not ASCII": "odk_é",
    }
    for who, key in refused.items():
        for route in NEEDS:
            method, path = route.split()
            headers = {} if key is None else {"authorization": f"Bearer {key}".encode()}
            path = path.replace("{name}", "offer").replace("{language}", "en").replace("{id}", "unknown")
            answer = await api.request(method, path, headers=headers)  # type: ignore[arg-type]
            assert answer.status_code == 401, (who, route, answer.status_code, answer.text)
            assert "Bearer" in answer.headers["www-authenticate"]
            assert ("Basic" in answer.headers["www-authenticate"]) == (path.startswith("/templates") and key is not None)
            assert answer.headers["content-type"] == "application/problem+json"
            assert secret not in answer.text
    assert (await ask(api, "GET /statistics", good)).status_code == 200


@pytest.mark.parametrize("bound", [{"conference_id": "c1"}, {"organization_id": "o1"}])
async def test_a_key_of_one_conference_or_organization_opens_nothing_here(api: httpx.AsyncClient, bound: dict[str, Any]) -> None:
    key = await copy_key("notifications", **bound)
    for route in NEEDS:
        assert (await ask(api, route, key)).status_code == 403, route


async def test_an_api_key_hands_over_no_bounces_and_opens_no_pages(api: httpx.AsyncClient) -> None:
    key = bearer(await copy_key("notifications"))
    assert (await api.post("/inbound", content=b"From: a@b.example\r\n\r\n", headers=key)).status_code == 401
    for path in ("/unsubscribe/ada", "/preferences/ada", "/mail/ada"):
        assert (await api.get(path, headers=key)).status_code == 404


async def test_keys_come_from_registration_and_a_revoked_one_is_refused_within_seconds(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    id, secret = generate()
    key = text(id, secret)
    issued: dict[str, Any] = {
        "key_id": id,
        "version": 1,
        "digest": digest(secret).hex(),
        "scopes": ["operator", "a-scope-of-a-later-release"],
        **dict.fromkeys(("conference_id", "organization_id", "expires_at", "revoked_at")),
    }

    async def publish(data: dict[str, Any] | None) -> None:
        await kafka.send("registration.keys", data, cloud_event("registration.key.changed.v1"), key=id)

    async def status() -> int:
        return (await ask(api, "GET /statistics", key)).status_code

    async def becomes(expected: int) -> bool:
        return await status() == expected

    assert await status() == 401
    await publish(issued)
    await until(lambda: becomes(200))
    began = time.monotonic()
    await publish(issued | {"version": 2, "revoked_at": datetime.now(UTC).isoformat()})
    await until(lambda: becomes(401))
    assert time.monotonic() - began < WITHIN_SECONDS
    await publish(issued)  # it comes again
    await publish(None)
    await publish(issued)
    await kafka.no_lag("registration.keys", "notifications.keys")
    assert await status() == 401


async def test_a_service_without_any_key_takes_one_from_its_command_line(
    api: httpx.AsyncClient, environment: dict[str, str]
) -> None:
    async def bootstrap(*options: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "notifications", "keys", "bootstrap", *options),
            env=os.environ | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), error.decode()

    status, out, error = await bootstrap("--json", "--hours", "1")
    assert status == 0, error
    made = json.loads(out)
    assert set(made["scopes"]) == {"mails", "operator"}
    for route in NEEDS:
        assert (await ask(api, route, made["key"])).status_code == ANSWERED.get(route, 200), route
    assert (await bootstrap("--hours", "25"))[0] == 2

    await copy_key("notifications", ["people"])
    assert (await ask(api, "GET /statistics", made["key"])).status_code == 401, "it ends with the first key from registration"
    status, _, error = await bootstrap()
    assert status == 1
    assert "use one of those" in error
