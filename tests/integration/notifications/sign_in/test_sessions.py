"""Sessions in use, and their end: with the whole service, on real servers."""

import json
import re
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from notifications.settings import Settings
from shared import clock
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from shared.signing_keys import new_key
from shared.web.access.sessions import LIFETIME, SignInSession, key_id, signed
from support.desk import Desk
from support.notified import Publisher
from support.patience import until
from support.signing_in import Browser, People, link_in, sessions_of

ADA = "ada@example.org"


async def test_who_signs_out_is_signed_out_in_this_browser_alone(people: People) -> None:
    here, there = await people.signed_in(), await people.signed_in()
    token = here.token
    answer = await here.send("POST", "/sign-out")
    assert (answer.status_code, answer.headers["location"], here.token) == (303, "/sign-in", "")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    here.token = token
    assert await here.who() == ""
    assert await there.who() == "ada"
    assert (await here.send("POST", "/sign-out")).status_code == 303


async def test_who_signs_out_everywhere_is_signed_out_in_all_browsers_and_can_sign_in_again(
    people: People, publish: Publisher
) -> None:
    await publish.contact("bob")
    await publish.applied()
    here, there, bob = await people.signed_in(), await people.signed_in(), await people.signed_in("bob@example.org")
    unused = link_in(await people.mail(ADA, people.browser()))
    assert (await here.send("POST", "/sign-out/everywhere")).status_code == 303
    assert [await browser.who() for browser in (here, there, bob)] == ["", "", "bob"]
    assert (await people.browser().send("POST", unused)).status_code == 410


async def test_people_see_where_they_are_signed_in_and_sign_out_there(people: People, desk: Desk, publish: Publisher) -> None:
    await publish.contact("bob")
    await publish.applied()
    sessions, now = sessions_of(desk), clock.now()

    async def signed_in(browser: str, *ids: str) -> Browser:
        made = people.browser()
        made.token = await desk.database.transact(lambda tx: sessions.start(ids, tx, browser=browser))
        return made

    async def ends(browser: Browser) -> list[str]:
        """What the page has to end other sessions with."""
        return re.findall(r'action="(/account/sessions/\w+/end)"', (await browser.send("GET", "/account")).text)

    here, there, unknown = (
        await signed_in("Firefox, Linux", "ada", "grace"),
        await signed_in("Chrome, Mac", "ada"),
        await people.signed_in(),
    )
    bob, grace = await signed_in("Safari, iPhone", "bob"), await signed_in("Edge, Windows", "grace")
    page = (await here.send("GET", "/account")).text
    assert [page.count(text) for text in ("Firefox, Linux", "Chrome, Mac", "Unknown browser", "Safari", "Edge")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    assert page.count(">This browser<") == 1
    assert await ends(bob) == [], "there is no other one"
    paths = await ends(here)
    assert len(paths) == 2
    for path in (
        *paths,
        paths[0],
        f"/account/sessions/{claims_id(bob)}/end",
        "/account/sessions/%00/end",
        "/account/sessions/x/end",
    ):
        answer = await here.send("POST", path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert [await each.who() for each in (here, there, unknown, bob, grace)] == ["ada", "", "", "bob", "grace"]
    assert (await people.api.post(paths[0])).status_code == 401
    own = await here.send("POST", f"/account/sessions/{claims_id(here)}/end")
    assert (own.headers["location"], here.token) == ("/sign-in", "")
    await desk.database.transact(lambda tx: sessions.end_all(["bob", "grace"], tx))
    assert await desk.database.db["sessions"].count_documents({}) == 0
    await signed_in("Firefox, Linux", "ada")
    await desk.database.db["sessions"].update_many({}, {"$set": {"ends_at": now}})
    assert "Firefox, Linux" not in (await (await signed_in("", "ada")).send("GET", "/account")).text


def claims_id(browser: Browser) -> str:
    """The id of the browser's session."""
    part = browser.token.split(".")[1]
    return str(json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sid"])


async def test_nobody_is_signed_out_everywhere_by_whoever_is_not_signed_in(people: People) -> None:
    assert (await people.api.post("/sign-out/everywhere")).status_code == 401
    sent = await people.browser().send("POST", "/sign-out/everywhere")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in")


async def test_other_sites_cannot_use_a_session(people: People, subtests: pytest.Subtests) -> None:
    browser = await people.signed_in()
    for path in ("/sign-out", "/sign-out/everywhere", "/unsubscribe/x", "/preferences/x", "/sign-in/x", "/sign-in"):
        with subtests.test(path):
            for headers in ({"origin": "https://evil.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}):
                assert (await browser.send("POST", path, headers)).status_code == 403
            assert await browser.who() == "ada"


async def test_a_session_that_somebody_planted_is_not_taken_over(people: People, publish: Publisher) -> None:
    await publish.contact("mallory")
    await publish.applied()
    mallory = await people.signed_in("mallory@example.org")
    victim = people.browser()
    victim.token = planted = mallory.token
    await victim.send("POST", link_in(await people.mail(ADA, people.browser())))
    assert victim.token != planted
    assert await victim.who() == "ada"
    assert await mallory.who() == "", "the planted session ends"


async def test_of_two_tabs_one_signs_in_and_both_are_signed_in(people: People) -> None:
    browser = people.browser()
    link = link_in(await people.mail(ADA, browser))
    for _ in range(2):
        assert (await browser.send("GET", link)).status_code == 200
    assert [(await browser.send("POST", link)).status_code for _ in range(2)] == [303, 410]
    assert await browser.who() == "ada"
    await browser.send("POST", "/sign-out")
    assert await browser.who() == ""


async def test_erasure_and_another_address_end_sessions_and_void_links(people: People, publish: Publisher) -> None:
    moved = await people.signed_in()
    old = link_in(await people.mail(ADA, people.browser()))
    await publish.contact("ada", 2, email="ada@other.example")
    await publish.applied()
    assert await moved.who() == ""
    assert (await people.browser().send("POST", old)).status_code == 410
    again = await people.signed_in("ada@other.example")
    assert await again.who() == "ada"
    await publish.erase()
    await publish.applied()
    assert await again.who() == ""
    assert (await people.browser().ask("ada@other.example")).status_code == 200
    assert len(people.to("ada@other.example")) == 1


async def test_a_change_of_keys_signs_nobody_out(people: People, desk: Desk) -> None:
    before = await people.signed_in()
    key_due = {"$set": {"signs_until": clock.now()}}
    assert (await desk.database.db["signing_keys"].update_one({"_id": 1}, key_due)).modified_count == 1
    await desk.database.transact(sessions_of(desk).rotate)
    after = await people.signed_in()
    assert key_id(before.token) != key_id(after.token)
    assert [await browser.who() for browser in (before, after)] == ["ada", "ada"]


async def test_when_the_signing_key_is_revoked_all_are_signed_out_and_sign_in_again_at_once(people: People) -> None:
    browsers = [await people.signed_in(), await people.signed_in()]
    unused = link_in(await people.mail(ADA, people.browser()))
    [leaked] = (await people.api.get("/signing-keys")).json()
    assert (leaked["id"], leaked["signs"]) == (key_id(browsers[0].token), True)
    for _ in range(2):  # the second time, the answer was lost
        assert (await people.api.delete(f"/signing-keys/{leaked['id']}")).status_code == 204
    assert [await browser.who() for browser in browsers] == ["", ""]
    [new] = (await people.api.get("/signing-keys")).json()
    browser = people.browser()
    assert (await browser.send("POST", unused)).status_code == 303
    assert (await browser.who(), key_id(browser.token)) == ("ada", new["id"])
    entries = (await people.api.get("/audit")).json()["entries"]
    assert [(entry["ids"], entry["status"]) for entry in entries if entry["method"] == "DELETE"] == [
        ({"id": leaked["id"]}, 204)
    ] * 2


async def test_with_another_session_key_sessions_hold_and_new_ones_are_signed_with_a_new_key(people: People, desk: Desk) -> None:
    before = await people.signed_in()
    sessions = sessions_of(desk, SecretStr(Fernet.generate_key().decode()))
    await desk.database.transact(sessions.rotate)
    token = await desk.database.transact(lambda tx: sessions.start(["ada"], tx))
    assert key_id(token) != key_id(before.token)
    after = people.browser()
    after.token = token
    assert [await browser.who() for browser in (before, after)] == ["ada", "ada"]


async def test_a_token_signed_by_somebody_else_signs_nobody_in(people: People) -> None:
    browser = await people.signed_in()
    now = clock.now().replace(microsecond=0)
    session = SignInSession("s", "ada", 2**52, now, now + LIFETIME)
    for id in (key_id(browser.token), "k"):
        browser.token = signed(session, new_key(id, now - timedelta(days=1), now + timedelta(days=30)))
        assert await browser.who() == ""


async def test_what_is_stored_opens_no_session(people: People, desk: Desk) -> None:
    browser = await people.signed_in()
    await until(lambda: len(people.to(ADA)) == 1)
    stored = ""
    for name in ("sign_in_requests", "sign_in_counts", "signing_keys", "session_keys", "ended_sessions", "sessions"):
        stored += str(await desk.database.db[name].find().to_list(100))
    for secret in (browser.token, link_in(people.to(ADA)[0]).rpartition("/")[2], ADA):
        assert secret not in stored
    [key] = await SigningKeys(desk.database.db, Cipher(Settings().session_key)).all()
    assert key.key.d
    assert key.key.d not in stored
