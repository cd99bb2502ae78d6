"""Standard Webhooks bring events in: each once, pending until its session is known, or answered with what is wrong."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from support.connections import CONFERENCE, until_facts
from support.patience import PATIENCE
from support.payloads import (
    encoded,
    hievents_attendee,
    hievents_checkin,
    hievents_webhook,
    standard_data,
    standard_event,
    standard_headers,
    standard_webhook,
)
from support.webhooks import connect, deliver, ended, hievents

DATA = standard_data(session_id="s1")
EVENT = standard_webhook("attendance.session_attended.v1", data=DATA)


async def test_standard_webhooks_bring_events_in_and_take_them_back(api: httpx.AsyncClient) -> None:
    secret = await connect(api, "w", "standard")
    body = encoded(EVENT)
    assert (await deliver(api, "w", body, standard_headers(secret, body))).status_code == 202
    await until_facts(api, standing=1)
    back = encoded({"type": "attendance.reverted.v1", "timestamp": "2026-05-01T09:00:00Z", "data": {"reverts": "m1"}})
    assert (await deliver(api, "w", back, standard_headers(secret, back, "m2"))).status_code == 202
    await until_facts(api, standing=0, reverted=1)
    event = encoded(standard_event(EVENT["type"], data=DATA))
    assert (await deliver(api, "w", event, standard_headers(secret, event, "m3"))).status_code == 202
    await until_facts(api, standing=1, reverted=1)


async def test_the_same_attempt_and_a_later_one_change_nothing_and_are_told_so(api: httpx.AsyncClient) -> None:
    secret = await connect(api, "w", "standard")
    body, now = encoded(EVENT), datetime.now(UTC)
    first, later = standard_headers(secret, body, at=now), standard_headers(secret, body, at=now + timedelta(seconds=1))
    codes = [(await deliver(api, "w", body, headers)).status_code for headers in (first, first, later, later, first)]
    assert codes == [202, 200, 202, 200, 200]
    assert (await deliver(api, "w", body, first)).json()["repeated"]
    stale = standard_headers(secret, body, "m9", now - timedelta(minutes=6))
    assert (await deliver(api, "w", body, stale)).status_code == 403
    await ended(api, "w")
    await until_facts(api, standing=1)
    other = encoded(EVENT | {"timestamp": "2026-05-01T11:00:00Z"})
    answer = await deliver(api, "w", other, standard_headers(secret, other, at=now + timedelta(seconds=2)))
    assert answer.status_code == 409
    assert "webhook-id" in answer.text
    await until_facts(api, standing=1)


async def test_an_event_of_an_unknown_session_is_pending_and_applied_once_the_session_is_known(api: httpx.AsyncClient) -> None:
    secret = await connect(api, "w", "standard")
    late = encoded(EVENT | {"type": "attendance.session_attended.v1", "data": DATA | {"session_id": "late"}})
    headers = standard_headers(secret, late)
    assert (await deliver(api, "w", late, headers)).status_code == 202
    (pending,) = await ended(api, "w")
    assert pending["state"] == "pending"
    assert pending["reason"].startswith("session unknown: conference 'conf' has no session 'late'")
    assert (await deliver(api, "w", late, headers)).status_code == 200
    assert (await api.post("/connections/w/deliveries/retry")).json() == {"deliveries": 1}
    await ended(api, "w")
    await until_facts(api, standing=0)
    await api.put("/conferences/conf", json=CONFERENCE | {"sessions": [{"id": "late", "title": "Late"}]})
    await until_facts(api, standing=1)
    async with asyncio.timeout(PATIENCE):
        while (await ended(api, "w"))[0]["state"] != "done":
            await asyncio.sleep(0.1)


async def test_a_check_in_to_a_session_that_is_not_known_yet_waits_for_it(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents", sessions={"3": "late"})
    body = encoded(hievents_checkin())
    for _ in range(2):
        await deliver(api, "h", body, hievents(body))
        (pending,) = await ended(api, "h")
        assert (pending["state"], "session unknown" in pending["reason"]) == ("pending", True)
    entrance = encoded(hievents_checkin(id=2, check_in_list_id=4))  # the same attendee, and known where
    await deliver(api, "h", entrance, hievents(entrance))
    await until_facts(api, standing=1)
    await api.put("/conferences/conf", json=CONFERENCE | {"sessions": [{"id": "late", "title": "Late"}]})
    await until_facts(api, standing=2)
    async with asyncio.timeout(PATIENCE):
        while {one["state"] for one in await ended(api, "h", 2)} != {"done"}:
            await asyncio.sleep(0.1)
    await api.put("/conferences/conf", json=CONFERENCE)  # a session that leaves the schedule takes no attendance with it
    again = encoded(hievents_webhook("attendee.updated", hievents_attendee(notes="x"), "2026-05-01T10:00:00Z"))
    await deliver(api, "h", again, hievents(again))
    await ended(api, "h", 3)
    await asyncio.sleep(6)  # the mapping is looked at again within five
    await until_facts(api, standing=2, reverted=0)


async def test_what_is_no_event_is_answered_with_the_field_and_taken_in_once_it_is_mended(api: httpx.AsyncClient) -> None:
    secret = await connect(api, "w", "standard")
    wrong, now = encoded(EVENT | {"data": DATA | {"attendee": {}}}), datetime.now(UTC)
    answer = await deliver(api, "w", wrong, standard_headers(secret, wrong, at=now))
    assert answer.status_code == 422
    assert "attendee" in answer.text
    (failed,) = await ended(api, "w")
    assert failed["state"] == "failed"
    right = encoded(EVENT)
    assert (await deliver(api, "w", right, standard_headers(secret, right, at=now + timedelta(seconds=1)))).status_code == 202
    assert (await ended(api, "w"))[0]["state"] == "done"
    await until_facts(api, standing=1)
    elsewhere = encoded(EVENT | {"data": DATA | {"conference_id": "another"}})
    assert (await deliver(api, "w", elsewhere, standard_headers(secret, elsewhere, "m5"))).status_code == 422
