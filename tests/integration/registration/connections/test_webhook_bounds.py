"""What is kept of webhooks and for how long, and that neither large ones nor many keep others waiting."""

import functools
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import bson
import httpx
import pytest

from registration.connections.domain.deliveries import Delivery
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import DONE, Deliveries, End
from registration.connections.repository.objects import Objects
from registration.connections.use_cases.delivery_processor import DeliveryProcessor, ProcessedDelivery
from registration.connections.use_cases.webhook_receiver import WebhookReceiver
from registration.connections.worker.api_client import ApiClient
from registration.connections.worker.deliveries import DeliveryWorker
from registration.settings import Settings
from registration.systems.adapter import WebhookRequest
from registration.systems.connection import Connection
from shared.database.mongo import Database, Tx
from shared.encryption import Cipher
from shared.persons import person_id
from shared.refusals import TooMany
from support.connections import until_facts
from support.loop import watching_the_loop
from support.payloads import (
    connection,
    encoded,
    hievents_attendee,
    hievents_checkin,
    hievents_webhook,
    pretix_order,
    pretix_position,
    pretix_webhook,
)
from support.systems import Remote
from support.webhooks import ORDER, api_documents, connect, deliver, deliveries, ended, hievents


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
