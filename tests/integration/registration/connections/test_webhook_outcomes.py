"""What became of the event of each webhook, on real servers: as the door would say it, and as it turned out."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from registration.attendance.use_cases.event_lookup import REPEATED
from shared.database.mongo import Database
from support.kafka import Kafka
from support.outcomes import outcome_of
from support.patience import PATIENCE
from support.payloads import encoded, hievents_checkin

SECRET = "a secret of some length"
ADA = {"email": "ada@example.org"}


class Sender:
    """Sends webhooks to the connection "w" for everyone, and asks what became of them."""

    def __init__(self, api: httpx.AsyncClient, secret: str) -> None:
        self._api = api
        self._secret = secret

    async def send(self, id: str, event: dict[str, Any], state: str) -> dict[str, Any]:
        """Send it under this id. Returns the delivery, once it is in this state; "": in any."""
        body, at = encoded(event), datetime.now(UTC)
        signature = Webhook(self._secret).sign(id, at, body.decode())
        headers = {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
        answer = await self._api.post("/webhooks/w", content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return await delivery(self._api, "w", answer.json()["delivery"], state)


@pytest.fixture
async def sender(api: httpx.AsyncClient) -> Sender:
    answer = await api.put("/connections/w", json={"system": "standard", "conference_id": "conf"})
    return Sender(api, answer.json()["secret"])


def event(id: str, type: str = "checked_in", **data: Any) -> dict[str, Any]:
    attributes = {"specversion": "1.0", "id": id, "source": "badges", "time": "2026-05-01T08:00:00Z"}
    data = data or {"conference_id": "conf", "attendee": ADA}
    return attributes | {"type": f"attendance.{type}.v1", "data": data}


async def delivery(api: httpx.AsyncClient, connection: str, id: str, state: str) -> dict[str, Any]:
    """A delivery, once it is in this state; "": in any."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await api.get(f"/connections/{connection}/deliveries/{id}")
            told: dict[str, Any] = answer.json()
            if answer.status_code == 200 and state in ("", told["state"]):
                return told
            await asyncio.sleep(0.1)


async def recorded(api: httpx.AsyncClient, id: str) -> dict[str, Any]:
    """What became of an event of the connection "w", once it is recorded."""
    return await outcome_of(api, id, "recorded", "standard:w/badges")


async def test_a_conflict_is_told_and_found(api: httpx.AsyncClient, sender: Sender, kafka: Kafka) -> None:
    await sender.send("m1", event("scan"), "done")
    await recorded(api, "scan")
    other = event("scan", conference_id="conf", attendee={"email": "bob@example.org"})
    told = await sender.send("m2", other, "conflict")
    assert told["reason"] == "id: was used for another event of this source; give each event its own id"
    (letter,) = await kafka.read("registration.dead-letters")
    assert dict(letter.headers)["dl_reason"].decode() == told["reason"]
    assert (await recorded(api, "scan"))["conflict"] == told["reason"]
    found = (await api.get("/connections/w/deliveries", params={"state": "conflict"})).json()["deliveries"]
    assert [(one["id"], one["event"]) for one in found] == [(told["id"], {"source": "standard:w/badges", "id": "scan"})]
    again = await api.post(f"/connections/w/deliveries/{told['id']}/retry")
    assert (again.status_code, "replay the dead letter" in again.text) == (409, True)
    assert (await api.get(f"/connections/other/deliveries/{told['id']}")).status_code == 404
    assert (await api.get(f"/connections/w/deliveries/{'0' * 32}")).status_code == 404


async def test_two_webhooks_of_one_event_that_come_at_once_are_not_both_done(api: httpx.AsyncClient, sender: Sender) -> None:
    one, other = event("scan"), event("scan", conference_id="conf", attendee={"email": "bob@example.org"})
    await asyncio.gather(sender.send("m1", one, ""), sender.send("m2", other, ""))
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await api.get("/connections/w/deliveries")).json()["deliveries"]
            if sorted(one["state"] for one in found) == ["conflict", "done"]:
                break
            await asyncio.sleep(0.1)


async def test_what_makes_no_sense_is_rejected_with_the_reason(sender: Sender) -> None:
    told = await sender.send("m1", event("undo", "reverted", reverts="undo"), "rejected")
    assert told["reason"] == "reverts: must not be the event's own id"


async def test_an_event_that_is_known_already_is_not_passed_on_again(
    api: httpx.AsyncClient, sender: Sender, kafka: Kafka
) -> None:
    assert (await sender.send("m1", event("scan"), "done"))["reason"] == ""
    await recorded(api, "scan")
    told = await sender.send("m2", event("scan"), "done")
    assert told["reason"] == f"its event {REPEATED}"
    await sender.send("m3", event("next"), "done")
    await recorded(api, "next")
    assert len(await kafka.read("attendance.inbound", 2)) == 2


async def test_an_event_that_we_failed_on_is_rejected_until_it_is_replayed(
    api: httpx.AsyncClient, sender: Sender, database: Database
) -> None:
    await sender.send("m1", event("before"), "done")
    await recorded(api, "before")
    (kept,) = await database.db["attendees"].find().to_list(None)
    await database.db["attendees"].replace_one({"_id": kept["_id"]}, {"odd": 1})  # as a fault of ours might leave it
    told = await sender.send("m2", event("failed"), "rejected")
    assert "could not be recorded" in told["reason"]
    await database.db["attendees"].replace_one({"_id": kept["_id"]}, kept)
    which = '["standard:w/badges", "failed"]'
    assert (await api.post("/dead-letters/replay", params={"which": which})).json()["sent"] == 1
    told = await delivery(api, "w", told["id"], "done")
    assert "sent again and recorded" in told["reason"]
    for state, count in (("rejected", 0), ("done", 1)):
        found = (await api.get("/connections/w/deliveries", params={"state": state})).json()["deliveries"]
        assert len(found) == count, state


async def test_what_is_refused_when_it_is_recorded_is_told_of_the_webhooks_of_every_system(
    api: httpx.AsyncClient, sender: Sender, database: Database
) -> None:
    await sender.send("m1", event("before", conference_id="conf", attendee={"email": "a@example.org"}), "done")
    await recorded(api, "before")
    await database.db["attendees"].update_one({}, {"$set": {"facts": 50_000}})
    told = await sender.send("m2", event("more", conference_id="conf", attendee={"email": "a@example.org"}), "rejected")
    assert "has 50,000 events already" in told["reason"]
    await api.put("/connections/h", json={"system": "hievents", "conference_id": "conf", "secret": SECRET})
    body = encoded(hievents_checkin())
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = await api.post("/webhooks/h", content=body, headers={"authorization": "", "signature": signature})
    told = await delivery(api, "h", answer.json()["delivery"], "rejected")
    assert "has 50,000 events already" in told["reason"]
    # Reasons and ids may quote an address: with the person, they go.
    ada = (await api.get("/attendees", params={"email": "a@example.org"})).json()["id"]
    assert (await api.delete(f"/attendees/{ada}")).is_success
    assert (await api.get(f"/connections/h/deliveries/{told['id']}")).status_code == 404
