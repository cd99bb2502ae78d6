"""Every mail in a real browser, on a phone and on a desk, light and dark; and the operators' pages that show them."""

from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from typing import Literal

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page

from notifications.mail.samples import Sample, samples
from notifications.mail.templates import Templates
from notifications.writing.api.templates import create_router
from shared.web.access.guard import Guard
from shared.web.access.signed_in import People
from shared.web.error_handlers import install
from shared.web.pages.pages import Pages
from support.access import KEYS, OPERATOR
from support.browser import assert_everybody_can_read, sign_in
from support.serving import serving
from support.sessions import SessionsInMemory, session_of
from support.worst_mails import worst_samples

TEMPLATES = Templates()
OF_WHOLE_PAGES = ("landmark-one-main", "region")
"""A mail is a part of a mail program's page."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 600)

BUTTONS = "[...document.querySelectorAll('.button')].map(button => button.getBoundingClientRect().height)"
BACKGROUND = "getComputedStyle(document.querySelector('.page')).backgroundColor"
CLIPPED = """[...document.querySelectorAll('h1, h2, p, li, th, td.value, a')].filter(
    (one) => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
).map((one) => one.outerHTML)"""


async def show(page: Page, sample: Sample) -> None:
    await page.set_content(TEMPLATES.write(sample.kind, sample.reader, sample.content).html)


async def test_no_mail_is_wider_than_the_screen_whoever_wrote_its_words(browser: Browser) -> None:
    page = await browser.new_page()
    buttons: list[float] = []
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for sample in [*samples(), *worst_samples()]:
        await show(page, sample)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, sample.name
            assert await page.evaluate(CLIPPED) == [], sample.name
        buttons += await page.evaluate(BUTTONS)
    assert len(buttons) > 10
    assert min(buttons) >= 44, "too small for a thumb"
    assert requests == [], "a mail loads nothing"


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_everybody_can_read_every_mail(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    page = await browser.new_page(color_scheme=scheme)
    for number, sample in enumerate(samples()):
        await page.set_viewport_size({"width": WIDTHS[number % 2], "height": 800})
        await show(page, sample)
        kept = await assert_everybody_can_read(page, leave_out=OF_WHOLE_PAGES)
        assert {"color-contrast", "html-has-lang"} <= kept
        assert sample.kind.name == "erased" or "link-name" in kept
    dark = sum(int(part) for part in (await page.evaluate(BACKGROUND))[4:-1].split(",")) < 200
    assert dark == (scheme == "dark")


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    app, pages = FastAPI(), Pages("notifications")
    install(app)
    app.include_router(create_router(Guard(KEYS, people=People(SessionsInMemory())), TEMPLATES, pages))
    app.include_router(pages.assets.router())
    async with serving(app) as client:
        client.headers.update(OPERATOR)
        yield client


async def test_operators_see_every_mail_with_sample_data(browser: Browser, api: httpx.AsyncClient) -> None:
    page = await browser.new_page(viewport={"width": 320, "height": 800})
    await sign_in(page.context, api.base_url, session_of("omar", operator=True))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(f"{api.base_url}/templates")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await assert_everybody_can_read(page)
    links = [await link.get_attribute("href") for link in await page.locator("main a").all()]
    assert len(links) == 3 * len(list(samples()))
    await page.get_by_role("link", name="Ein Angebot, Antwort bis 12. Juli").first.click()
    assert await page.get_by_role("heading", name="Du hast ein Angebot").is_visible()
    assert page.url.endswith("/templates/offer/de")
    assert complaints == []


async def test_a_mail_is_shown_in_each_of_its_forms(api: httpx.AsyncClient) -> None:
    html = await api.get("/templates/interview/de")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert html.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    text = await api.get("/templates/interview/de.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text.startswith("Gespräch am 4. Juli, 14:00 Uhr MESZ: Solar flares in twenty years of images\n\nHallo Ada")
    mail = await api.get("/templates/interview/de.eml")
    assert mail.headers["content-disposition"] == 'attachment; filename="interview.de.eml"'
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert parsed["Subject"] == text.text.partition("\n")[0]
    assert [part.get_content_type() for part in parsed.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


async def test_what_there_is_not_is_not_found(api: httpx.AsyncClient) -> None:
    assert (await api.get("/templates/nothing/de")).status_code == 404
    assert (await api.get("/templates/offer/fr")).status_code == 422
    assert (await api.get("/templates/..%2f..%2fpage/en")).status_code == 404
