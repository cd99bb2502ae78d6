"""Who gets in by an API key, who does not, what a key may do, and what is logged of it."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from registration.main import create_app
from registration.settings import Settings
from shared.web.access.keys import text
from support.keys import bearer, envelope, event, make_key, publish
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
        "a key (authorization: Bearer odk_...) or a session": "",
        "not a complete API key": f"Bearer {valid[:-1]}{'A' if valid[-1] != 'A' else 'B'}",
        "is not known": f"Bearer {text(id, secret[::-1])}",
        "not known": f"Bearer {text('unknownunkno', secret)}",
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
        "or a session (/sign-in) is needed": f"Basic {valid}",
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


async def test_more_events_than_a_key_may_publish_are_429_with_the_time_to_wait(api: httpx.AsyncClient) -> None:
    key, other = await make_key(["attendance"], events_per_minute=2), await make_key(["attendance"])
    assert [(await publish(api, key, event(str(n)))).status_code for n in range(2)] == [202, 202]
    refused = await publish(api, key, event("3"))
    assert refused.status_code == 429
    assert 25 <= int(refused.headers["retry-after"]) <= 30
    assert (await publish(api, other, event("4"))).status_code == 202
