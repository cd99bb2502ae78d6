"""The pages for signing in, in a real browser."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from shared.web.access.sessions import COOKIE
from support.browser import assert_everybody_can_use, new_page
from support.patience import until
from support.signing_in import People, code_in, link_in

ADA = "ada@example.org"


async def session_cookies(page: Page) -> list[Any]:
    return [cookie for cookie in await page.context.cookies() if cookie["name"] == COOKIE]


@pytest.mark.parametrize(("width", "scheme", "locale"), [(320, "light", "de-DE"), (600, "dark", "en-GB")])
async def test_a_browser_signs_in_by_link_and_by_code_and_out_without_scripts(
    people: People, browser: Browser, width: int, scheme: str, locale: str
) -> None:
    desk = str(people.api.base_url).rstrip("/")
    page = await new_page(browser, width, scheme, locale)
    complaints: list[str] = []
    # Chromium also notes there, without a complaint, what signing out has cleared.
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("warning", "error") else None)

    await page.goto(f"{desk}/account?from=here")
    await assert_everybody_can_use(page, "sign-in")
    await page.locator("#email").fill(ADA)
    await page.locator("#email").press("Enter")
    await assert_everybody_can_use(page, "sent")
    [mail] = await until(lambda: people.to(ADA)[-1:])
    await page.locator("#code").fill("1111 1111" if code_in(mail) != "1111 1111" else "2222 2222")
    await page.locator("form[action='/sign-in/code'] button").click()
    await page.get_by_role("alert").wait_for()
    await assert_everybody_can_use(page, "wrong")
    assert await page.locator("form[action='/sign-in'] [name=email]").input_value() == ADA, "nothing is typed twice"
    await page.locator("#code").fill(code_in(mail))
    await page.locator("form[action='/sign-in/code'] button").click()
    await page.wait_for_url(f"{desk}/account?from=here")
    await assert_everybody_can_use(page, "account")
    assert ADA in await page.locator("main").inner_text()

    [cookie] = await session_cookies(page)
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (COOKIE, True, True, "Lax")
    assert COOKIE not in await page.evaluate("document.cookie")

    await page.locator("form[action='/sign-out'] button").click()
    await page.wait_for_url(f"{desk}/sign-in")
    assert await session_cookies(page) == []

    await page.locator("#email").fill(ADA)
    await page.locator("main").get_by_role("button").click()
    await until(lambda: len(people.to(ADA)) == 2)
    link = f"{desk}{link_in(people.to(ADA)[-1])}"
    await page.goto(link)
    await assert_everybody_can_use(page, "link")
    await page.locator("main").get_by_role("button").click()
    await page.wait_for_url(f"{desk}/home")
    await page.goto(link)
    await assert_everybody_can_use(page, "gone")
    await page.goto(f"{desk}/account")
    await page.locator("form[action='/sign-out/everywhere'] button").click()
    await page.wait_for_url(f"{desk}/sign-in")
    assert await session_cookies(page) == []
    assert [line for line in complaints if "status of 4" not in line and "Clear-Site-Data" not in line] == []
