"""The pages for signing in, in a real browser."""

import os

import pytest
from playwright.async_api import Browser, Page

from shared.web.access.sessions import COOKIE
from support.browser import assert_everybody_can_read
from support.patience import until
from support.signing_in import People, code_in, link_in

ADA = "ada@example.org"
SHOTS = os.environ.get("SCREENSHOTS", "")


async def checked(page: Page, name: str, width: int) -> None:
    """Everybody can read and use the page."""
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}-{width}.png")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
    await assert_everybody_can_read(page)
    for target in await page.locator("button:visible, input.text:visible").all():
        box = await target.bounding_box()
        assert box
        assert box["height"] >= 44, name


@pytest.mark.parametrize(("width", "scheme", "locale"), [(320, "light", "de-DE"), (600, "dark", "en-GB")])
async def test_a_browser_signs_in_by_link_and_by_code_and_out_without_scripts(
    people: People, browser: Browser, width: int, scheme: str, locale: str
) -> None:
    desk = str(people.api.base_url).rstrip("/")
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=locale,
    )
    page = await context.new_page()
    complaints: list[str] = []
    # Chromium also notes there, without a complaint, what signing out has cleared.
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("warning", "error") else None)

    await page.goto(f"{desk}/account?from=here")
    await checked(page, "sign-in", width)
    await page.locator("#email").fill(ADA)
    await page.locator("#email").press("Enter")
    await checked(page, "sent", width)
    [mail] = await until(lambda: people.to(ADA)[-1:])
    await page.locator("#code").fill("1111 1111" if code_in(mail) != "1111 1111" else "2222 2222")
    await page.get_by_role("button").click()
    await page.get_by_role("alert").wait_for()
    await checked(page, "wrong", width)
    await page.locator("#code").fill(code_in(mail))
    await page.get_by_role("button").click()
    await page.wait_for_url(f"{desk}/account?from=here")
    await checked(page, "account", width)
    assert ADA in await page.locator("main").inner_text()

    [cookie] = await context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (COOKIE, True, True, "Lax")
    assert await page.evaluate("document.cookie") == ""

    await page.locator("form[action='/sign-out'] button").click()
    await page.wait_for_url(f"{desk}/sign-in")
    assert await context.cookies() == []

    await page.locator("#email").fill(ADA)
    await page.get_by_role("button").click()
    await until(lambda: len(people.to(ADA)) == 2)
    link = f"{desk}{link_in(people.to(ADA)[-1])}"
    await page.goto(link)
    await checked(page, "link", width)
    await page.get_by_role("button").click()
    await page.wait_for_url(f"{desk}/account")
    await page.goto(link)
    await checked(page, "gone", width)
    await page.goto(f"{desk}/account")
    await page.locator("form[action='/sign-out/everywhere'] button").click()
    await page.wait_for_url(f"{desk}/sign-in")
    assert await context.cookies() == []
    assert [line for line in complaints if "status of 4" not in line and "Clear-Site-Data" not in line] == []
