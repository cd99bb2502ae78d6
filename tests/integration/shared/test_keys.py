"""Keys in the services that read them from registration: the first one, by hand, and what Kafka tells of the others."""

import asyncio
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import listings.main
import listings.settings
import matching.main
import matching.settings
from shared.runtime import commands
from shared.settings import ServiceSettings
from shared.web.access.keys import digest, generate, parse, text
from shared.web.access.scopes import scopes_of
from support.answers import ok, refused
from support.kafka import Kafka, cloud_event
from support.keys import bearer
from support.patience import until
from support.serving import serving

SERVICES: dict[str, tuple[Callable[[], FastAPI], type[ServiceSettings]]] = {
    "listings": (lambda: listings.main.create_app(listings.settings.Settings()), listings.settings.Settings),
    "matching": (lambda: matching.main.create_app(matching.settings.Settings()), matching.settings.Settings),
}


async def bootstrap(service: str, *options: str) -> tuple[int, str, str]:
    """Status, output and errors of ``python -m SERVICE keys bootstrap``."""
    out, err = StringIO(), StringIO()

    def run() -> int:
        with redirect_stdout(out), redirect_stderr(err):
            try:
                return commands.run(service, SERVICES[service][1], lambda *_: ([], []), ["keys", "bootstrap", *options])
            except SystemExit as end:
                return int(end.code or 0)

    return await asyncio.to_thread(run), out.getvalue(), err.getvalue()


async def publish(kafka: Kafka, key: str, version: int, **changes: Any) -> None:
    """Publish a version of the key as registration does."""
    id, secret = parse(key)
    usual = {"scopes": ["operator"], "conference_id": None, "organization_id": None, "expires_at": None, "revoked_at": None}
    data = {"key_id": id, "version": version, "digest": digest(secret).hex()} | usual | changes
    await kafka.send("registration.keys", data, cloud_event("registration.key.changed.v1"), key=id)


async def answers(client: httpx.AsyncClient, key: str, status: int) -> None:
    """Wait until an operator's request with this key is answered so."""

    async def is_answered() -> bool:
        return (await client.get("/statistics", headers=bearer(key))).status_code == status

    await until(is_answered)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_bootstrap_key_opens_the_service_until_registration_s_first_key_arrives(
    environment: dict[str, str], kafka: Kafka, service: str
) -> None:
    async with serving(SERVICES[service][0]()) as client:
        status, out, _ = await bootstrap(service, "--hours", "1", "--json")
        made = json.loads(out)
        assert (status, made["scopes"]) == (0, sorted(scopes_of(service)))
        assert 3500 < (datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)).total_seconds() <= 3600
        first = made["key"]
        await ok(client.get("/statistics", headers=bearer(first)))
        # Another one takes its place.
        status, out, _ = await bootstrap(service)
        second = next(line for line in out.splitlines() if line.startswith("odk_"))
        await ok(client.get("/statistics", headers=bearer(second)))
        await refused(client.get("/statistics", headers=bearer(first)), 401)
        real = text(*generate())
        await publish(kafka, real, 1)
        await answers(client, real, 200)
        await refused(client.get("/statistics", headers=bearer(second)), 401)
        status, out, err = await bootstrap(service)
        assert (status, out) == (1, "")
        assert "this service has keys from registration" in err


@pytest.mark.parametrize("hours", ["0", "-1", "24.1", "nan", "inf", "x"])
async def test_a_bootstrap_key_lives_a_day_at_most(environment: dict[str, str], hours: str) -> None:
    status, out, err = await bootstrap("listings", f"--hours={hours}")
    assert (status, out) == (2, "")
    assert "at most 24" in err


@pytest.mark.parametrize("service", SERVICES)
async def test_a_key_that_registration_revokes_or_erases_opens_nothing_also_after_a_restart(
    environment: dict[str, str], kafka: Kafka, service: str
) -> None:
    kept, revoked, erased, replayed = (text(*generate()) for _ in range(4))
    async with serving(SERVICES[service][0]()) as client:
        for key in (kept, revoked, erased, replayed):
            await publish(kafka, key, 1)
            await answers(client, key, 200)
        await publish(kafka, revoked, 2, revoked_at="2026-11-28T23:00:00Z")
        await answers(client, revoked, 401)
        await kafka.send("registration.keys", None, key=parse(erased)[0])
        await answers(client, erased, 401)
        # Events that come again, or out of order, bring no key back.
        await publish(kafka, replayed, 3, scopes=["insight"])
        await answers(client, replayed, 403)
        for key in (revoked, erased, replayed):
            await publish(kafka, key, 1)
    async with serving(SERVICES[service][0]()) as client:
        await kafka.no_lag("registration.keys", f"{service}.keys")
        assert {
            name: (await client.get("/statistics", headers=bearer(key))).status_code
            for name, key in {"kept": kept, "revoked": revoked, "erased": erased, "replayed": replayed}.items()
        } == {"kept": 200, "revoked": 401, "erased": 401, "replayed": 403}


async def test_what_is_no_key_of_registration_s_becomes_a_dead_letter(environment: dict[str, str], kafka: Kafka) -> None:
    key, other = text(*generate()), text(*generate())
    async with serving(SERVICES["listings"][0]()) as client:
        await publish(kafka, key, 1, digest="0" * 63)
        id, secret = parse(other)
        forged = {"key_id": id, "version": 9, "digest": digest(secret).hex(), "scopes": ["operator"]}
        await kafka.send("registration.keys", forged, cloud_event("registration.key.changed.v1"), key=id)
        letters = await kafka.read("listings.dead-letters", 2)
        assert len(letters) == 2, "one without its limits is not taken for one without limits"
        for unknown in (key, other):
            await refused(client.get("/statistics", headers=bearer(unknown)), 401)
