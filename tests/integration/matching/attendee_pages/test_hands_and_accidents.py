"""The attendee's pages by keyboard alone; and accidents: a session that ends, two clicks, two tabs."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Browser, Page

from support.answers import ok
from support.attendees import listed, profiled, settled
from support.browser import new_page, sign_in
from support.kafka import Kafka
from support.sessions import session_of
from support.sessions import sign_in as know_the_key

NOTE = "I should like to map stars."
MOST_TABS = 60
Opener = Callable[[], Awaitable[Page]]
_FOCUSED = """() => {
    const one = document.activeElement, shape = getComputedStyle(one);
    const words = one.matches('input, textarea, select') ? one.labels[0].innerText : one.innerText;
    return [words.trim(), one.matches('main') || (shape.outlineStyle !== 'none' && parseFloat(shape.outlineWidth) >= 2)];
}"""


@pytest.fixture
async def open_as_ada(api: httpx.AsyncClient, kafka: Kafka, browser: Browser) -> Opener:
    """Opens a browser in which Ada is signed in, who matches an internship."""
    await profiled(kafka)
    await listed(kafka, "l1", title="Map the night sky")
    await settled(kafka)
    await know_the_key("matching", "ada")

    async def opened() -> Page:
        page = await new_page(browser, 1280, "light", "en")
        await sign_in(page.context, api.base_url, session_of("ada"))
        return page

    return opened


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until this has the focus, which everything that gets it shows."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        focused, is_shown = await page.evaluate(_FOCUSED)
        assert is_shown, f"nothing shows that {focused!r} has the focus"
        if focused.startswith(words):
            return
    raise AssertionError(f"the keyboard does not reach {words!r} on {page.url}")


async def press(page: Page, words: str, key: str = "Enter") -> None:
    """Press this by the keyboard, and wait for where it leads."""
    await tab_to(page, words)
    async with page.expect_navigation():
        await page.keyboard.press(key)


async def test_an_attendee_applies_and_withdraws_by_the_keyboard_alone(open_as_ada: Opener, api: httpx.AsyncClient) -> None:
    page = await open_as_ada()
    await page.goto(f"{api.base_url}/my")
    await press(page, "Matches")
    await press(page, "Map the night sky")
    await press(page, "Apply")
    await tab_to(page, "Your name")
    await page.keyboard.type("Ada Lovelace")
    await tab_to(page, "Your letter")
    await page.keyboard.type(NOTE)
    await press(page, "See what they will see")
    await press(page, "Send the application", "Space")
    await page.get_by_text("Your application was sent").wait_for()
    await tab_to(page, "Withdraw the application")
    await page.keyboard.press("Space")
    await press(page, "Withdraw", "Space")
    assert "no longer sees what you wrote" in await page.locator("main").inner_text()


async def test_ideas_that_wait_for_an_answer_come_from_another_service(open_as_ada: Opener, api: httpx.AsyncClient) -> None:
    page = await open_as_ada()
    card = '<article class="card turn"><h2>Stars for all</h2></article>'
    await page.route("**/my-ideas/turn", lambda route: route.fulfill(body=card, content_type="text/html"))
    await page.goto(f"{api.base_url}/my")
    await page.get_by_text("Stars for all").wait_for()
    assert not await page.get_by_text("Nothing is waiting for you").is_visible()
    await page.unroute_all()
    await page.reload(wait_until="networkidle")  # the other service does not answer
    assert await page.get_by_text("Nothing is waiting for you").is_visible()


async def test_accidents_change_nothing_twice_and_lose_nothing(open_as_ada: Opener, api: httpx.AsyncClient) -> None:
    page = await open_as_ada()
    await page.goto(f"{api.base_url}/my/matches/l1/apply")
    await page.get_by_label("Your name").fill("Ada Lovelace")
    await page.get_by_label("Your letter").fill(NOTE)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="See what they will see").click()
    await page.get_by_text("Your session is over").wait_for()
    await sign_in(page.context, api.base_url, session_of("ada"))  # in another tab
    await page.get_by_role("button", name="Send it again").click()
    await page.get_by_role("heading", name="This is what they will see").wait_for()
    assert "?letter=" in page.url, "an address of its own, so that reloading asks nothing"
    await page.reload()
    assert NOTE in await page.locator("main").inner_text()
    await page.get_by_role("button", name="Send the application").dblclick()
    await page.get_by_text("Your application was sent").wait_for()
    assert len((await ok(api.get("/attendees/ada/applications")))["items"]) == 1

    second = await page.context.new_page()
    await second.goto(page.url)
    for tab in (page, second):
        await tab.get_by_text("Withdraw the application").click()
        async with tab.expect_navigation():
            await tab.get_by_role("button", name="Withdraw", exact=True).click()
    [application] = (await ok(api.get("/attendees/ada/applications")))["items"]
    assert [step["state"] for step in application["history"]] == ["submitted", "withdrawn"], "two tabs withdraw once"
    await page.go_back()
    assert await page.get_by_role("button", name="Withdraw", exact=True).count() == 0, "going back shows how things are now"
