"""Opens every page of a service in a browser: at the smallest supported width and at a wide one, dark and light."""

import gzip
import re
from typing import Any, Final

import httpx
import pytest
from playwright.async_api import Browser, Page

from support.browser import assert_colours_are_clear, assert_everybody_can_read, sign_in
from support.sessions import session_of
from support.sessions import sign_in as know_the_key
from support.site.everybody import NOBODY, PEOPLE, Row, Site

NARROW: Final = 320
"""The width in px of a 1280 px window at 400 % zoom (WCAG 1.4.10)."""
WIDE: Final = 1280
HEIGHT: Final = 640
MOST_BYTES: Final = 100_000
LARGE: Final = 512
NO_PAGES: Final = ("/none", "/why", "/turn", "/skills", "/export", ".jwt", "/session")
_GLUED: Final = re.compile(r"\b(?!Hi\.Events)\w+[.!?][A-ZÄÖÜ][a-zäöü]+")
_LOADED: Final = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map(one => [one.name, one.encodedBodySize])"""
_SMALL: Final = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(one => one.checkVisibility({checkVisibilityCSS: true}) && !one.matches('.skip'))
    .map(one => one.matches('[type=radio], [type=checkbox]') ? one.closest('label') ?? one : one)
    .filter(one => !(getComputedStyle(one).display === 'inline' && one.matches('a')))
    .filter(one => { const box = one.getBoundingClientRect(); return Math.min(box.width, box.height) < 24 })
    .map(one => one.outerHTML.slice(0, 200))"""


async def look_at_all(
    browser: Browser, service: str, api: httpx.AsyncClient, site: Site, rows: tuple[Row, ...], subtests: pytest.Subtests
) -> None:
    """Open each page as somebody with access; public pages without signing in."""
    await know_the_key(service, "anybody")
    base = str(api.base_url).rstrip("/").replace("127.0.0.1", "localhost")  # Chromium accepts secure cookies from localhost
    for who in (*PEOPLE, NOBODY):
        pages = [row for row in rows if row.method == "GET" and first_insider(row) == who and not is_no_page(row)]
        if not pages:
            continue
        context = await browser.new_context(viewport={"width": NARROW, "height": HEIGHT}, color_scheme="dark", locale="de")
        if who != NOBODY:
            await sign_in(context, httpx.URL(base), session_of(site.ids[who]))
        page = await context.new_page()
        for row in pages:
            with subtests.test(f"{row.path}: {who}"):
                answer = await page.goto(base + row.path.format(**site.values))
                assert answer
                assert answer.status in (200, 409)  # a page also explains what the state forbids
                await assert_light_and_narrow(page, base, api)
                await assert_wide(page)
                await assert_other_colours(page)
        await context.close()


async def assert_light_and_narrow(page: Page, base: str, api: httpx.AsyncClient) -> None:
    """Check the open page: its size, its origins, and that everybody can read it and use its controls."""
    loaded: list[Any] = await page.evaluate(_LOADED)
    elsewhere = [name for name, _ in loaded if not name.startswith(f"{base}/")]
    assert not elsewhere, "no request to another host"
    assert sum([await _sent(name, size, api) for name, size in loaded]) <= MOST_BYTES, loaded
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW, "nothing is to the side"
    small = await page.evaluate(_SMALL)
    assert not small, f"each target is at least 24 px high and wide: {small}"
    assert await page.locator("h1").count() == 1, "a page has one heading above all"
    glued = _GLUED.findall(await page.locator("main").inner_text())
    assert not glued, f"a space is missing between sentences: {glued}"
    assert await page.locator("meta[name=description]").count() == 1, "a page has a description"
    await assert_everybody_can_read(page)


async def assert_wide(page: Page) -> None:
    """Check the open page in a wide window, in light colours."""
    await page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    await page.emulate_media(color_scheme="light")
    assert await page.evaluate("document.documentElement.scrollWidth") <= WIDE, "nothing is to the side"
    await assert_everybody_can_read(page)


async def assert_other_colours(page: Page) -> None:
    """Check the open page's colours: wide and dark, then narrow and light. Afterwards, it is narrow and dark."""
    await page.emulate_media(color_scheme="dark")
    await assert_colours_are_clear(page)
    await page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    await page.emulate_media(color_scheme="light")
    await assert_colours_are_clear(page)
    await page.emulate_media(color_scheme="dark")


async def _sent(address: str, size: int, api: httpx.AsyncClient) -> int:
    """How many bytes the site sends for this address: Caddy compresses responses of 512 bytes or more."""
    if size < LARGE:
        return size
    answer = await api.get(httpx.URL(address).raw_path.decode(), headers={"authorization": ""})
    return min(size, len(gzip.compress(answer.content)))


def first_insider(row: Row) -> str:
    """The first person with access."""
    return next((who for who in (NOBODY, *PEOPLE) if row.expected(who) == 0), "")


def is_no_page(row: Row) -> bool:
    """Whether the response is a file, a part of a page, or empty."""
    return any(part in row.path for part in NO_PAGES)
