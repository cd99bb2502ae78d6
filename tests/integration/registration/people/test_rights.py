"""Export and erasure of persons who are no attendees yet, on real servers: what waits of them is theirs too."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from registration.attendees.domain.attendance import Attendee
from registration.attendees.repository.attendees import Attendees
from shared.database.mongo import Database, Tx
from support.kafka import Kafka, cloud_event
from support.keys import documents
from support.outcomes import outcome_of
from support.patience import PATIENCE
from support.payloads import encoded

CONFERENCE = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": [{"id": "s1", "title": "Testing"}]}
ADA = {"email": "ada@example.org"}
ATTENDED = "attendance.session_attended.v1"


def attended(session: str = "s1", **attendee: Any) -> dict[str, Any]:
    return {"conference_id": "c1", "session_id": session, "attendee": {"email": "Ada@Example.org", "name": "Ada"} | attendee}


async def announce(api: httpx.AsyncClient, *sessions: str) -> None:
    more = [{"id": id, "title": id} for id in sessions]
    assert (await api.put("/conferences/c1", json=CONFERENCE | {"sessions": [*CONFERENCE["sessions"], *more]})).is_success


async def exported(api: httpx.AsyncClient) -> dict[str, Any]:
    answer = await api.get("/attendees/export", params=ADA)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    export: dict[str, Any] = answer.json()
    return export


async def nothing_is_left(api: httpx.AsyncClient, environment: dict[str, str]) -> None:
    """Nobody is known by the address, and nothing in the database names them."""
    assert (await api.get("/attendees", params=ADA)).status_code == 404
    assert (await api.get("/attendees/export", params=ADA)).status_code == 404
    assert (await api.delete("/attendees", params=ADA)).status_code == 404
    kept = await documents(environment)
    assert "ada@" not in repr({name: some for name, some in kept.items() if name != "outbox"}).lower()


async def test_whose_events_all_wait_is_found_exported_and_erased(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    await kafka.attend("session_attended", attended(), id="kafka")
    met = {"conference_id": "c1", "attendee": {"email": "bob@example.org"}, "met": ADA}
    await kafka.attend("person_met", met, id="met")
    headers = {name.replace("_", "-"): (value or b"").decode() for name, value in cloud_event(ATTENDED, id="http")}
    assert (await api.post("/attendance", json=attended(), headers=headers)).json()["status"] == "pending"
    for id in ("kafka", "met", "http"):
        await outcome_of(api, id, "pending")
    found = (await api.get("/attendees", params=ADA)).json()
    assert (found["recorded"], found["merged"], found["contact_version"]) == (False, [], 0)
    assert (await api.get(f"/attendees/{found['id']}")).json() == found
    export = await exported(api)
    assert (await api.get(f"/attendees/{found['id']}/export")).json()["waiting"] == export["waiting"]
    said = {one["event_id"]: one["details"] for one in export["waiting"]}
    theirs = {"email": "ada@example.org", "name": "Ada", "skills": []}
    assert said == {"kafka": theirs, "http": theirs, "met": None}
    assert (export["known_by"], export["published"]) == ([], {"contact": None, "profile": None})
    assert "bob@" not in json.dumps(export)

    assert (await api.delete("/attendees", params=ADA)).status_code == 204
    await nothing_is_left(api, environment)
    await announce(api)
    for id in ("kafka", "again"):  # of before the erasure
        await kafka.attend("session_attended", attended(), id=id)
    await kafka.attend("session_attended", attended(email="cy@example.org"), id="other")
    await outcome_of(api, "other", "recorded")
    await kafka.no_lag("attendance.inbound", "registration")
    await nothing_is_left(api, environment)
    later = datetime.now(UTC).isoformat()
    await kafka.attend("session_attended", attended(), id="anew", time=later)
    await outcome_of(api, "anew", "recorded")
    assert (await api.get("/attendees", params=ADA)).json()["recorded"] is True


async def test_what_waits_as_a_webhook_is_exported_and_erased(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    await announce(api)
    secret = (await api.put("/connections/w", json={"system": "standard", "conference_id": "c1"})).json()["secret"]
    body, at = encoded({"type": ATTENDED, "timestamp": "2024-07-08T10:00:00Z", "data": attended("s9")}), datetime.now(UTC)
    signature = Webhook(secret).sign("m1", at, body.decode())
    signed = {"webhook-id": "m1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    delivery = (await api.post("/webhooks/w", content=body, headers=signed)).json()["delivery"]
    async with asyncio.timeout(PATIENCE):
        while (await api.get(f"/connections/w/deliveries/{delivery}")).json()["state"] != "pending":
            await asyncio.sleep(0.1)
    assert (await api.get("/attendees", params=ADA)).json()["recorded"] is False
    (webhook,) = (await exported(api))["webhooks"]
    assert (webhook["connection"], webhook["state"], webhook["details"][0]["name"]) == ("w", "pending", "Ada")
    assert (await api.delete("/attendees", params=ADA)).status_code == 204
    await nothing_is_left(api, environment)
    await announce(api, "s9")
    await kafka.attend("session_attended", attended(email="cy@example.org"), id="other")
    await outcome_of(api, "other", "recorded")
    await asyncio.sleep(6)  # what is pending would be looked at again within five
    await nothing_is_left(api, environment)


async def test_of_whom_an_event_was_rejected_is_exported_and_erased(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    await announce(api)
    bad = attended() | {"session_id": ""}
    await kafka.send("attendance.inbound", bad, cloud_event(ATTENDED, id="ada@example.org-7"), key="x")
    await outcome_of(api, "ada@example.org-7", "rejected")
    assert (await api.get("/attendees", params=ADA)).status_code == 404  # nothing waits
    export = await exported(api)
    assert [(one["event_source"], one["event_id"]) for one in export["rejected"]] == [("test", "ada@example.org-7")]
    assert (await api.delete("/attendees", params=ADA)).status_code == 204
    await nothing_is_left(api, environment)
    async with asyncio.timeout(PATIENCE):  # from the topics too
        while (await api.get("/dead-letters")).json()["letters"]:
            await asyncio.sleep(0.5)
    answer = await api.get("/attendance", params={"source": "test", "id": "ada@example.org-7"})
    assert answer.status_code == 404


async def test_of_whom_nothing_is_known_there_is_nothing_to_export_or_erase(
    api: httpx.AsyncClient, environment: dict[str, str]
) -> None:
    await nothing_is_left(api, environment)
    assert (await api.get("/attendees/export", params={"email": "no address"})).status_code == 422
    assert (await api.delete("/attendees")).status_code == 422
    assert (await api.delete("/attendees/nobody")).status_code == 404


async def test_an_attendee_who_is_made_while_they_are_erased_is_made_in_sight_of_the_erasure(database: Database) -> None:
    attendees, seen, erased, attempts = Attendees(database.db), asyncio.Event(), asyncio.Event(), 0

    async def make(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await attendees.get_many({"ada"}, tx)
        seen.set()
        await erased.wait()
        await attendees.save([Attendee("ada", None)], [], tx)

    async def erase() -> None:
        await seen.wait()
        await database.transact(lambda tx: attendees.erase(["ada"], tx))
        erased.set()

    await asyncio.gather(database.transact(make), erase())
    assert attempts > 1
