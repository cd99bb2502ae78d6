"""The machine's own Chromium. Tests that need it are skipped, with a message, on machines without it."""

import os
import shutil
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from shared.web.access.sessions import COOKIE, SignInSession, signed
from support.sessions import SIGNING_KEY

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHOTS = os.environ.get("SCREENSHOTS", "")
"""The directory for screenshots of the pages that tests visit; "" for none."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser on the PATH (any of {', '.join(NAMES)})")
    async with async_playwright() as playwright:
        # Without its sandbox, which does not start for root, as in containers. It only sees the test's own pages.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def new_page(browser: Browser, width: int, scheme: str, locale: str) -> Page:
    """A page in a new browser context."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=locale,
    )
    return await context.new_page()


async def sign_in(context: BrowserContext, address: httpx.URL, session: SignInSession) -> None:
    """Give a browser this session, for the address of a service that knows the tests' signing key."""
    token = signed(session, SIGNING_KEY)
    await context.add_cookies([{"name": COOKIE, "value": token, "url": f"https://{address.host}", "secure": True}])


async def assert_everybody_can_use(page: Page, name: str) -> None:
    """Check that the page is accessible at this width, and that its controls are large enough. ``name`` is for messages."""
    size = page.viewport_size
    assert size
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}-{size['width']}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    await assert_everybody_can_read(page)
    for target in await page.locator(
        "button:visible, input:not([type=hidden], [type=radio], [type=checkbox]):visible, summary:visible"
    ).all():
        box = await target.bounding_box()
        assert box
        assert box["height"] >= 44, name


async def assert_colours_are_clear(page: Page) -> None:
    """Check with axe the only rule that depends on colours, which differ between the light and dark schemes."""
    results = await Axe().run(page, options={"resultTypes": ["violations"], "runOnly": ["color-contrast"]})
    assert not results.response["violations"], results.generate_report()


async def assert_everybody_can_read(page: Page, leave_out: Collection[str] = ()) -> set[str]:
    """Check the page with axe. Returns the names of the accessibility rules that it meets.

    Raises ``AssertionError``, with a report, if the page breaks a rule that is not in ``leave_out``.
    """
    rules = {rule: {"enabled": False} for rule in leave_out}
    # Describing the elements that pass takes far longer than finding those that fail.
    results = await Axe().run(page, options={"resultTypes": ["violations"], "rules": rules})
    assert not results.response["violations"], results.generate_report()
    return {rule["id"] for rule in results.response["passes"]}
