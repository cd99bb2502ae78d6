"""The pages behind the links in a mail, over HTTP and in a real browser."""

import re
from collections.abc import AsyncIterator
from itertools import product
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route

from notifications.contacts.domain import Contact, Preferences
from notifications.mail.content import MailContent, NamedListing
from support.browser import assert_everybody_can_read
from support.desk import ADA, PUBLIC_URL, Desk
from support.serving import serving


@pytest.fixture
async def api(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(desk.app) as api:
        yield api


def path(url: str) -> str:
    assert url.startswith(PUBLIC_URL)
    return urlsplit(url).path


def checked(html: str) -> set[str]:
    """What is chosen on the page of preferences."""
    inputs = re.findall(r'<input type="\w+" name="(\w+)" value="(\w+)"( checked)?>', html)
    options = re.findall(r'<option (?:value="([^"]*)")?[^>]* selected>', html)
    return {f"{name}={value}" for name, value, is_checked in inputs if is_checked} | set(options)


# Preferences


async def test_a_choice_is_kept_shown_and_changed_again(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    link = path(desk.links.preferences(ADA))
    first = await api.get(link)
    assert first.status_code == 200
    assert checked(first.text) == {"digest=instant", "kind=listing_closing", "kind=invitation", "kind=round_opened"}

    form = {"digest": "weekly", "kind": ["invitation", "round_opened"], "language": "de", "time_zone": "Asia/Kolkata"}
    saved = await api.post(link, data=form)
    assert saved.status_code == 200
    assert '<html lang="de">' in saved.text
    assert 'role="status"' in saved.text
    kept = Preferences("weekly", frozenset({"listing_closing"}), "de", "Asia/Kolkata")
    assert (await desk.person()).preferences == kept
    again = await api.get(link)
    assert checked(again.text) == {"digest=weekly", "kind=invitation", "kind=round_opened", "de", "Asia/Kolkata"}
    assert 'role="status"' not in again.text

    await api.post(link, data={"digest": "never", "none": "1"})
    person = await desk.person()
    assert person.unsubscribed
    assert person.preferences == Preferences("weekly", frozenset({"matches", "listing_closing", "invitation", "round_opened"}))
    await api.post(link, data={"digest": "daily", "kind": ["listing_closing", "invitation", "round_opened"]})
    person = await desk.person()
    assert not person.unsubscribed
    assert person.preferences == Preferences("daily")


async def test_only_queued_mails_that_were_switched_off_are_suppressed(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    off, on, offer = await desk.write("round_opened"), await desk.write("listing_closing"), await desk.write("offer")
    await api.post(path(desk.links.preferences(ADA)), data={"digest": "instant", "kind": ["listing_closing"]})
    assert [(await desk.message(token))["state"] for token in (off, on, offer)] == ["suppressed", "queued", "queued"]
    assert await desk.told(off) == ["suppressed"]


async def test_a_choice_that_there_is_not_changes_nothing_and_says_so(
    desk: Desk, api: httpx.AsyncClient, subtests: pytest.Subtests
) -> None:
    await desk.attendee()
    for form in (b"digest=hourly", b"", b"digest=daily&kind=offer", b"digest=daily&time_zone=Mars", b"\xff\xfe", b"a=b&" * 200):
        with subtests.test(repr(form[:40])):
            answer = await api.post(path(desk.links.preferences(ADA)), content=form)
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
            assert (await desk.person()).preferences == Preferences()


async def test_hosts_choose_what_hosts_get(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.host()
    link = path(desk.links.preferences("grace"))
    assert checked((await api.get(link)).text) == {"kind=host_summary"}
    await api.post(link, data={})
    assert (await desk.person("grace")).preferences.off == {"host_summary"}


async def test_who_has_not_agreed_to_mails_is_told_that_the_choice_waits_for_it(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee(consent=False)
    assert "You have not agreed" in (await api.get(path(desk.links.preferences(ADA)))).text
    await desk.attendee("bob" * 10, "bob@uni.example")
    assert "You have not agreed" not in (await api.get(path(desk.links.preferences("bob" * 10)))).text


async def test_an_unsubscribe_of_an_unknown_person_is_kept_under_their_id_alone(desk: Desk, api: httpx.AsyncClient) -> None:
    link, unsubscribe = path(desk.links.preferences(ADA)), path(desk.links.unsubscribe(ADA))
    assert (await api.get(link)).status_code == 410
    assert (await api.post(link, data={"digest": "daily"})).status_code == 410
    assert await desk.contacts.get(ADA) is None
    assert "You are unsubscribed" in (await api.post(unsubscribe)).text
    person = await desk.person()
    assert person.unsubscribed_at
    assert person == Contact(ADA, unsubscribed_at=person.unsubscribed_at)
    assert (await api.get(link)).status_code == 410
    assert (await api.post(link, data={"digest": "daily"})).status_code == 410
    assert "You are unsubscribed" in (await api.get(unsubscribe)).text
    assert "You are subscribed again" in (await api.post(f"{unsubscribe}/undo")).text
    assert await desk.contacts.get(ADA) is None


async def test_who_was_merged_into_another_unsubscribes_and_chooses_for_both(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee("bob", "bob@uni.example")
    await desk.attendee(consent=False, merged_into="bob")
    unsubscribe = path(desk.links.unsubscribe(ADA))
    queued = await desk.write("round_opened", "bob")
    await api.post(unsubscribe)
    assert ((await desk.person()).unsubscribed, (await desk.person("bob")).unsubscribed) == (True, True)
    assert (await desk.message(queued))["state"] == "suppressed"
    await api.post(f"{unsubscribe}/undo")
    assert ((await desk.person()).unsubscribed, (await desk.person("bob")).unsubscribed) == (False, False)

    choose = path(desk.links.preferences(ADA))
    assert "You have not agreed" not in (await api.get(choose)).text
    assert "digest=weekly" in checked((await api.post(choose, data={"digest": "weekly"})).text)
    assert (await desk.person("bob")).preferences == Preferences(
        "weekly", frozenset({"listing_closing", "invitation", "round_opened"})
    )


# Unsubscribe


async def test_get_only_asks_and_one_post_without_cookie_or_redirect_unsubscribes(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    link = path(desk.links.unsubscribe(ADA))
    queued = await desk.write("round_opened")
    asked = await api.get(link)
    assert "<button>Unsubscribe</button>" in asked.text
    assert desk.links.preferences(ADA) in asked.text
    await api.head(link)
    assert not (await desk.person()).unsubscribed, "to follow a link must change nothing"
    for form in ({"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": (None, "One-Click")}}):
        done = await api.post(link, **form)
        assert done.status_code == 200
        assert "You are unsubscribed" in done.text
        assert "set-cookie" not in done.headers
    assert (await desk.person()).unsubscribed
    assert (await desk.message(queued))["state"] == "suppressed"
    assert "You are unsubscribed" in (await api.get(link)).text
    assert "You are subscribed again" in (await api.post(f"{link}/undo")).text
    assert not (await desk.person()).unsubscribed


async def test_pages_speak_the_language_of_the_person_else_that_of_the_browser(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee(locale="de-AT")
    answer = await api.get(path(desk.links.unsubscribe(ADA)), headers={"accept-language": "en-US,en;q=0.9"})
    assert '<html lang="de">' in answer.text
    assert answer.headers["content-language"] == "de"
    assert "Abbestellen?" in answer.text
    nobodys = await api.get("/unsubscribe/x", headers={"accept-language": "de-CH, en;q=0.8"})
    assert '<html lang="de">' in nobodys.text
    assert '<html lang="en">' in (await api.get("/unsubscribe/x", headers={"accept-language": "xx"})).text


async def test_a_link_that_is_not_ours_or_for_another_purpose_opens_and_changes_nothing(
    desk: Desk, api: httpx.AsyncClient
) -> None:
    await desk.attendee()
    token = await desk.sent()
    signed = {purpose: url.rpartition("/")[2] for purpose, url in links_of(desk, token).items()}
    for purpose in signed:
        wrong = ["x", "x.y", ADA, f"{ADA}.{'A' * 43}", *(other for name, other in signed.items() if name != purpose)]
        for text in wrong:
            assert (await api.get(f"/{purpose}/{text}")).status_code == 404
            if purpose != "mail":
                assert (await api.post(f"/{purpose}/{text}", data={"digest": "never"})).status_code == 404
    assert (await api.get(f"/mail/{token}")).status_code == 404, "the token is in the Message-ID, which others see"
    person = await desk.person()
    assert (person.unsubscribed, person.preferences) == (False, Preferences())


def links_of(desk: Desk, token: str) -> dict[str, str]:
    return {
        "unsubscribe": desk.links.unsubscribe(ADA),
        "preferences": desk.links.preferences(ADA),
        "mail": desk.links.view(token),
    }


async def test_no_page_is_kept_framed_indexed_or_tells_where_one_came_from(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    urls = links_of(desk, await desk.sent()).values()
    for page in [*map(path, urls), "/unsubscribe/x", "/preferences/x", "/mail/x"]:
        headers = (await api.get(page)).headers
        assert "no-store" in headers["cache-control"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src ")
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy or "script" not in policy


# The mail in the browser


async def test_a_mail_is_shown_as_it_was_sent_until_it_is_not_kept_any_more(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    listing = NamedListing("l1", "<script>alert(1)</script> Solar flares", "SunPy")
    token = await desk.sent("listing_closing", content=MailContent(listing=listing))
    link = path(desk.links.view(token))
    shown = await api.get(link)
    assert shown.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Solar flares" in shown.text
    assert "sandbox" in shown.headers["content-security-policy"]
    await desk.database.db["bodies"].update_many({}, {"$set": {"kept_until": (await desk.message(token))["created_at"]}})
    gone = await api.get(link)
    assert gone.status_code == 410
    assert "Solar" not in gone.text


async def test_a_sensitive_mail_is_gone_once_it_is_sent(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.attendee()
    token = await desk.sent("offer")
    gone = await api.get(path(desk.links.view(token)))
    assert gone.status_code == 410
    assert "30 days" in gone.text
    assert (await api.get(path(desk.links.view("0" * 32)))).status_code == 410


# In a browser


async def as_public(context: BrowserContext, api: httpx.AsyncClient) -> None:
    """The browser finds the service under its public address."""

    async def relay(route: Route) -> None:
        url = str(api.base_url).rstrip("/") + urlsplit(route.request.url).path
        await route.fulfill(response=await route.fetch(url=url))

    await context.route(f"{PUBLIC_URL}/**", relay)


async def opened(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    """The page, and a list that gets whatever the browser complains of."""
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    await page.goto(url)
    return page, complaints


async def test_everybody_can_read_and_use_every_page(
    desk: Desk, api: httpx.AsyncClient, browser: Browser, subtests: pytest.Subtests
) -> None:
    await desk.attendee(locale="de")
    await desk.attendee("bob", "bob@uni.example", consent=False)
    token = await desk.sent("listing_closing", content=MailContent(listing=NamedListing("l1", "W" * 200, "SunPy")))
    urls = [desk.links.preferences(ADA), desk.links.preferences("bob"), desk.links.preferences("nobody")]
    urls += [desk.links.unsubscribe(ADA), f"{PUBLIC_URL}/unsubscribe/x", desk.links.view("0" * 32), desk.links.view(token)]
    for width, scheme in product((320, 600), ("light", "dark")):
        with subtests.test(f"{width} {scheme}"):
            context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
            await as_public(context, api)
            for url in urls:
                page, complaints = await opened(context, url)
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, url
                if url != desk.links.view(token):  # its own tests look at it, as its policy keeps out what looks
                    await assert_everybody_can_read(page)
                assert [line for line in complaints if "status of 4" not in line] == [], url
                await page.close()
            page, _ = await opened(context, desk.links.preferences(ADA))
            await page.locator("main").get_by_role("button").click()
            await assert_everybody_can_read(page)
            for target in await page.locator("label.choice, select, button").all():
                box = await target.bounding_box()
                assert box
                assert box["height"] >= 44
            await context.close()


async def test_a_choice_is_made_with_the_keyboard_and_without_scripts(
    desk: Desk, api: httpx.AsyncClient, browser: Browser
) -> None:
    await desk.attendee()
    context = await browser.new_context(java_script_enabled=False)
    await as_public(context, api)
    page, complaints = await opened(context, desk.links.unsubscribe(ADA))
    await page.get_by_role("button", name="Unsubscribe").press("Enter")
    await page.get_by_role("heading", name="You are unsubscribed").wait_for()
    await page.get_by_role("link", name="Choose which mails you get").press("Enter")
    none = page.get_by_role("checkbox", name="Send me none of these")
    assert await none.is_checked()
    await none.press("Space")
    await page.get_by_role("radio", name="As soon as there are any").press("ArrowDown")
    await page.get_by_role("checkbox", name="A match day opens").press("Space")
    await page.get_by_label("Time zone").select_option("Europe/Berlin")
    await page.get_by_label("Language").select_option("de")
    await page.get_by_role("button", name="Save").press("Enter")
    await page.get_by_role("status").wait_for()
    assert await page.get_by_role("button", name="Speichern").is_visible()
    person = await desk.person()
    assert person.preferences == Preferences("daily", frozenset({"round_opened"}), "de", "Europe/Berlin")
    assert not person.unsubscribed
    assert not complaints


async def test_only_the_links_of_a_mail_in_the_browser_work(desk: Desk, api: httpx.AsyncClient, browser: Browser) -> None:
    await desk.attendee()
    token = await desk.sent("listing_closing", content=MailContent(listing=NamedListing("l1", "Solar flares", "SunPy")))
    body = await desk.database.db["bodies"].find_one({})
    assert body
    evil = b"<script>document.title =3D 'run'</script><img src=3D'https://elsewhere.example/x.png'>\r\n</body>"
    mail = bytes(body["mail"])
    assert mail.count(b"</body>") == 1
    await desk.database.db["bodies"].update_one({}, {"$set": {"mail": mail.replace(b"</body>", evil)}})
    context = await browser.new_context()
    await as_public(context, api)
    left: list[str] = []

    async def note(route: Route) -> None:
        left.append(route.request.url)
        await route.abort()

    await context.route("https://elsewhere.example/**", note)
    page, complaints = await opened(context, desk.links.view(token))
    assert await page.title() != "run"
    assert len([line for line in complaints if "Content Security Policy" in line or "sandbox" in line]) >= 2
    assert not left
    await page.locator(f"a[href^='{PUBLIC_URL}/preferences/']").first.click()
    await page.get_by_role("heading", name="Which mails you get").wait_for()
    await page.get_by_role("radio", name="Never").check()
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("status").wait_for()
    assert "matches" in (await desk.person()).preferences.off
