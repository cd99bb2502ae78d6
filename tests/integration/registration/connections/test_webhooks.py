"""Webhooks on real servers: what other systems tell is fetched and made attendance exactly once."""

import asyncio
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

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
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.objects import Objects
from registration.connections.use_cases.delivery_processor import DeliveryProcessor, ProcessedDelivery
from registration.connections.use_cases.observation_recorder import ObservationRecorder
from registration.main import create_app
from registration.settings import Settings
from registration.systems import WEBHOOK_ADAPTERS
from registration.systems.adapter import WebhookRequest
from shared.database.leases import LeaseLost
from shared.database.mongo import Database
from shared.persons import person_id
from support.connections import until_facts
from support.kafka import Kafka
from support.patience import PATIENCE
from support.payloads import (
    connection,
    encoded,
    eventbrite_attendee,
    eventbrite_webhook,
    hievents_checkin,
    pretix_order,
    pretix_position,
    pretix_webhook,
    scan,
    swapcard_webhook,
)
from support.serving import serving
from support.systems import Hanging, Remote, after, in_turn, remote, status
from support.webhooks import ORDER, POSITION, SECRET, api_documents, connect, deliver, deliveries, ended, hievents


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
