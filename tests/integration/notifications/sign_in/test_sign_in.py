"""Signing in by mail: with the whole service, on real servers."""

import asyncio
import re
import statistics
import time
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from notifications.settings import Settings
from notifications.sign_in.domain import MOST_FOR_ADDRESS, MOST_FROM_NETWORK, MOST_TRIES, WINDOW, window_start
from notifications.suppressions.repository import Suppressions
from shared.web.access.sessions import COOKIE
from support.desk import Desk
from support.notified import Publisher
from support.patience import until
from support.signing_in import Browser, People, code_in, link_in, text_of

ADA = "ada@example.org"


async def test_a_link_signs_in_once_and_only_by_its_button(people: People) -> None:
    asking, reading = people.browser(), people.browser()
    mail = await people.mail(ADA, asking)
    link = link_in(mail)
    for method in ("GET", "HEAD", "GET"):  # as scanners do
        shown = await reading.send(method, link)
        assert (shown.status_code, reading.seen) == (200, [])
    shown = await reading.send("GET", link)
    assert f'<form method="post" action="{link}"><button>Sign in</button></form>' in shown.text
    assert ADA in shown.text

    answer = await reading.send("POST", link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    [cookie] = reading.seen
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{COOKIE}=")
    assert attributes == {"httponly", "secure", "samesite=lax", "path=/", "max-age=604800"}
    assert await reading.who() == "ada"
    assert await asking.who() == ""

    thief = people.browser()
    for method in ("GET", "POST"):
        stolen = await thief.send(method, link)
        assert (stolen.status_code, thief.seen) == (410, [])
    assert (await asking.send("POST", "/sign-in/code", request=asking.request_id, code=code_in(mail))).status_code == 422
    assert await reading.who() == "ada"


async def test_a_code_signs_in_the_browser_that_asked_and_no_other(people: People) -> None:
    asking, other = people.browser(), people.browser()
    mail = await people.mail(ADA, asking, next="/account?a=b")
    code = code_in(mail)
    await other.ask(ADA)
    refused = await other.send("POST", "/sign-in/code", request=other.request_id, code=code)
    assert (refused.status_code, other.seen) == (422, [])
    assert 'role="alert"' in refused.text
    answer = await asking.send("POST", "/sign-in/code", request=asking.request_id, code=code)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?a=b")
    assert await asking.who() == "ada"
    assert (await other.send("POST", link_in(mail))).status_code == 410


async def test_a_code_can_be_tried_a_few_times_and_the_link_is_valid_all_the_same(people: People) -> None:
    asking = people.browser()
    mail = await people.mail(ADA, asking)
    code = code_in(mail)
    wrong = "1111 1111" if code != "1111 1111" else "2222 2222"
    for _ in range(MOST_TRIES):
        assert (await asking.send("POST", "/sign-in/code", request=asking.request_id, code=wrong)).status_code == 422
    assert (await asking.send("POST", "/sign-in/code", request=asking.request_id, code=code)).status_code == 422
    assert (await asking.send("POST", link_in(mail))).status_code == 303


async def test_a_code_without_a_request_is_refused(people: People, subtests: pytest.Subtests) -> None:
    for form in [{}, {"request": "x"}, {"code": "1"}, {"request": "x" * 5000, "code": "\0"}]:
        with subtests.test(repr(form)[:40]):
            assert (await people.browser().send("POST", "/sign-in/code", None, **form)).status_code == 422


async def test_nobody_can_tell_addresses_apart(people: People, publish: Publisher, desk: Desk) -> None:
    await publish.staff()
    await publish.contact("bounced")
    await publish.contact("often")
    await publish.applied()
    suppressions = Suppressions(desk.database.db, Settings().unsubscribe_key)
    bounced = suppressions.id("bounced@example.org")
    assert await desk.database.transact(lambda tx: suppressions.suppress(bounced, "hard_bounce", "t", tx))
    for _ in range(MOST_FOR_ADDRESS):
        await people.browser().ask("often@example.org")
    pages = {}
    for email in (ADA, "grace@observatory.example", "bounced@example.org", "often@example.org", "nobody@example.org"):
        browser = people.browser()
        pages[email] = [seen(await browser.ask(email), browser, email)]
        for _ in range(MOST_TRIES + 1):
            tried = await browser.send("POST", "/sign-in/code", request=browser.request_id, code="1111 1111")
            pages[email].append(seen(tried, browser, email))
    assert all(page == pages[ADA] for page in pages.values())
    await until(lambda: people.to(ADA))
    assert people.to("nobody@example.org") == people.to("bounced@example.org") == []


def seen(answer: httpx.Response, browser: Browser, email: str) -> tuple[int, dict[str, str], str]:
    """All that whoever asked can see, but for what is random in every answer, and the address as it was typed."""
    left_out = ("date", "x-correlation-id", "content-length")
    headers = {name: value for name, value in answer.headers.items() if name not in left_out}
    return answer.status_code, headers, answer.text.replace(browser.request_id, "ID").replace(email, "ADDRESS")


async def test_it_takes_as_long_for_a_known_address_as_for_an_unknown_one(people: People, publish: Publisher) -> None:
    """Other load on the machine can hit one kind harder in a round, but not again and again."""
    count = 25
    for number in range(count):
        await publish.contact(f"known{number}")
    await publish.applied()
    addresses = [f"{kind}{number}@example.org" for kind in ("known", "unknown") for number in range(count)]
    shuffled = Random(13)
    rounds = []
    for _ in range(MOST_FOR_ADDRESS):
        shuffled.shuffle(addresses)
        rounds.append(await differences(people, addresses))
        if max(rounds[-1]) < 1 / 4:
            return
    pytest.fail(f"known and unknown addresses differ in each round: {rounds}")


async def differences(people: People, addresses: list[str]) -> list[float]:
    """By how much the median times of known and unknown addresses differ, as a part of the longer one: to ask, to try a code."""
    seconds: dict[bool, tuple[list[float], list[float]]] = {True: ([], []), False: ([], [])}
    for address in addresses:
        browser = people.browser()
        to_ask, to_try = seconds[address.startswith("known")]
        started = time.perf_counter()
        await browser.ask(address)
        asked = time.perf_counter()
        await browser.send("POST", "/sign-in/code", request=browser.request_id, code="1111 1111")
        to_ask.append(asked - started)
        to_try.append(time.perf_counter() - asked)
    pairs = [[statistics.median(times) for times in kinds] for kinds in zip(*seconds.values(), strict=True)]
    return [1 - min(pair) / max(pair) for pair in pairs]


async def test_many_tries_on_one_address_lock_nobody_out_who_has_the_mail(people: People, desk: Desk) -> None:
    stranger = people.browser()
    began = window_start(datetime.now(UTC))
    for _ in range(3 * MOST_FOR_ADDRESS):
        assert (await stranger.ask(ADA)).status_code == 200
        await stranger.send("POST", "/sign-in/code", request=stranger.request_id, code="1111 1111")
    windows = 1 + (window_start(datetime.now(UTC)) - began) // WINDOW
    await until(lambda: len(people.to(ADA)) >= MOST_FOR_ADDRESS)
    for mail in people.to(ADA):
        reading = people.browser()
        assert (await reading.send("POST", link_in(mail))).status_code == 303
        assert await reading.who() == "ada"
    assert len(people.to(ADA)) <= windows * MOST_FOR_ADDRESS
    in_all = await desk.database.db["sign_in_counts"].find({"_id": {"$regex": "^all/"}}).to_list(10)
    assert sum(count["requests"] for count in in_all) <= windows * MOST_FOR_ADDRESS, "nor does it use up what others need"


async def test_many_ask_at_the_same_moment_and_all_are_answered_and_counted(people: People, desk: Desk) -> None:
    asked = [people.browser().ask(f"stranger{number}@example.org") for number in range(10)]
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * 10
    counts = await desk.database.db["sign_in_counts"].find({"_id": {"$regex": "^(network|all)/"}}).to_list(10)
    assert sum(count["requests"] for count in counts) == 2 * 10


async def test_too_many_requests_are_refused_whatever_the_address(people: People, desk: Desk) -> None:
    browser = people.browser()
    await browser.ask("first@example.org")
    counts = desk.database.db["sign_in_counts"]
    changed = await counts.update_many({"_id": {"$regex": "^network/"}}, {"$set": {"requests": MOST_FROM_NETWORK}})
    assert changed.modified_count == 1
    answers = [await browser.ask(email) for email in (ADA, "nobody@example.org")]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert all(0 < int(answer.headers["retry-after"]) <= 900 for answer in answers)
    assert answers[0].text.replace(ADA, "") == answers[1].text.replace("nobody@example.org", "")


async def test_what_is_no_address_is_refused(people: People, subtests: pytest.Subtests) -> None:
    for email in ["", "ada", "ada@", "a@b@c", "ada@example.org\nBcc: x@example.org", "x" * 5000, "<script>"]:
        with subtests.test(email[:40]):
            answer = await people.browser().ask(email)
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
            assert "<script>" not in answer.text


async def test_what_is_no_form_is_refused(people: People, subtests: pytest.Subtests) -> None:
    for body in [b"\xff", b"email=" + b"&a=b" * 100, b'{"email": "ada@example.org"}', b""]:
        with subtests.test(repr(body[:40])):
            for path in ("/sign-in", "/sign-in/code"):
                assert (await people.api.post(path, content=body)).status_code == 422
            assert (await people.api.post("/sign-in", content=b"x" * 10_000)).status_code == 413


async def test_a_link_that_is_not_ours_signs_nobody_in(people: People, subtests: pytest.Subtests) -> None:
    for token in ["x", "code2", "a" * 3000, "%00", "%F0%9F", "$ne"]:
        with subtests.test(token[:40]):
            for method in ("GET", "POST"):
                answer = await people.browser().send(method, f"/sign-in/{token}")
                assert answer.status_code in (404, 410)
                assert "set-cookie" not in answer.headers


async def test_another_spelling_of_the_address_is_the_same_address(people: People) -> None:
    browser = people.browser()
    assert (await browser.ask(" Ada@Example.ORG ")).status_code == 200
    await until(lambda: people.to(ADA))


async def test_staff_sign_in_and_mail_goes_out_whatever_they_switched_off(people: People, publish: Publisher) -> None:
    await publish.staff()
    await publish.staff("ada", "o2")
    await publish.contact("bob", consent=False)
    await publish.applied()
    assert await (await people.signed_in("grace@observatory.example")).who() == "grace"
    assert await (await people.signed_in("bob@example.org")).who() == "bob"
    for email in (ADA, "ada@observatory.example"):  # who is both has two addresses
        assert await (await people.signed_in(email)).who() == "ada"


async def test_a_merged_person_signs_in_as_the_one_they_are(people: People, publish: Publisher) -> None:
    await publish.contact("bob")
    await publish.applied()
    before = await people.signed_in()
    await publish.contact("ada", 2, merged_into="bob")
    await publish.applied()
    assert await before.who() == ""
    assert await (await people.signed_in()).who() == await (await people.signed_in("bob@example.org")).who() == "bob"


async def test_an_address_that_takes_no_mail_gets_none(people: People, desk: Desk, publish: Publisher) -> None:
    await publish.contact("bounced")
    await publish.applied()
    suppressions = Suppressions(desk.database.db, Settings().unsubscribe_key)
    address_id = suppressions.id("bounced@example.org")
    await desk.database.transact(lambda tx: suppressions.suppress(address_id, "hard_bounce", "token", tx))
    browser = people.browser()
    assert (await browser.ask("bounced@example.org")).status_code == 200
    messages = desk.database.db["messages"]
    ended = await until(lambda: messages.find_one({"recipient": "bounced", "kind": "sign_in"}))
    assert ended
    assert (ended["state"], ended["answer"], people.to("bounced@example.org")) == ("suppressed", "hard_bounce", [])


async def test_the_mail_and_the_pages_are_in_the_language_of_the_reader(people: People, publish: Publisher) -> None:
    german = {"accept-language": "de-AT,en;q=0.5"}
    browser = people.browser()
    answer = await browser.send("POST", "/sign-in", german, email=ADA)
    assert '<html lang="de">' in answer.text
    mail = await until(lambda: people.to(ADA)[-1:])
    assert mail[0]["Subject"] == "Anmelden bei Opportunity Desk"
    assert mail[0]["Content-Language"] == "de"
    await publish.contact("ada", 2, locale="en")
    await publish.applied()
    await browser.send("POST", "/sign-in", german, email=ADA)
    await until(lambda: len(people.to(ADA)) == 2)
    assert people.to(ADA)[-1]["Subject"] == "Sign in to Opportunity Desk"


async def test_other_links_in_mails_sign_nobody_in(people: People) -> None:
    browser = people.browser()
    mail = await people.mail(ADA, browser)
    found = re.search(r"http\S+/preferences/\S+", text_of(mail))
    assert found
    path = urlsplit(found[0]).path
    for method, where in (("GET", path), ("POST", path), ("POST", path.replace("preferences", "sign-in"))):
        assert "set-cookie" not in (await browser.send(method, where, digest="daily")).headers
    token = path.rpartition("/")[2]
    assert (await browser.send("POST", f"/sign-in/{token}")).status_code == 410
    browser.token = token
    assert await browser.who() == ""


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_led_to_another_site(people: People, next: str) -> None:
    browser = people.browser()
    mail = await people.mail(ADA, browser, next=next)
    assert (await browser.send("POST", link_in(mail))).headers["location"] == "/home"
    signed_in = await people.api.get("/sign-in", params={"next": next}, headers={"cookie": f"{COOKIE}={browser.token}"})
    assert signed_in.headers["location"] == "/home"
    assert next not in (await people.api.get("/sign-in", params={"next": next})).text


async def test_a_page_that_needs_somebody_is_come_back_to(people: People) -> None:
    browser = people.browser()
    sent = await browser.send("GET", "/account?x=1", {"accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Faccount%3Fx%3D1")
    form = await browser.send("GET", sent.headers["location"])
    assert '<input type="hidden" name="next" value="/account?x=1">' in form.text
    mail = await people.mail(ADA, browser, next="/account?x=1")
    assert (await browser.send("POST", link_in(mail))).headers["location"] == "/account?x=1"
    assert ADA in (await browser.send("GET", "/account?x=1")).text
