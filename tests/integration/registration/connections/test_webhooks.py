"""Webhooks on real servers: taken in at once, fetched from the configured host alone, and made attendance exactly once."""

import asyncio
import functools
import hashlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import bson
import httpx
import pytest

from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.attendance.use_cases.event_lookup import EventLookup
from registration.attendance.use_cases.intake import Intake
from registration.attendees.repository.facts import Facts
from registration.attendees.repository.identities import Identities
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.connections.domain.deliveries import Delivery
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import DONE, Deliveries, End
from registration.connections.repository.objects import Objects
from registration.connections.use_cases.delivery_processor import DeliveryProcessor, ProcessedDelivery
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.connections.use_cases.webhook_receiver import WebhookReceiver
from registration.connections.worker.api_client import ApiClient
from registration.connections.worker.deliveries import DeliveryWorker
from registration.main import create_app
from registration.settings import Settings
from registration.systems import WEBHOOK_ADAPTERS
from registration.systems.adapter import WebhookRequest
from registration.systems.connection import Connection
from shared.database.leases import LeaseLost
from shared.database.mongo import Database, Tx
from shared.encryption import Cipher
from shared.persons import person_id
from shared.refusals import TooMany
from support.connections import CONFERENCE, until_facts
from support.kafka import Kafka
from support.keys import bearer, documents, make_key, operator
from support.loop import watching_the_loop
from support.patience import PATIENCE
from support.payloads import (
    basic,
    connection,
    encoded,
    eventbrite_attendee,
    eventbrite_webhook,
    hievents_attendee,
    hievents_checkin,
    hievents_webhook,
    pretix_order,
    pretix_position,
    pretix_webhook,
    scan,
    signature,
    standard_data,
    standard_event,
    standard_headers,
    standard_webhook,
    swapcard_webhook,
)
from support.serving import serving
from support.systems import Hanging, Remote, after, in_turn, remote, status

# Requested before ``api``, so that it has the service's log from its start.
pytestmark = pytest.mark.usefixtures("capsys")

SECRET = "a secret of some length"
POSITION = "/api/v1/organizers/acmecorp/events/democon/orderpositions/23442/"
ORDER = "/api/v1/organizers/acmecorp/events/democon/orders/ABC23/"
BASIC = {"authorization": basic(SECRET)}


@pytest.fixture
def fetch_seconds() -> str:
    """Longer than any test waits: what hangs does so until the test goes on, and what is only slow on a busy machine is in
    time."""
    return "600"


@pytest.fixture
async def pretix(api: httpx.AsyncClient) -> AsyncIterator[Remote]:
    """A pretix, and a connection to it, "p"."""
    async with remote() as system:
        await connect(
            api,
            "p",
            "pretix",
            api_url=system.url,
            api_token="t0ken",
            options={"organizer": "acmecorp", "event": "democon"},
            sessions={"44": "s1"},
        )
        yield system


async def connect(api: httpx.AsyncClient, id: str, system: str, **spec: Any) -> str:
    """Make a connection; returns its secret."""
    given = {} if system == "standard" else {"secret": SECRET}
    answer = await api.put(f"/connections/{id}", json={"system": system, "conference_id": "conf", **given, **spec})
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["secret"])


async def deliver(api: httpx.AsyncClient, id: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else encoded(body)
    return await api.post(f"/webhooks/{id}", content=content, headers=BASIC if headers is None else headers)


def hievents(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"authorization": "", "signature": signature(secret, body)}


async def deliveries(api: httpx.AsyncClient, id: str, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get(f"/connections/{id}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def ended(api: httpx.AsyncClient, id: str, count: int = 1, seconds: float = PATIENCE) -> list[dict[str, Any]]:
    """The deliveries, the first one first, once there are as many and none waits."""
    async with asyncio.timeout(seconds):
        while True:
            found = await deliveries(api, id)
            if len(found) == count and all(one["state"] != "waiting" for one in found):
                return found[::-1]
            await asyncio.sleep(0.05)


async def api_documents() -> dict[str, list[dict[str, Any]]]:
    """All that the service's database holds."""
    return await documents(dict(os.environ))


# From the webhook to the attendee


async def test_a_pretix_check_in_becomes_an_attendee(api: httpx.AsyncClient, pretix: Remote, kafka: Kafka) -> None:
    pretix.answers[POSITION] = pretix_position(scan(1), attendee_email="Ada@example.org")
    answer = await deliver(api, "p", pretix_webhook())
    assert answer.status_code == 202
    (done,) = await ended(api, "p")
    assert (done["id"], done["state"], done["reason"]) == (answer.json()["delivery"], "done", "")
    await until_facts(api, standing=1)
    attendee = (await api.get("/attendees", params={"email": "ada@example.org"})).json()
    assert (attendee["email"], attendee["name"]) == ("ada@example.org", "Peter")
    assert pretix.authorizations == {"Token t0ken"}
    (record,) = await kafka.read("attendance.inbound")
    headers = {name: value.decode() for name, value in record.headers}
    assert (headers["ce_source"], headers["ce_type"]) == ("pretix:p", "attendance.session_attended.v1")
    assert headers["ce_correlationid"] == done["id"]
    assert "@" not in headers["ce_id"]
    assert json.loads(record.value)["session_id"] == "s1"


async def test_a_hievents_check_in_becomes_an_attendee_and_goes_when_it_is_deleted(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents")
    created, deleted = encoded(hievents_checkin()), encoded(hievents_checkin("checkin.deleted", sent_at="2026-04-08T11:00:00Z"))
    assert (await deliver(api, "h", created, hievents(created))).status_code == 202
    await until_facts(api, standing=1)
    assert (await api.get("/attendees", params={"email": "a@example.org"})).json()["locale"] == "en"
    assert (await deliver(api, "h", deleted, hievents(deleted))).status_code == 202
    await until_facts(api, standing=0, reverted=1)


async def test_a_swapcard_check_in_becomes_an_attendee(api: httpx.AsyncClient) -> None:
    await connect(api, "s", "swapcard")
    body = encoded(swapcard_webhook())
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert (await deliver(api, "s", body, {"x-signature-256": signature})).status_code == 202
    await until_facts(api, standing=1)
    assert (await api.get("/attendees", params={"email": "a@example.org"})).status_code == 200


async def test_eventbrite_fetches_the_attendee_and_its_test_button_nothing(api: httpx.AsyncClient) -> None:
    async with remote() as system:
        await connect(api, "e", "eventbrite", api_url=f"{system.url}/v3", api_token="t0ken", own_addresses=True)
        system.answers["/v3/events/1/attendees/2/"] = eventbrite_attendee()
        test = eventbrite_webhook("test", api_url="{api-endpoint-to-fetch-object-details}")
        there = eventbrite_webhook(api_url=f"{system.url}/v3/events/1/attendees/2/")
        elsewhere = eventbrite_webhook(api_url="https://evil.example.org/v3/events/1/attendees/2/")
        for number, (body, expected) in enumerate([(test, 202), (there, 202), (elsewhere, 422)]):
            answer = await api.post(f"/webhooks/e?key={SECRET}", json=body, headers={"x-eventbrite-delivery": str(number)})
            assert answer.status_code == expected, answer.text
        states = [one["state"] for one in await ended(api, "e", 3)]
        assert states == ["ignored", "done", "failed"]
        assert (system.asked, system.authorizations) == (["/v3/events/1/attendees/2/"], {"Bearer t0ken"})
        await until_facts(api, standing=1)


# Once, whatever happens


async def test_a_repeated_delivery_is_worked_off_once(api: httpx.AsyncClient, pretix: Remote) -> None:
    pretix.answers[POSITION] = pretix_position(scan(1))
    answers = await asyncio.gather(*(deliver(api, "p", pretix_webhook()) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    await ended(api, "p")
    assert (await deliver(api, "p", pretix_webhook())).status_code == 202
    await ended(api, "p")
    await until_facts(api, standing=1)
    assert len(pretix.asked) == 1


async def test_changes_of_one_object_at_once_leave_what_is_true_now(api: httpx.AsyncClient, pretix: Remote) -> None:
    """Two instances, many webhooks at once about one order, answers that come late."""
    entered, corrected = pretix_position(scan(1)), pretix_position(scan(1), attendee_email="ada@example.org")
    pretix.answers[POSITION] = in_turn(after(0.6, entered), after(0.3, entered), corrected)
    pretix.answers[ORDER] = pretix_order(corrected)
    async with serving(create_app(Settings())) as other:
        webhooks = [pretix_webhook(number=number) for number in range(8)] + [pretix_webhook("pretix.event.order.modified", 9)]
        clients = [api, other] * 5
        await asyncio.gather(*(deliver(client, "p", body) for client, body in zip(clients, webhooks, strict=False)))
        assert {one["state"] for one in await ended(api, "p", len(webhooks))} == {"done"}
        collections = await api_documents()
        (seen,) = collections["objects"]
        standing = [id for id, stands in seen["published"] if stands]
        assert len(standing) == 1
        counted = len(seen["published"])
        await until_facts(api, standing=1, reverted=counted - 1)
        assert (await api.get("/attendees", params={"email": "ada@example.org"})).status_code == 200


async def test_an_answer_that_is_older_does_not_undo_a_newer_one(api: httpx.AsyncClient, pretix: Remote) -> None:
    pretix.answers[POSITION] = slow = Hanging(pretix_position(scan(1)))  # asked for first, and answered last
    pretix.answers[ORDER] = pretix_order(pretix_position(scan(1)), status="c")
    await deliver(api, "p", pretix_webhook(number=1))
    async with asyncio.timeout(PATIENCE):
        await slow.reached.wait()
        await deliver(api, "p", pretix_webhook("pretix.event.order.canceled", 2))
        while all(one["state"] == "waiting" for one in await deliveries(api, "p")):
            await asyncio.sleep(0.05)
    slow.go_on.set()
    await ended(api, "p", 2)
    (seen,) = (await api_documents())["objects"]
    assert seen["published"] == []


async def test_an_exit_is_kept_and_a_reverted_check_in_or_a_cancelled_order_take_attendance_away(
    api: httpx.AsyncClient, pretix: Remote
) -> None:
    entry, exit = scan(1, "2026-05-01T08:00:00Z"), scan(2, "2026-05-01T09:00:00Z", type="exit")
    steps: list[tuple[dict[str, Any], dict[str, Any], int, int]] = [
        (pretix_webhook(number=1), pretix_position(entry), 1, 0),
        (pretix_webhook(number=2, type="exit"), pretix_position(entry, exit), 2, 0),
        (pretix_webhook("pretix.event.checkin.reverted", 3), pretix_position(exit), 1, 1),
        (pretix_webhook("pretix.event.order.canceled", 4), pretix_position(exit), 0, 2),
        (pretix_webhook("pretix.event.order.reactivated", 5), pretix_position(entry, exit), 2, 2),
    ]
    for webhook, position, standing, reverted in steps:
        pretix.answers[POSITION] = position
        pretix.answers[ORDER] = pretix_order(position, status="c" if "canceled" in webhook["action"] else "p")
        await deliver(api, "p", webhook)
        await until_facts(api, standing, reverted)


async def test_changed_sessions_count_for_what_was_seen_before(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents")
    body = encoded(hievents_checkin())
    await deliver(api, "h", body, hievents(body))
    await until_facts(api, standing=1)
    await connect(api, "h", "hievents", sessions={"3": "s1"})
    await until_facts(api, standing=1, reverted=1)
    attendee = (await api.get("/attendees", params={"email": "a@example.org"})).json()
    told = (await api.get(f"/attendees/{attendee['id']}/export")).json()["known_by"][0]["attendance"]
    assert {one["session_id"]: one["taken_back"] for one in told} == {None: True, "s1": False}


async def test_what_an_instance_had_in_hand_when_it_died_is_taken_over(
    api: httpx.AsyncClient, pretix: Remote, database: Database
) -> None:
    pretix.answers[POSITION] = status(503)
    await deliver(api, "p", pretix_webhook())
    stored = Deliveries(database.db)
    async with asyncio.timeout(PATIENCE):
        while not pretix.asked:
            await asyncio.sleep(0.02)
    # As a crash leaves it: leased by somebody who will never end it.
    await database.db["deliveries"].update_one(
        {}, {"$set": {"claim": "dead", "due_at": datetime.now(UTC) + timedelta(seconds=1)}}
    )
    pretix.answers[POSITION] = pretix_position(scan(1))
    (done,) = await ended(api, "p")
    assert (done["state"], await stored.count_waiting()) == ("done", 0)
    await until_facts(api, standing=1)


async def test_of_two_instances_that_hold_one_delivery_only_one_makes_attendance_of_it(database: Database) -> None:
    now = datetime.now(UTC)
    deliveries, of = Deliveries(database.db), connection("hievents")
    objects = Objects(database.db, lambda text: person_id(text, Settings().person_key))
    conferences = Conferences(database.db)
    await database.transact(lambda tx: conferences.save(Conference("conf", 1, "PyConf", now.date(), now.date(), {}), tx))
    observation_recorder = ObservationRecorder(objects, Identities(database.db), conferences, Intake(), Settings().person_key)
    event_lookup = EventLookup(Facts(database.db), PendingEvents(database.db), Rejections(database.db), conferences)
    processor = DeliveryProcessor(Connections(database.db), deliveries, conferences, observation_recorder, Intake(), event_lookup)
    await deliveries.add(Delivery("d", of.id, "waiting", now, now, encoded(hievents_checkin())), ())
    (slow,) = await deliveries.claim(["d"], "slow", now, now + timedelta(seconds=1))
    assert await deliveries.claim(["d"], "other", now, now) == []
    (other,) = await deliveries.claim(["d"], "other", now + timedelta(seconds=2), now + timedelta(minutes=1))
    reading = WEBHOOK_ADAPTERS["hievents"].read(WebhookRequest({}, {}, slow.body or b""), of)

    async def apply(held: Delivery) -> None:
        await database.transact(lambda tx: processor.apply(of, [ProcessedDelivery(held, reading, [])], tx))

    with pytest.raises(LeaseLost):
        await apply(slow)
    assert await database.outbox.find().to_list(None) == await database.db["objects"].find().to_list(None) == []
    await apply(other)
    with pytest.raises(LeaseLost):
        await apply(other)
    assert len(await database.outbox.find().to_list(None)) == 1


# The system is slow, away, or answers nonsense


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
@pytest.mark.parametrize(("code", "reason"), [(401, "token"), (403, "rights"), (404, "options")])
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


# Who is believed


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


# Standard Webhooks

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


# One publisher's trouble stays its own


def order(first: int, count: int, **more: Any) -> bytes:
    """A webhook that names many attendees."""
    attendees = [hievents_attendee(id=first + n, email=f"a{first + n}@example.org") for n in range(count)]
    return encoded(hievents_webhook("order.updated", {"id": 6, "attendees": attendees} | more))


async def test_a_megabyte_takes_little_of_the_event_loop_whatever_it_holds(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents")
    bodies = {
        "objects": order(1, 1_000, extra="x" * 800_000),
        "addresses": order(1, 1, extra=[f"b{n % 3_000}@example.org" for n in range(40_000)]),
        "names": encoded(hievents_checkin() | {f"k{n}": n for n in range(60_000)}),
        "parts of addresses": order(1, 1, extra="a.b.c.d.e.f.g.h.i@j.k.l.m.n.o.p.example " * 2_500),
        "depth": encoded(hievents_checkin())[:-1] + b',"extra":' + b"[" * 900 + b"]" * 900 + b"}",
    }
    kept = 0
    for what, body in bodies.items():
        assert len(body) <= 1024 * 1024
        async with watching_the_loop() as held:  # the service runs in this loop
            answer = await deliver(api, "h", body, hievents(body))
            assert answer.status_code in (202, 422), what
            kept += "persons" not in answer.text  # what names too many is not kept
            assert all(one["state"] in ("done", "failed") for one in await ended(api, "h", kept)), what
        assert held.longest < 0.5, what


async def test_a_webhook_that_names_too_many_persons_is_refused_and_not_kept(api: httpx.AsyncClient) -> None:
    await connect(api, "h", "hievents")
    body = order(1, 1, extra=[f"b{n}@example.org" for n in range(6_000)])
    answer = await deliver(api, "h", body, hievents(body))
    assert (answer.status_code, "5,000 persons" in answer.text) == (422, True)
    assert await deliveries(api, "h") == []


async def test_of_an_object_with_more_than_any_real_one_nothing_more_is_kept_and_its_webhook_says_so(
    api: httpx.AsyncClient, pretix: Remote
) -> None:
    for number, first in enumerate((1, 1001, 1), 1):
        pretix.answers[ORDER] = pretix_order(*(pretix_position(id=first + n) for n in range(1_000)))
        await deliver(api, "p", pretix_webhook("pretix.event.order.changed", number))
        done = await ended(api, "p", number)
    assert [one["state"] for one in done] == ["done", "failed", "done"]
    assert "it is not changed again" in done[1]["reason"]


async def test_webhooks_of_one_connection_are_worked_off_while_others_wait_in_hundreds(database: Database) -> None:
    stored, connections, now = Deliveries(database.db), Connections(database.db), datetime.now(UTC)
    waiting = {"flood0": 100, "flood1": 100, "own": 1}
    for name, count in waiting.items():
        of = connection("hievents", id=name)
        await database.transact(functools.partial(connections.save, of))
        for n in range(count):
            body = encoded(hievents_checkin(id=n))
            await stored.add(Delivery(f"{name}-{n}", name, "waiting", now, now, body, size=len(body)), ())
    turns = list[str]()

    class Processor(DeliveryProcessor):
        """Ends deliveries, and notes whose turn it was."""

        def __init__(self) -> None: ...

        async def apply(self, of: Connection, processed: Collection[ProcessedDelivery], tx: Tx) -> dict[str, End]:
            turns.append(of.id)
            ends = {one.delivery.id: DONE for one in processed}
            await stored.finish([one.delivery for one in processed], ends, tx)
            return ends

    client = cast("ApiClient", None)  # nothing is fetched for these webhooks
    worker = DeliveryWorker(connections, stored, Processor(), client, database, first_pause=timedelta(1), attempts=3)
    worker.arrived.set()
    # One lane, as several would end their batches in any order.
    await worker.work()
    assert turns == ["flood0", "flood1", "own"] + ["flood0", "flood1"] * 3


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


async def test_what_is_kept_of_one_connection_is_bounded(api: httpx.AsyncClient, database: Database) -> None:
    await connect(api, "h", "hievents")
    await connect(api, "other", "hievents")
    now = datetime.now(UTC)
    stored = Deliveries(database.db)
    failed = Delivery("d", "h", "failed", now, now + timedelta(1), b"x", size=300 * 1024 * 1024)
    await stored.add(failed, ())
    assert await stored.kept_bytes() == {"h": failed.size}
    due = now.replace(microsecond=0) + timedelta(hours=1)
    await stored.add(Delivery("later", "other", "waiting", now, due), ())
    assert (await stored.longest_due(now), await stored.longest_due(due)) == (None, due)
    webhook_receiver = WebhookReceiver(Connections(database.db), stored, Cipher(Settings().secrets_key), Settings().person_key)
    await webhook_receiver.measure()
    body = encoded(hievents_checkin())
    request = WebhookRequest(hievents(body), {}, body)
    with pytest.raises(TooMany, match="bytes of its webhooks"):
        await webhook_receiver.receive(connection("hievents", id="h"), request, now)
    assert not (await webhook_receiver.receive(connection("hievents", id="other"), request, now)).repeated


# What is kept


async def test_a_body_is_kept_no_longer_than_it_is_needed_and_what_is_old_is_forgotten(
    api: httpx.AsyncClient, database: Database
) -> None:
    await connect(api, "h", "hievents")
    body = encoded(hievents_checkin())
    await deliver(api, "h", body, hievents(body))
    await ended(api, "h")
    stored = Deliveries(database.db)
    (document,) = await database.db["deliveries"].find().to_list(None)
    assert not {"body", "person_ids"} & document.keys()
    assert b"example.org" not in bson.encode(document)
    assert await stored.purge(datetime.now(UTC) + timedelta(days=29)) == 0
    assert await stored.purge(datetime.now(UTC) + timedelta(days=31)) == 1


async def test_erased_persons_are_in_no_object_and_no_delivery_and_come_back_by_no_later_webhook(
    api: httpx.AsyncClient, database: Database
) -> None:
    await connect(api, "h", "hievents")
    body = encoded(hievents_checkin())
    await deliver(api, "h", body, hievents(body))
    await until_facts(api, standing=1)
    unreadable = encoded({"event_type": "checkin.created", "payload": {"attendee": {"email": "A@Example.org"}}})
    assert (await deliver(api, "h", unreadable, hievents(unreadable))).status_code == 422

    attendee = (await api.get("/attendees", params={"email": "a@example.org"})).json()
    objects = Objects(database.db, lambda text: person_id(text, Settings().person_key))

    async def erase(tx: Tx) -> None:
        await objects.erase({attendee["id"]}, tx)
        await Deliveries(database.db).erase({attendee["id"]}, tx)

    assert (await api.delete(f"/attendees/{attendee['id']}")).status_code in (202, 204)
    await database.transact(erase)
    assert "example.org" not in str((await api_documents())["deliveries"]) + str((await api_documents())["objects"])
    late = hievents_webhook("attendee.updated", hievents_attendee(updated_at="2026-04-20T00:00:00Z"), "2026-04-20T00:00:00Z")
    again = [encoded(late), encoded(hievents_checkin(sent_at="2026-04-08T10:00:01Z"))]
    for body in again:
        await deliver(api, "h", body, hievents(body))
    await ended(api, "h", 3)
    assert "example.org" not in str((await api_documents())["objects"])
