"""Signing in with passkeys: with the whole service, on real servers."""

import re
from datetime import timedelta

from notifications.sign_in.domain import MOST_FROM_NETWORK
from notifications.sign_in.passkeys.api import TICKET
from notifications.sign_in.passkeys.domain.records import new_challenge
from notifications.sign_in.passkeys.repository import Challenges
from shared import clock
from shared.web.access.sessions import COOKIE
from support.authenticator import PRESENT
from support.desk import Desk
from support.notified import Publisher
from support.passkeys import add, device, options_to_add, options_to_sign_in, sign_in, use
from support.signing_in import People


async def test_a_passkey_starts_the_same_session_as_a_link(people: People) -> None:
    first, phone = await people.signed_in(), device()
    by_link = first.seen[-1]
    added = await add(first, phone)
    assert (added.status_code, added.json()) == (200, {"next": "/account"})
    second = people.browser()
    answer = await sign_in(second, phone, "/account?a=b")
    assert (answer.status_code, answer.json()) == (200, {"next": "/account?a=b"})
    by_passkey = next(cookie for cookie in second.seen if cookie.startswith(COOKIE))
    assert by_passkey.partition(";")[2] == by_link.partition(";")[2]
    assert [await browser.who() for browser in (first, second)] == ["ada", "ada"]
    ticket = next(cookie for cookie in second.seen if cookie.startswith(TICKET))
    assert {part.strip().lower() for part in ticket.split(";")[1:]} == {
        "httponly",
        "secure",
        "samesite=strict",
        "path=/",
        "max-age=300",
    }
    assert second.cookies[TICKET] == ""
    page = (await second.send("GET", "/account")).text
    assert "phone" in page
    assert "Last used on" in page
    assert (await sign_in(people.browser(), phone, "//evil.example")).json() == {"next": "/home"}


async def test_a_session_that_somebody_planted_is_not_taken_over(people: People, publish: Publisher) -> None:
    await publish.contact("mallory")
    await publish.applied()
    phone, mallory = device(), await people.signed_in("mallory@example.org")
    await add(await people.signed_in(), phone)
    victim = people.browser()
    victim.token = planted = mallory.token
    assert (await sign_in(victim, phone)).status_code == 200
    assert victim.token != planted
    assert [await browser.who() for browser in (victim, mallory)] == ["ada", ""]


async def test_a_challenge_is_valid_once_and_in_the_browser_that_asked(people: People, desk: Desk) -> None:
    ada, phone = await people.signed_in(), device()
    await add(ada, phone)
    asking, other = people.browser(), people.browser()
    given = phone.get(await options_to_sign_in(asking))
    assert (await use(other, given)).status_code == 403
    await options_to_sign_in(other)
    assert (await use(other, given)).status_code == 403
    ticket = asking.cookies[TICKET]
    assert (await use(asking, given)).status_code == 200
    asking.cookies[TICKET] = ticket
    asking.token = ""
    assert (await use(asking, given)).status_code == 403
    assert [await browser.who() for browser in (asking, other)] == ["", ""]

    late = phone.get(await options_to_sign_in(asking))
    await desk.database.db["passkey_challenges"].update_many({}, {"$set": {"expires_at": clock.now()}})
    assert (await use(asking, late)).status_code == 403

    for_adding = phone.get(await options_to_add(ada) | {"rpId": "desk.example.net"})
    ada.token, kept = "", ada.token
    assert (await use(ada, for_adding)).status_code == 403
    ada.token = kept
    for_signing_in = await options_to_sign_in(ada) | {"rp": {"id": "desk.example.net"}, "user": {"id": "AAAA"}}
    made = phone.create(for_signing_in)
    assert (await ada.send("POST", "/account/passkeys", json={"credential": made})).status_code == 403


async def test_a_failed_try_uses_the_challenge_up(people: People) -> None:
    phone, browser = device(), people.browser()
    await add(await people.signed_in(), phone)
    options = await options_to_sign_in(browser)
    ticket = browser.cookies[TICKET]
    assert (await use(browser, phone.get(options, change=lambda _: b"forged"))).status_code == 403
    browser.cookies[TICKET] = ticket
    assert (await use(browser, phone.get(options))).status_code == 403
    assert (await sign_in(browser, phone)).status_code == 200


async def test_what_a_passkey_did_not_sign_for_us_signs_nobody_in(people: People) -> None:
    phone, browser = device(), people.browser()
    await add(await people.signed_in(), phone)
    for instead in (
        {"client": {"origin": "https://evil.example"}},
        {"rp_id": "evil.example"},
        {"change": lambda signature: signature[::-1]},
    ):
        assert (await sign_in(browser, phone, **instead)).status_code == 403
    phone.flags = PRESENT
    assert (await sign_in(browser, phone)).status_code == 403
    stranger = device()
    stranger.create(await options_to_add(await people.signed_in()))
    assert (await sign_in(browser, stranger)).status_code == 404
    await options_to_sign_in(browser)
    for credential in ({}, {"id": None}, {"id": ["x"]}, {"id": "x" * 5000, "response": 1}):
        assert (await use(browser, credential)).status_code in (403, 404)
    assert (await browser.send("POST", "/sign-in/passkey", email="x")).status_code == 415
    assert browser.token == ""


async def test_a_passkey_that_may_have_been_copied_signs_nobody_in_and_its_owner_is_told(people: People) -> None:
    ada, phone, browser = await people.signed_in(), device(), people.browser()
    await add(ada, phone)
    assert (await sign_in(browser, phone)).status_code == 200
    phone.passkeys[-1].count = 0
    thief = people.browser()
    assert (await sign_in(thief, phone)).status_code == 409
    assert (thief.token, phone.passkeys[-1].count) == ("", 1)
    assert "There may be a copy" in (await ada.send("GET", "/account")).text
    assert (await sign_in(thief, phone)).status_code == 200, "the count is above the last one"


async def test_who_signs_out_everywhere_keeps_their_passkeys(people: People) -> None:
    ada, phone = await people.signed_in(), device()
    await add(ada, phone)
    begun = device().create(await options_to_add(ada))
    token = ada.token
    await ada.send("POST", "/sign-out/everywhere")
    ada.token = token
    begun_before = await ada.send("POST", "/account/passkeys", {"accept": "*/*"}, json={"credential": begun})
    assert begun_before.status_code == 401
    browser = people.browser()
    assert (await sign_in(browser, phone)).status_code == 200
    assert await browser.who() == "ada"


async def test_requests_are_limited_with_those_for_mails(people: People, desk: Desk) -> None:
    browser = people.browser()
    await options_to_sign_in(browser)
    counts = desk.database.db["sign_in_counts"]
    await counts.update_many({"_id": {"$regex": "^network/"}}, {"$set": {"requests": MOST_FROM_NETWORK}})
    refused = await browser.send("POST", "/sign-in/passkey/options")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert (await browser.ask("ada@example.org")).status_code == 429


async def test_one_script_of_our_own_runs_and_no_other(people: People) -> None:
    ada = await people.signed_in()
    for browser, path in ((people.browser(), "/sign-in"), (ada, "/account")):
        page = await browser.send("GET", path)
        scripts = re.findall(r'<script src="(/assets/notifications/([a-z]+)[^"]*)"', page.text)
        assert [name for _, name in scripts] == ["site", "passkeys"]
        assert page.text.count("<script") == 2
        policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
        assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
        script = await people.api.get(scripts[-1][0])
        assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")


async def test_what_is_stored_signs_nobody_in(people: People, desk: Desk) -> None:
    ada, phone, browser = await people.signed_in(), device(), people.browser()
    await add(ada, phone)
    await options_to_sign_in(browser)
    stored = str(await desk.database.db["passkey_challenges"].find().to_list(10))
    assert browser.cookies[TICKET] not in stored
    [passkey] = await desk.database.db["passkeys"].find().to_list(2)
    assert "@" not in str({name: value for name, value in passkey.items() if name not in ("public_key", "user_handle")})


async def test_old_challenges_are_deleted(desk: Desk) -> None:
    challenges, now = Challenges(desk.database.db), clock.now()
    await challenges.add("ticket", new_challenge("sign_in", now))
    await challenges.sweep(now)
    assert await challenges.take("ticket", "add", now) is None
    assert await challenges.take("ticket", "sign_in", now) is not None
    await challenges.add("late", new_challenge("sign_in", now - timedelta(minutes=6)))
    await challenges.sweep(now)
    assert await desk.database.db["passkey_challenges"].count_documents({}) == 0
