"""Webhooks whose system hangs, fails or answers with what cannot be taken, and what an operator sees of it and mends."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from registration.main import create_app
from registration.settings import Settings
from support.connections import CONFERENCE, until_facts
from support.keys import operator
from support.patience import PATIENCE
from support.payloads import (
    encoded,
    hievents_checkin,
    pretix_position,
    pretix_webhook,
    scan,
)
from support.serving import serving
from support.systems import Hanging, Remote, in_turn, remote, status
from support.webhooks import POSITION, connect, deliver, deliveries, ended, hievents


async def test_a_webhook_is_acknowledged_and_others_go_on_while_the_system_hangs(api: httpx.AsyncClient, pretix: Remote) -> None:
    pretix.answers[POSITION] = hanging = Hanging()
    for number in range(20):
        assert (await deliver(api, "p", pretix_webhook(number=number))).status_code == 202
    await asyncio.wait_for(hanging.reached.wait(), PATIENCE)
    await connect(api, "h", "hievents")
    body = encoded(hievents_checkin())
    await deliver(api, "h", body, hievents(body))
    assert (await ended(api, "h"))[0]["state"] == "done"
    assert {one["state"] for one in await deliveries(api, "p")} == {"waiting"}


@pytest.mark.parametrize("fetch_seconds", ["1"])
async def test_a_system_that_hangs_is_named_in_the_status(api: httpx.AsyncClient, pretix: Remote) -> None:
    pretix.answers[POSITION] = Hanging()
    await deliver(api, "p", pretix_webhook())
    async with asyncio.timeout(PATIENCE):
        while "in time" not in (problem := (await api.get("/connections/p/status")).json()["problem"]):
            await asyncio.sleep(0.1)
    assert problem == "it did not answer in time"


async def test_a_system_that_was_away_is_asked_again_and_what_it_asks_for_is_kept_to(
    api: httpx.AsyncClient, pretix: Remote
) -> None:
    pretix.answers[POSITION] = in_turn(status(500), status(502), status(429, Retry_After="1"), pretix_position(scan(1)))
    began = time.monotonic()
    await deliver(api, "p", pretix_webhook())
    (done,) = await ended(api, "p")
    assert (done["state"], done["attempts"]) == ("done", 4)
    assert time.monotonic() - began > 1
    await until_facts(api, standing=1)
    assert (await api.get("/connections/p/status")).json()["problem"] == ""


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status(302, Location="http://127.0.0.1:1/"), "redirect"),
        (status(200, Content_Encoding="gzip"), "compressed"),
        ({"filler": "x" * 3_000_000}, "more than 2,097,152 bytes"),
        ({"id": "x"}, "order: is missing"),
        ([], "body"),
    ],
)
async def test_an_answer_that_cannot_be_taken_is_not_asked_for_again(
    api: httpx.AsyncClient, pretix: Remote, answer: Any, reason: str
) -> None:
    pretix.answers[POSITION] = answer
    await deliver(api, "p", pretix_webhook())
    (failed,) = await ended(api, "p")
    assert (failed["state"], failed["attempts"]) == ("failed", 1)
    assert reason in failed["reason"]
    assert len(pretix.asked) == 1


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("code", "reason"), [(401, "token"), (403, "grant it access"), (404, "options")])
async def test_what_an_operator_must_mend_is_shown_with_the_connection_and_then_tried_again(
    monkeypatch: pytest.MonkeyPatch, code: int, reason: str
) -> None:
    monkeypatch.setenv("WEBHOOK_ATTEMPTS", "2")
    async with serving(create_app(Settings())) as api, remote() as system:
        await operator(api)
        await api.put("/conferences/conf", json=CONFERENCE)
        options = {"organizer": "acmecorp", "event": "democon"}
        await connect(api, "p", "pretix", api_url=system.url, api_token="t0ken", options=options)
        system.answers[POSITION] = status(code)
        await deliver(api, "p", pretix_webhook())
        (failed,) = await ended(api, "p")
        assert (failed["state"], failed["attempts"]) == ("failed", 2)
        shown = (await api.get("/connections/p/status")).json()
        assert str(code) in shown["problem"]
        assert reason in shown["problem"]
        assert "t0ken" not in failed["reason"] + shown["problem"]

        system.answers[POSITION] = pretix_position(scan(1))
        assert (await api.post(f"/connections/p/deliveries/{failed['id']}/retry")).status_code == 202
        (done,) = await ended(api, "p")
        assert done["state"] == "done"
        assert (await api.get("/connections/p/status")).json()["problem"] == ""
        assert (await api.post(f"/connections/p/deliveries/{failed['id']}/retry")).status_code == 409
        assert (await api.post(f"/connections/p/deliveries/{'0' * 32}/retry")).status_code == 404


async def test_failed_ones_are_all_tried_again_at_once_and_by_another_delivery(api: httpx.AsyncClient, pretix: Remote) -> None:
    pretix.answers[POSITION] = []
    for number in range(3):
        await deliver(api, "p", pretix_webhook(number=number))
    assert {one["state"] for one in await ended(api, "p", 3)} == {"failed"}
    pretix.answers[POSITION] = pretix_position(scan(1))
    await deliver(api, "p", pretix_webhook(number=0))
    await ended(api, "p", 3)
    assert len(await deliveries(api, "p", state="done")) == 1
    assert (await api.post("/connections/p/deliveries/retry")).json() == {"deliveries": 2}
    assert {one["state"] for one in await ended(api, "p", 3)} == {"done"}


async def test_nothing_is_fetched_from_a_private_network_unless_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.delenv("FETCH_PRIVATE_NETWORKS")
    async with serving(create_app(Settings())) as api, remote() as system:
        await operator(api)
        await api.put("/conferences/conf", json=CONFERENCE)
        options = {"organizer": "acmecorp", "event": "democon"}
        for id, url in (("a", system.url), ("b", system.url.replace("http:", "https:")), ("c", "https://localhost")):
            await connect(api, id, "pretix", api_url=url, api_token="t0ken", options=options)
            await deliver(api, id, pretix_webhook())
            (failed,) = await ended(api, id)
            assert failed["state"] == "failed"
            assert ("https://" if id == "a" else "FETCH_PRIVATE_NETWORKS") in failed["reason"]
        assert system.asked == []


async def test_slow_systems_do_not_keep_the_webhooks_of_another_waiting(api: httpx.AsyncClient, pretix: Remote) -> None:
    pretix.answers[POSITION] = Hanging()
    spec = {"api_url": pretix.url, "api_token": "t0ken", "options": {"organizer": "acmecorp", "event": "democon"}}
    for n in range(5):
        await connect(api, f"slow{n}", "pretix", **spec)
        for number in range(20):
            await deliver(api, f"slow{n}", pretix_webhook(number=number))
    await connect(api, "own", "hievents")
    body = encoded(hievents_checkin())
    await deliver(api, "own", body, hievents(body))
    await ended(api, "own")
    assert {one["state"] for one in await deliveries(api, "slow4")} == {"waiting"}
