"""The page of insight in a real browser, on a phone and on a desk, light and dark."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page

from matching.insight.api.insight import create_router
from matching.insight.domain.figures import MOST_ROWS, Crossing, HostFigures, Insight, SessionFigures, Skill, Totals
from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter
from matching.model.conferences import Conference
from shared.contract.events.fields import Discipline
from shared.database.mongo import Database
from shared.web import error_handlers
from shared.web.access.copies import KeyCopies
from shared.web.access.guard import Guard
from shared.web.access.signed_in import People
from shared.web.pages.pages import Pages
from support.browser import assert_everybody_can_read, sign_in
from support.insight import HOSTILE, came_to_something, save
from support.rounds import MatchDay
from support.serving import serving
from support.sessions import SessionsInMemory, session_of

DRAWN = """() => [...document.querySelectorAll("canvas")].map((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] > 0) colours.add(pixels.slice(at, at + 3).join());
    return canvas.clientWidth > 200 && canvas.clientHeight > 50 ? colours.size : 0;
})"""
"""Of each chart, how many colours are in it."""


def app_of(database: Database) -> FastAPI:
    app = FastAPI()
    error_handlers.install(app)
    guard, pages = Guard(KeyCopies(database.db), people=People(SessionsInMemory())), Pages("matching")
    app.include_router(create_router(guard, Insights(database.db), pages))
    app.include_router(pages.assets.router())
    return app


@pytest.fixture
async def api(day: MatchDay) -> AsyncIterator[httpx.AsyncClient]:
    """The pages of a conference that came to something."""
    await came_to_something(day)
    await InsightCounter(Insights(day.database.db), timedelta(hours=1)).count()
    async with serving(app_of(day.database)) as client:
        yield client


async def signed_in(page: Page, api: httpx.AsyncClient) -> Page:
    """The page, for an operator who is signed in."""
    await sign_in(page.context, api.base_url, session_of("omar", operator=True))
    return page


async def opened(browser: Browser, api: httpx.AsyncClient, path: str, width: int, scheme: str) -> tuple[Page, list[str]]:
    """The page, and a list that gets whatever the browser complains of or loads from elsewhere."""
    page = await browser.new_page(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    await signed_in(page, api)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("response", lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda asked: None if asked.url.startswith(str(api.base_url)) else complaints.append(asked.url))
    await page.goto(f"{api.base_url}{path}")
    return page, complaints


async def test_charts_are_drawn_nothing_overflows_and_everybody_can_read_it(
    browser: Browser, api: httpx.AsyncClient, subtests: pytest.Subtests
) -> None:
    charted = {"/conferences/pyconf/insight/page": 5, "/insight/page": 6}
    for (path, charts), width, scheme in product(charted.items(), (320, 360, 1200), ("light", "dark")):
        with subtests.test(f"{path} {width} {scheme}"):
            page, complaints = await opened(browser, api, path, width, scheme)
            colours = await page.evaluate(DRAWN)
            assert len(colours) == charts
            assert min(colours) > 2, "a chart is empty"
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            for details in await page.locator("details").all():
                await details.locator("summary").click()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, "with the tables open"
            assert await page.get_by_text(HOSTILE, exact=True).count() >= 2
            await assert_everybody_can_read(page)
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
    assert await page.get_by_text("has agreed to be matched yet").count() == 1
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not complaints
    plain = await signed_in(await browser.new_page(java_script_enabled=False), api)
    await plain.goto(f"{api.base_url}/conferences/pyconf/insight/page")
    await plain.get_by_text("Skills, the scarcest first: the numbers").click()
    assert await plain.get_by_role("cell", name="50%").first.is_visible()
    assert not await plain.locator("canvas").first.is_visible()


async def test_the_keyboard_reaches_every_table_and_link(browser: Browser, api: httpx.AsyncClient) -> None:
    page, complaints = await opened(browser, api, "/insight/page", 320, "light")
    focused = "(document.activeElement.getAttribute('href') ?? document.activeElement.innerText ?? '').trim()"
    await page.keyboard.press("Tab")
    assert await page.evaluate(focused) == "#content"
    assert await page.locator(".skip").bounding_box() != {"x": 0, "y": 0, "width": 1, "height": 1}, "hidden though focused"
    reached = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate(focused))
        if reached[-1] == "#content":
            break  # around once; the next Enter would close what it opened
        if await page.evaluate("document.activeElement.tagName") == "SUMMARY":
            await page.keyboard.press("Enter")
    assert await page.locator("details[open]").count() == await page.locator("details").count() == 6
    assert {"/conferences/pyconf/insight/page", "/conferences/geo/insight/page", "/insight", "/insight/funnel.csv"} <= set(
        reached
    )
    assert await page.locator(".scroll[tabindex='0']").count() == 6
    assert not complaints


RIGHT_TO_LEFT = "\u202eמפגש של מפתחים"
LONG = "W" * 1000  # the contract lets 300 through


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("width", [320, 1200])
async def test_two_hundred_skills_and_hostile_names_break_nothing(
    environment: dict[str, str], browser: Browser, width: int
) -> None:
    names = [HOSTILE, RIGHT_TO_LEFT, LONG, "🦀" * 400, *(f"Skill {number}" for number in range(200))]
    skills = [
        Skill(name=name, listings=200, attendees=number, asked=1, held=number / 300, gap=1 - number / 300)
        for number, name in enumerate(names)
    ]
    many = Totals(
        attendees=300, matched=300, ranked=200, placed=100, hosts=3, listings=200, seats=200, skills=204, sessions=3,
        comparable=300, crossing=100,
    )  # fmt: skip
    insight = Insight(
        conference_id="hostile",
        name=RIGHT_TO_LEFT,
        as_of=datetime(2026, 7, 14, 12, tzinfo=UTC),
        totals=many,
        skills=skills[:MOST_ROWS],
        sessions=[
            SessionFigures(
                conference_id="hostile", conference="x", session_id=f"s{n}", title=name, attended=30, matched=9, placed=3
            )
            for n, name in enumerate(names[:4])
        ],
        crossings=[
            Crossing(attendees=own, listings=other, matched=1234567, placed=3)
            for own in get_args(Discipline)
            for other in get_args(Discipline)
        ],
        hosts=[
            HostFigures(organization_id=f"o{n}", name=name, listings=1, seats=1, recommended=1234567, ranked=9, placed=3)
            for n, name in enumerate(names[:4])
        ],
        conferences=[],
    )
    async with MatchDay() as day:
        await save(day.database, [], [Conference("hostile", 1, RIGHT_TO_LEFT)], [])
        await Insights(day.database.db).save(insight)
        async with serving(app_of(day.database)) as api:
            page, complaints = await opened(browser, api, "/conferences/hostile/insight/page", width, "dark")
            for details in await page.locator("details").all():
                await details.locator("summary").click()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            assert min(await page.evaluate(DRAWN)) > 2
            assert await page.get_by_text(HOSTILE, exact=True).count() == 3
            assert await page.locator("section").nth(1).locator("tbody tr").count() == MOST_ROWS
            assert await page.get_by_text("The table has the first 100 of 204 skills.").count() == 1
            # What is written from right to left does not turn the sentence around it.
            lead = await page.locator("h1").evaluate("element => getComputedStyle(element).direction")
            assert lead == "ltr"
            await assert_everybody_can_read(page)
            assert not complaints
