"""Operators who sign in, and the ids that a session has of one person."""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from pydantic import SecretStr

from shared.persons import person_id
from support.authenticator import Authenticator
from support.desk import Desk
from support.mail_server import MailServer
from support.notified import Publisher, running, told
from support.passkeys import add, sign_in
from support.patience import until
from support.signing_in import Browser, People, link_in, sessions_of, text_of

OPS: Final = "ops@example.org"


@pytest.fixture
def operators(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The person id of the only operator."""
    monkeypatch.setenv("OPERATOR_EMAILS", "Ops@Example.org")
    return person_id(OPS, SecretStr(environment["PERSON_KEY"]))


@asynccontextmanager
async def service(mails: MailServer) -> AsyncIterator[People]:
    async with running() as api:
        yield People(api, mails)


def claims(browser: Browser) -> dict[str, Any]:
    """What the session of the browser says."""
    part = browser.token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return {"ids": [found["sub"], *found["also"]], "operator": found["op"]}


async def test_an_operator_whom_nobody_registered_signs_in_until_the_address_is_taken_away(
    operators: str, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(mails) as people:
        browser = people.browser()
        mail = await people.mail(OPS, browser)
        assert OPS in (await browser.send("GET", link_in(mail))).text
        await browser.send("POST", link_in(mail))
        assert claims(browser) == {"ids": [operators], "operator": True}
        account = (await browser.send("GET", "/account")).text
        assert OPS in account
        assert "/preferences/" not in text_of(mail) + account, "which is for contacts"
        unused = link_in(await people.mail(OPS, people.browser()))
    async with service(mails) as people:
        browser.api = people.api
        assert await browser.who() == operators, "to start again signs nobody out"
    monkeypatch.setenv("OPERATOR_EMAILS", "other@example.org")
    async with service(mails) as people:
        browser.api = people.api
        assert await browser.who() == ""
        assert (await people.browser().send("POST", unused)).status_code == 410
        await people.browser().ask(OPS)
        await people.mail("other@example.org", people.browser())
        assert len(people.to(OPS)) == 2


async def test_who_is_an_operator_and_an_attendee_is_one_person_and_nobody_else_is_an_operator(
    operators: str, mails: MailServer, publish: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(mails) as people:
        await publish.contact("ada", email=OPS)
        await publish.contact("bob")
        await publish.applied()
        ops, bob = await people.signed_in(OPS), await people.signed_in("bob@example.org")
        assert claims(ops) == {"ids": ["ada", operators], "operator": True}
        assert "/preferences/" in text_of(people.to(OPS)[-1])
        assert "/preferences/" in (await ops.send("GET", "/account")).text
        assert claims(bob) == {"ids": ["bob"], "operator": False}
    monkeypatch.setenv("OPERATOR_EMAILS", "")
    async with service(mails) as people:
        for browser in (ops, bob):
            browser.api = people.api
        assert [await ops.who(), await bob.who()] == ["", "bob"]
        assert claims(await people.signed_in(OPS)) == {"ids": ["ada"], "operator": False}


async def test_a_session_has_the_ids_of_all_contacts_of_the_address_and_of_whoever_was_merged(
    people: People, publish: Publisher
) -> None:
    await publish.contact("bob")
    await publish.contact("ada", 2, merged_into="bob")
    await publish.staff("grace", email="bob@example.org")
    await publish.contact("eve")
    await publish.applied()
    by_bob, by_ada = await people.signed_in("bob@example.org"), await people.signed_in("ada@example.org")
    assert claims(by_bob)["ids"] == ["bob", "grace", "ada"]
    assert claims(by_ada)["ids"] == ["bob", "ada"], "whoever reads ada's mail does not read grace's"
    assert claims(await people.signed_in("eve@example.org"))["ids"] == ["eve"]
    # Whichever of the ids ends, the session ends.
    await publish.forget_staff("grace")
    await publish.applied()
    assert [await browser.who() for browser in (by_bob, by_ada)] == ["", "bob"]


async def test_sessions_end_and_links_are_void_when_a_contact_of_the_address_is_another_person(
    people: People, publish: Publisher
) -> None:
    await publish.staff("grace", email="ada@example.org")
    await publish.applied()
    browser = await people.signed_in()
    assert claims(browser)["ids"] == ["ada", "grace"]
    unused = link_in(await people.mail("ada@example.org", people.browser()))
    await publish.staff("grace", version=2, email="grace@example.org")
    await publish.applied()
    assert await browser.who() == ""
    assert (await people.browser().send("POST", unused)).status_code == 410
    assert claims(await people.signed_in())["ids"] == ["ada"]
    assert claims(await people.signed_in("grace@example.org"))["ids"] == ["grace"]


async def test_who_signs_out_everywhere_does_so_by_all_their_ids(people: People, publish: Publisher) -> None:
    await publish.staff("grace", email="ada@example.org")
    await publish.staff("grace", version=2, email="ada@example.org", organization="o2")
    await publish.applied()
    browser, other = await people.signed_in(), await people.signed_in()
    await publish.contact("bob", email="ada@example.org")
    await publish.applied()
    third = await people.signed_in()
    assert claims(third)["ids"] == ["ada", "bob", "grace"]
    await browser.send("POST", "/sign-out/everywhere")
    assert [await each.who() for each in (other, third)] == ["", ""]


async def test_an_operator_ends_all_sessions_of_an_address_or_id_and_of_nobody_else(
    people: People, publish: Publisher, desk: Desk, subtests: pytest.Subtests
) -> None:
    await publish.staff("grace", email="ada@example.org")
    await publish.contact("bob")
    await publish.contact("eve", merged_into="bob")
    await publish.applied()
    sessions = sessions_of(desk)

    async def signed_in(*ids: str) -> Browser:
        browser = people.browser()
        browser.token = await desk.database.transact(lambda tx: sessions.start(ids, tx))
        return browser

    unused = link_in(await people.mail("ada@example.org", people.browser()))
    bystander = await signed_in("bob")
    for whose, ids in (
        ({"email": "Ada@Example.org"}, ["ada", "grace"]),
        ({"person_id": "grace"}, ["grace"]),
        ({"person_id": "ada"}, ["ada"]),
    ):
        with subtests.test(str(whose)):
            browsers = [await signed_in("ada", "grace"), await signed_in("ada", "grace")]
            for _ in range(2):  # the second time, the answer was lost
                answer = await people.api.post("/sessions/end", json=whose)
                assert (answer.status_code, answer.json()) == (200, {"person_ids": ids})
            assert [await each.who() for each in (*browsers, bystander)] == ["", "", "bob"]
    assert (await people.browser().send("POST", unused)).status_code == 410
    [entry, *_] = (await people.api.get("/audit")).json()["entries"]
    assert (entry["route"], entry["status"]) == ("/sessions/end", 200)
    assert (await people.api.post("/sessions/end", json={"email": "eve@example.org"})).json() == {"person_ids": ["bob", "eve"]}
    assert await bystander.who() == "", "they are one person"
    nobody = await people.api.post("/sessions/end", json={"email": "nobody@example.org"})
    assert (nobody.status_code, nobody.json()) == (200, {"person_ids": []})
    for wrong in ({}, {"email": "ada@example.org", "person_id": "ada"}, {"email": "ada"}, {"person_id": {"$gt": ""}}):
        assert (await people.api.post("/sessions/end", json=wrong)).status_code == 422


async def test_a_session_has_nine_ids_at_most(people: People, publish: Publisher) -> None:
    for number in range(12):
        await publish.contact(f"m{number:02}", merged_into="ada")
    await publish.applied()
    assert claims(await people.signed_in())["ids"] == ["ada", *(f"m{number:02}" for number in range(8))]


async def test_a_passkey_signs_in_as_the_session_that_added_it_until_the_address_is_taken_away(
    operators: str, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Authenticator("https://desk.example.net")
    async with service(mails) as people:
        assert (await add(await people.signed_in(OPS), device)).status_code == 200
        await until(lambda: told(mails, "passkey_added", to=OPS))
        browser = people.browser()
        assert (await sign_in(browser, device)).status_code == 200
        assert claims(browser) == {"ids": [operators], "operator": True}
    monkeypatch.setenv("OPERATOR_EMAILS", "other@example.org")
    async with service(mails) as people:
        browser.api = people.api
        assert await browser.who() == ""
        assert (await sign_in(people.browser(), device)).status_code == 404
