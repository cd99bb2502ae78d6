"""Which webhooks are taken in: by secret, by how many come, and who sees what was delivered."""

import httpx
import pytest

from support.keys import bearer, make_key
from support.payloads import (
    encoded,
    hievents_checkin,
)
from support.webhooks import SECRET, connect, deliver, deliveries, ended, hievents

# Requested before ``api``, so that it has the service's log from its start.
pytestmark = pytest.mark.usefixtures("capsys")


async def test_only_what_the_connections_secret_proves_is_taken_in(
    api: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await connect(api, "h", "hievents")
    body = encoded(hievents_checkin())
    refused = [
        await deliver(api, "h", body, {}),
        await deliver(api, "h", body, hievents(body, "another secret of theirs")),
        await deliver(api, "h", body + b" ", hievents(body)),
    ]
    assert [answer.status_code for answer in refused] == [401, 401, 401]
    assert refused[0].headers["www-authenticate"].startswith("Signature")
    assert (await deliver(api, "nobody", body, hievents(body))).status_code == 404
    assert await deliveries(api, "h") == []
    log = capsys.readouterr().err
    assert "webhook_refused" in log
    assert SECRET not in log
    assert "a@example.org" not in log


async def test_a_rotated_secret_is_valid_for_the_time_of_grace_and_a_disabled_connection_takes_nothing(
    api: httpx.AsyncClient,
) -> None:
    await connect(api, "h", "hievents")
    new = (await api.post("/connections/h/rotate", json={"grace_hours": 1})).json()["secret"]
    for number, secret in enumerate((SECRET, new)):
        body = encoded(hievents_checkin(id=number))
        assert (await deliver(api, "h", body, hievents(body, secret))).status_code == 202
    await ended(api, "h", 2)
    newest = (await api.post("/connections/h/rotate", json={"grace_hours": 0})).json()["secret"]
    body = encoded(hievents_checkin(id=3))
    assert (await deliver(api, "h", body, hievents(body, new))).status_code == 401
    await api.delete("/connections/h")
    assert (await deliver(api, "h", body, hievents(body, newest))).status_code == 403


async def test_indico_sends_no_webhooks(api: httpx.AsyncClient) -> None:
    spec = {"system": "indico", "conference_id": "conf", "api_url": "https://i.example.org", "api_token": "t"}
    assert (await api.put("/connections/i", json=spec | {"options": {"event": "1", "form": "3"}})).status_code in (200, 201)
    answer = await deliver(api, "i", {})
    assert (answer.status_code, "polled" in answer.json()["detail"]) == (403, True)


async def test_more_than_a_connection_may_send_is_to_be_sent_later(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents", events_per_minute=2)
    answers = []
    for number in range(3):
        body = encoded(hievents_checkin(id=number))
        answers.append(await deliver(api, "h", body, hievents(body)))
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert len(await ended(api, "h", 2)) == 2


async def test_only_whoever_may_see_a_conferences_connections_sees_what_they_delivered(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents")
    other = await make_key(["connections"], conference_id="another", source="any")
    for path in ("/connections/h/deliveries", "/connections/h/status"):
        assert (await api.get(path, headers=bearer(other))).status_code == 404
        assert (await api.get(path, headers={"authorization": ""})).status_code == 401
    assert (await api.get("/connections/nobody/status")).status_code == 404
    assert (await api.post("/connections/h/deliveries/retry", headers=bearer(other))).status_code == 404
