"""The audit of a running service: what operators see of it, how long it is kept, and that requests do not depend on it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from listings.main import create_app
from listings.settings import Settings
from shared.database.mongo import Database
from support.answers import ok, refused
from support.copied_keys import copy_key, keyed
from support.keys import bearer
from support.odd_database import OddDatabase
from support.serving import serving
from support.sessions import cookie, session_of, sign_in

Document = dict[str, Any]


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(Settings())) as client:
        yield await keyed(client, "listings")


@pytest.fixture
async def api_that_keeps_none(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The service is told that each entry of its audit could not be written."""

    def full(command: Document, answer: Document) -> Document:
        return {"ok": 0.0, "code": 14031, "errmsg": "no space"} if command.get("insert") == "audit" else answer

    with OddDatabase(environment["MONGODB_URI"], full).listening() as url:
        async with serving(create_app(Settings(mongodb_uri=url))) as client:
            yield await keyed(client, "listings")


async def test_operators_see_who_changed_what_newest_first_and_page_by_page(api: httpx.AsyncClient) -> None:
    for id in ("acme", "zoo", "moon"):
        await ok(api.put(f"/organizations/{id}", json={"name": "ada.secret@uni.example"}))
    await refused(api.delete("/organizations/acme/mentors/ada.secret@uni.example"), 422, "path.mentor_id")
    pages: list[Document] = [await ok(api.get("/audit?limit=3"))]
    pages.append(await ok(api.get("/audit", params={"limit": 3, "after": pages[0]["next"]})))
    entries = pages[0]["entries"] + pages[1]["entries"]
    assert [(len(page["entries"]), page["next"] is None) for page in pages] == [(3, False), (1, True)]
    assert [entry["ids"].get("id") for entry in entries[1:]] == ["moon", "zoo", "acme"]
    assert [entry["status"] for entry in entries] == [422, 201, 201, 201]
    assert "ada.secret" not in str(entries)
    [first, *_] = reversed(entries)
    assert (first["method"], first["route"], first["scopes"]) == ("PUT", "/organizations/{id}", ["organizations"])
    assert first["key_id"] in api.headers["authorization"]
    assert (first["person_id"], first["session_id"], first["roles"]) == (None, None, [])


async def test_the_audit_is_searched_by_key_person_and_session(api: httpx.AsyncClient) -> None:
    headers = await sign_in("listings", "ada")
    session = session_of("ada")
    for sent in (headers, cookie(session), {}):
        await api.put("/organizations/acme", json={"name": "Acme"}, headers=sent)

    async def found(caller: str) -> list[tuple[str, int]]:
        page = await ok(api.get("/audit", params={"caller": caller}))
        return [(entry["person_id"] or "a key", entry["status"]) for entry in page["entries"]]

    assert await found(api.headers["authorization"][11:23]) == [("a key", 201)]
    assert await found("ada") == [("ada", 403)] * 2
    assert await found(session.id) == [("ada", 403)]
    assert await found("nobody") == []


async def test_only_operators_see_the_audit(api: httpx.AsyncClient) -> None:
    await refused(api.get("/audit", headers={"authorization": ""}), 401)
    await refused(api.get("/audit", headers=bearer(await copy_key("listings", {"listings", "organizations"}))), 403)
    await refused(api.get("/audit", headers=await sign_in("listings", "ada")), 403)
    assert await ok(api.get("/audit", headers=bearer(await copy_key("listings", {"operator"})))) == {"entries": [], "next": None}
    assert (await api.get("/audit", headers=await sign_in("listings", "omar", operator=True))).status_code == 200


async def test_entries_are_deleted_after_90_days(api: httpx.AsyncClient) -> None:
    database = Database("listings", Settings())
    indexes = await database.db["audit"].index_information()
    database.close()
    assert indexes["at_1"]["expireAfterSeconds"] == 90 * 24 * 60 * 60


async def test_a_request_whose_entry_cannot_be_written_is_answered_as_usual_and_logged(
    api_that_keeps_none: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    organization = await ok(api_that_keeps_none.put("/organizations/acme", json={"name": "ada.secret@uni.example"}))
    assert organization["id"] == "acme"
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    [failed] = [event for event in events if event["event"] == "audit_failed"]
    assert failed["key"] in api_that_keeps_none.headers["authorization"]
    assert (failed["method"], failed["route"], failed["ids"]) == ("PUT", "/organizations/{id}", {"id": "acme"})
    assert "ada.secret" not in str(failed)
