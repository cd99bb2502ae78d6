"""Nominations over HTTP, on real servers: who gets in, what is wrong with a request, and what it comes to."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from support.answers import ok, refused
from support.copied_keys import copy_key
from support.kafka import Kafka
from support.keys import bearer
from support.patience import until
from support.published import publish_listing, publish_organization, publish_profile, withdraw_listing
from support.sessions import sign_in

LETTER: Final = {"name": "Ada Lovelace"}
IDS: Final = ("ada", "ben", "mina", "max", "adam", "hana", "hedi", "omar")
"""ada and ben are attendees; mina and max are mentors and adam is an admin of o1; hana is a mentor and hedi a contact of the
programme's host; omar is an operator."""

Headers = Mapping[str, dict[str, str]]


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows ada, who met mina at the conference c1, and the leadership programme p1 of the organization host."""
    interests = [{"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}]
    met = [{"person_id": "mina", "conference_id": "c1"}]
    await publish_profile(kafka, "ada", conference_ids=["c1"], interests=interests, met=met)
    await publish_profile(kafka, "ben", conference_ids=["c1"], interests=interests)
    await publish_organization(kafka, "o1", 1, ("c1",), mina="mentor", max="mentor", adam="admin")
    await publish_organization(kafka, "host", 1, ("c1",), hana="mentor", hedi="contact")
    await publish_listing(kafka, "p1", organization_id="host", kind="leadership", capacity=3, skills=["python"])
    await settled(kafka)
    return api


@pytest.fixture
async def people(api: httpx.AsyncClient) -> Headers:
    own = {"origin": str(api.base_url).rstrip("/")}
    return {name: own | await sign_in("matching", name, operator=name == "omar") for name in IDS}


async def settled(kafka: Kafka) -> None:
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")
    await kafka.no_lag("listings.organizations", "matching.roles")


def body(**changes: Any) -> dict[str, Any]:
    return {"listing_id": "p1", "attendee_id": "ada", "organization_id": "o1", "note": "She led the sprint."} | changes


async def nominate(api: httpx.AsyncClient, headers: Mapping[str, str], **changes: Any) -> dict[str, Any]:
    nomination: dict[str, Any] = await ok(api.post("/nominations", json=body(**changes), headers=headers))
    return nomination


def give(
    api: httpx.AsyncClient, command: str, nomination: dict[str, Any], headers: Mapping[str, str], seen: int | None = None
) -> Any:
    """Give the command on the nomination as it was seen."""
    version = {"if-match": f'"{seen or nomination["version"]}"'}
    return api.post(f"/nominations/{nomination['id']}/{command}", headers={**headers, **version})


async def test_from_a_nomination_to_an_application(api: httpx.AsyncClient, people: Headers, kafka: Kafka) -> None:
    ada, mina = people["ada"], people["mina"]
    first = await api.post("/nominations", json=body(), headers=mina)
    assert (first.status_code, first.headers["etag"], first.headers["cache-control"]) == (201, '"1"', "no-store")
    one = first.json()
    assert (one["state"], one["mentor_person_id"], one["host_id"], one["note"]) == ("proposed", "mina", "host", body()["note"])
    again = await api.post("/nominations", json=body(), headers=mina)
    assert (again.status_code, again.json()) == (200, one)

    assert (await ok(api.get("/attendees/ada/nominations", headers=ada)))["items"] == [one]
    explained = await ok(api.get("/attendees/ada/listings/p1", headers=ada))
    assert explained["obstacle"] == "for the nominated only"
    await refused(api.put("/attendees/ada/applications/p1", json=LETTER, headers=ada), 409)

    agreed = await ok(give(api, "agree", one, ada))
    assert (agreed["state"], agreed["version"]) == ("agreed", 2)
    assert await ok(give(api, "agree", one, ada)) == agreed, "repeated, it changes nothing"
    assert (await ok(api.get("/nominations", headers=people["hedi"])))["items"] == [agreed]
    proposal, agreement = await kafka.events("matching.nominations", 2)
    assert proposal == {
        "nomination_id": one["id"],
        "version": 1,
        "attendee_id": "ada",
        "listing_id": "p1",
        "organization_id": "o1",
        "mentor_person_id": "mina",
        "state": "proposed",
    }
    assert agreement == proposal | {"version": 2, "state": "agreed"}

    async def is_recommended() -> bool:
        answer = await api.get("/attendees/ada/recommendations", headers=ada)  # 404 as long as there was nothing to recommend
        return answer.is_success and [match["listing_id"] for match in answer.json()["matches"]] == ["p1"]

    await until(is_recommended)
    explained = await ok(api.get("/attendees/ada/listings/p1", headers=ada))
    reasons = {reason["kind"]: reason["contribution"] for reason in explained["match"]["reasons"]}
    assert (explained["obstacle"], explained["rank"]) == (None, 1)
    assert reasons.keys() == {"nomination", "skill", "similarity"}
    assert sum(reasons.values()) == pytest.approx(explained["match"]["score"])
    application = await ok(api.put("/attendees/ada/applications/p1", json=LETTER, headers=ada))
    assert application["state"] == "submitted"


async def test_who_sees_a_nomination_before_and_after_the_agreement(api: httpx.AsyncClient, people: Headers) -> None:
    one = await nominate(api, people["mina"])

    async def seen() -> set[str]:
        found = {}
        for name, headers in people.items():
            found[name] = (await api.get(f"/nominations/{one['id']}", headers=headers)).status_code
            listed = await api.get("/nominations", headers=headers)
            if name in ("ada", "ben"):
                assert listed.status_code == 403, "attendees have a list of their own"
            else:
                assert bool((await ok(api.get("/nominations", headers=headers)))["items"]) == (found[name] == 200), name
        assert set(found.values()) == {200, 404}
        return {name for name, status in found.items() if status == 200}

    assert await seen() == {"ada", "mina", "omar"}
    one = await ok(give(api, "agree", one, people["ada"]))
    assert await seen() == {"ada", "mina", "omar", "hana", "hedi"}
    await ok(give(api, "decline", one, people["ada"]))
    assert await seen() == {"ada", "mina", "omar"}
    for name in ("ben", "mina", "hana"):
        await refused(api.get("/attendees/ada/nominations", headers=people[name]), 404)


async def test_only_a_mentor_who_knows_the_attendee_nominates(api: httpx.AsyncClient, people: Headers) -> None:
    for name, status in (("ada", 403), ("adam", 403), ("hana", 403), ("hedi", 403), ("max", 404)):
        await refused(api.post("/nominations", json=body(), headers=people[name]), status)
    await refused(api.post("/nominations", json=body(attendee_id="ben"), headers=people["mina"]), 404)
    of_host = await nominate(api, people["hana"], attendee_id="ben", organization_id="host")
    assert of_host["mentor_person_id"] == "hana"
    await refused(api.post("/nominations", json=body(mentor_person_id="mina"), headers=people["max"]), 422, "mentor_person_id")
    await refused(api.post("/nominations", json=body(), headers=people["omar"]), 422, "mentor_person_id")
    await nominate(api, people["omar"], mentor_person_id="mina")


async def test_a_key_acts_for_the_mentors_of_its_organization(api: httpx.AsyncClient, people: Headers) -> None:
    own, host = [bearer(await copy_key("matching", ["nominations"], organization_id=id)) for id in ("o1", "host")]
    await refused(api.post("/nominations", json=body(mentor_person_id="mina"), headers=host), 403)
    await refused(api.post("/nominations", json=body(), headers=own), 422, "mentor_person_id")
    await refused(api.post("/nominations", json=body(mentor_person_id="hana"), headers=own), 403)
    one = await nominate(api, own, mentor_person_id="mina")
    assert (await ok(api.get("/nominations", headers=own)))["items"] == [one]
    assert (await ok(api.get("/nominations", headers=host)))["items"] == []
    await refused(api.get(f"/nominations/{one['id']}", headers=host), 404)
    await refused(give(api, "agree", one, own), 403)
    one = await ok(give(api, "agree", one, people["ada"]))
    assert (await ok(api.get("/nominations?listing_id=p1", headers=host)))["items"] == [one]
    assert (await ok(api.get("/nominations?listing_id=p2", headers=host)))["items"] == []
    await refused(give(api, "withdraw", one, host), 403)
    assert (await ok(api.post(f"/nominations/{one['id']}/withdraw", headers=own)))["state"] == "withdrawn"
    await refused(api.get(f"/nominations/{one['id']}", headers=host), 404)


async def test_a_command_needs_the_version_that_was_seen(api: httpx.AsyncClient, people: Headers) -> None:
    one = await nominate(api, people["mina"])
    path = f"/nominations/{one['id']}"
    for command in ("agree", "decline"):
        await refused(api.post(f"{path}/{command}", headers=people["ada"]), 428, "If-Match")
        await refused(give(api, command, one, people["ada"], seen=7), 412)
        await refused(give(api, command, {"id": "unknown", "version": 1}, people["ada"]), 404)
        await refused(give(api, command, one, people["ben"]), 404)
        await refused(give(api, command, one, people["mina"]), 403)
    assert (await ok(give(api, "withdraw", one, people["mina"])))["version"] == 2
    await refused(give(api, "agree", one, people["ada"], seen=2), 409)


async def test_pythondotorg_2755_a_nomination_before_its_opening_says_when_to_come_back(
    api: httpx.AsyncClient, people: Headers, kafka: Kafka
) -> None:
    opens_at = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    changes: dict[str, Any] = {"organization_id": "host", "kind": "leadership", "capacity": 3}
    await publish_listing(kafka, "p2", opens_at=opens_at.isoformat(), **changes)
    await settled(kafka)
    detail = await refused(api.post("/nominations", json=body(listing_id="p2"), headers=people["mina"]), 409)
    assert detail == f"nominations for 'p2' open on {opens_at:%Y-%m-%d %H:%M} UTC; nominate from then on"
    detail = await refused(api.post("/nominations", json=body(listing_id="draft"), headers=people["mina"]), 404)
    assert detail == "there is no listing 'draft'"
    one = await nominate(api, people["mina"])
    await withdraw_listing(kafka, "p1")
    await settled(kafka)
    assert "is closed" in await refused(api.post("/nominations", json=body(note="New."), headers=people["mina"]), 409)

    async def has_expired() -> bool:
        return bool((await ok(api.get(f"/nominations/{one['id']}")))["state"] == "expired")

    await until(has_expired)
    assert "expired with its programme" in await refused(give(api, "agree", one, people["ada"], seen=2), 409)


async def test_an_erasure_deletes_nominations_here_and_for_readers(api: httpx.AsyncClient, people: Headers, kafka: Kafka) -> None:
    one = await nominate(api, people["mina"])
    await ok(give(api, "agree", one, people["ada"]))
    await kafka.events("matching.nominations", 2)
    await kafka.send("registration.profiles", None, key="ada")

    async def is_gone() -> bool:
        return (await api.get(f"/nominations/{one['id']}")).status_code == 404

    await until(is_gone)
    records = await kafka.read("matching.nominations", until=lambda records: any(one.value is None for one in records))
    assert [(record.key.decode(), record.value is None) for record in records][-1] == (one["id"], True)


async def test_what_is_wrong_is_said_with_its_field(api: httpx.AsyncClient, people: Headers) -> None:
    wrong: list[tuple[str, Any]] = [
        ("note", "a\x00b"),
        ("note", "x" * 1001),
        ("note", None),
        ("listing_id", {"$ne": ""}),
        ("attendee_id", ""),
        ("organization_id", "two\nlines"),
        ("weight", 1),
    ]
    for field, value in wrong:
        await refused(api.post("/nominations", json=body(**{field: value}), headers=people["mina"]), 422, field)
    assert (await ok(api.get("/nominations")))["items"] == []
