"""Operators who are signed in: what a key of theirs could do, but for what publishes events or gives keys."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from registration.settings import Settings
from shared.persons import person_id
from support.kafka import Kafka
from support.sessions import cookie, session_of, sign_in

ADA, BOB, OPERATOR = "ada@example.org", "bob@example.org", "0" * 32
ROUTES = (
    ("GET", "/statistics"),
    ("GET", "/dead-letters"),
    ("GET", "/connections"),
    ("PUT", "/connections/w"),
    ("GET", "/connections/w/deliveries"),
    ("GET", "/conferences/c1/uploads"),
    ("POST", "/conferences/c1/attendance.csv"),
    ("GET", "/attendance?source=test&id=scan"),
    ("GET", f"/attendees?email={BOB}"),
    ("GET", f"/attendees/export?email={BOB}"),
    ("DELETE", f"/attendees?email={BOB}"),
    ("PUT", "/conferences/c1"),
)
KEYS_ALONE = (("GET", "/keys"), ("POST", "/keys"), ("DELETE", "/keys/k"), ("POST", "/attendance"), ("POST", "/attendees/x/keys"))


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14"}}


@pytest.fixture
async def ids(api: httpx.AsyncClient, kafka: Kafka) -> dict[str, str]:
    """The ids of two attendees, by their addresses; the first organizes the conference."""
    key: SecretStr = Settings().person_key
    for email in (ADA, BOB):
        await kafka.attend("checked_in", {"conference_id": "c1", "attendee": {"email": email}}, id=f"scan {email}")
    await kafka.no_lag("attendance.inbound", "registration")
    assert (await api.put("/conferences/c1/organizers", json={"organizers": [{"email": ADA}]})).status_code == 200
    return {email: person_id(email, key) for email in (ADA, BOB)}


async def test_an_operator_does_by_a_session_what_a_key_could(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    operator = await sign_in("registration", OPERATOR, operator=True)
    ada, bob = ids[ADA], ids[BOB]
    assert (await api.get("/attendees", params={"email": BOB}, headers=operator)).json()["id"] == bob
    said = (await api.put(f"/attendees/{bob}/consent", json={"mail": True}, headers=operator)).json()
    (given,) = said["consents"]["mail"]["given"]
    assert given["how"].startswith("an operator, in session ")
    merged = await api.put(f"/attendees/{bob}/merged-into", json={"attendee_id": ada}, headers=operator)
    assert merged.json()["merged"] == [bob]
    event = await api.get("/attendance", params={"source": "test", "id": f"scan {BOB}"}, headers=operator)
    assert event.json()["status"] == "recorded"
    made = await api.put("/connections/w", json={"system": "standard", "conference_id": "c1"}, headers=operator)
    assert made.status_code == 201
    assert [one["id"] for one in (await api.get("/connections", headers=operator)).json()["connections"]] == ["w"]
    rows = f"kind,time,email\nchecked_in,2024-07-08T10:00:00Z,{ADA}\n"
    upload = await api.post("/conferences/c1/attendance.csv", content=rows, headers=operator | {"content-type": "text/csv"})
    assert upload.status_code == 202
    assert (await api.get(upload.headers["location"], headers=operator)).status_code == 200
    assert (await api.get("/dead-letters", headers=operator)).status_code == 200
    assert (await api.get("/statistics", headers=operator)).json()["attendees"] == 2
    assert (await api.delete(f"/attendees/{ada}", headers=operator)).status_code == 204


async def test_a_session_gives_no_keys_and_publishes_no_events_not_even_an_operators(
    api: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    operator = await sign_in("registration", ids[ADA], operator=True)
    for method, path in (*KEYS_ALONE, ("POST", f"/attendees/{ids[BOB]}/keys")):
        answer = await api.request(method, path, json={}, headers=operator)
        assert answer.status_code == 401, (method, path, answer.text)


async def test_whoever_is_no_operator_does_nothing_of_it(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    await sign_in("registration", ids[ADA])
    for id in (*ids.values(), OPERATOR, "operator", "c1"):
        for method, path in ROUTES:
            if id == ids[ADA] and path == "/conferences/c1":  # the conference that they organize
                continue
            answer = await api.request(method, path, json={}, headers=cookie(session_of(id)))
            assert answer.status_code == 403, (id, method, path, answer.text)
    # By an operator's session, but from another site.
    forged = cookie(session_of(OPERATOR, operator=True)) | {"origin": "https://evil.example"}
    for method, path in ROUTES:
        if method != "GET":
            assert (await api.request(method, path, json={}, headers=forged)).status_code == 403, path
    assert (await api.get("/attendees", params={"email": BOB})).status_code == 200
