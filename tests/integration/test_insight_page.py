"""The page of insight in a real browser, on a phone and on a desk, light and dark."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser, Page

from matching.api.insight import create_router
from matching.repository.insight import Insights
from matching.use_cases.insight import CountInsight
from support.browser import chromium
from support.insight import HOSTILE, came_to_something
from support.rounds import MatchDay
from support.serving import serving

DRAWN = """() => [...document.querySelectorAll("canvas")].map((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] > 0) colours.add(pixels.slice(at, at + 3).join());
    return canvas.clientWidth > 200 && canvas.clientHeight > 50 ? colours.size : 0;
})"""
"""Of each chart, how many colours are in it."""


@pytest.fixture
async def browser(environment: dict[str, str]) -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def api(browser: Browser) -> AsyncIterator[httpx.AsyncClient]:
    """The pages of a conference that came to something."""
    async with MatchDay() as day:
        await came_to_something(day)
        insights = Insights(day.database.db)
        await CountInsight(insights, timedelta(hours=1)).count()
        app = FastAPI()
        app.include_router(create_router(insights))
        async with serving(app) as client:
            yield client


async def opened(browser: Browser, api: httpx.AsyncClient, path: str, width: int, scheme: str) -> tuple[Page, list[str]]:
    """The page, and a list that gets whatever the browser complains of or loads from elsewhere."""
    page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("response", lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda asked: None if asked.url.startswith(str(api.base_url)) else complaints.append(asked.url))
    await page.goto(f"{api.base_url}{path}")
    return page, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
async def test_charts_are_drawn_nothing_overflows_and_everybody_can_read_it(
    browser: Browser, api: httpx.AsyncClient, width: int, scheme: str
) -> None:
    for path, charts in (("/conferences/pyconf/insight/page", 5), ("/insight/page", 6)):
        page, complaints = await opened(browser, api, path, width, scheme)
        colours = await page.evaluate(DRAWN)
        assert len(colours) == charts
        assert min(colours) > 2, "a chart is empty"
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        for details in await page.locator("details").all():
            await details.locator("summary").click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, "with the tables open"
        assert await page.get_by_text(HOSTILE, exact=True).count() >= 2
        results = await Axe().run(page)
        assert not results.response["violations"], results.generate_report()
        assert not complaints
        await page.close()


async def test_charts_follow_the_screen_and_the_theme(browser: Browser, api: httpx.AsyncClient) -> None:
    page, complaints = await opened(browser, api, "/insight/page", 1200, "light")
    before = await page.evaluate("document.querySelector('canvas').toDataURL()")
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function("before => document.querySelector('canvas').toDataURL() !== before", arg=before)
    await page.set_viewport_size({"width": 320, "height": 800})
    await page.wait_for_function("document.documentElement.scrollWidth <= 320")
    await page.wait_for_function("document.querySelector('canvas').clientWidth < 320")
    assert min(await page.evaluate(DRAWN)) > 2
    assert not complaints


async def test_an_empty_page_says_what_is_missing_and_without_scripts_there_are_the_tables(
    browser: Browser, api: httpx.AsyncClient
) -> None:
    page, complaints = await opened(browser, api, "/conferences/geo/insight/page", 320, "light")
    assert await page.get_by_text("Nobody who was at Geo Days has agreed to be matched yet").count() == 1
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not complaints
    plain = await browser.new_page(java_script_enabled=False)
    await plain.goto(f"{api.base_url}/conferences/pyconf/insight/page")
    await plain.get_by_text("Skills, the scarcest first: the numbers").click()
    assert await plain.get_by_role("cell", name="50%").first.is_visible()
    assert not await plain.locator("canvas").first.is_visible()
