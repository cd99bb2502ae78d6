"""Pages of listings in a real browser: readable for everybody, live with scripts, and usable without."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.async_api import Browser, Page

from support.answers import ok
from support.browser import assert_everybody_can_use, new_page
from support.browser import sign_in as give_session
from support.kafka import Kafka
from support.published import publish_conference, publish_profile
from support.sessions import session_of, sign_in

ADA = "a" * 32
OFFER: dict[str, Any] = {
    "organization_id": "acme",
    "title": "Plots in 3D",
    "description": "Draw them.\n\nThen turn them.",
    "skills": ["Python", "NumPy"],
    "mentor_ids": ["m"],
    "capacity": 2,
    "deadline": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    "conditions": {"starts": "2027-03-01", "ends": "2027-05-31", "hours_per_week": 20, "country": "DE", "place": "Potsdam"},
    "pay": {"amount": 1250, "currency": "EUR", "period": "month"},
    "public": True,
}
IDEA: dict[str, Any] = {"title": "Variable stars", "text": "In old plates.", "skills": ["NumPy"], "conference_ids": ["c1"]}
FOR_ADA = ("/my-ideas", "/my-ideas/new", "/my-ideas/stars", "/my-ideas/planets", "/internships/plots", "/internships/closed")
FOR_HOST = (
    "/desk-listings/acme",
    "/desk-listings/acme/write",
    "/desk-listings/acme/write/plots",
    "/desk-listings/acme/ideas",
    "/desk-people/acme",
    "/desk-people/acme/m",
)
FOR_EVERYBODY = ("/internships/plots", "/internships/closed", "/internships/nothing")


async def prepared(api: httpx.AsyncClient, kafka: Kafka) -> str:
    """A host with listings, and an attendee with ideas. Returns the id of the host's admin."""
    await publish_conference(kafka)
    await publish_profile(kafka, ADA, conference_ids=["c1"])
    await kafka.no_lag("registration.profiles", "listings.authors")
    await kafka.no_lag("registration.conferences", "listings.conferences")
    await ok(api.put("/organizations/acme", json={"name": "Acme", "url": "https://acme.example", "conference_ids": ["c1"]}))
    mentor = {"name": "Grace", "email": "grace@example.org", "admin": True, "contact": True, "named": True}
    person: str = (await ok(api.put("/organizations/acme/mentors/m", json=mentor)))["person_id"]
    for id in ("plots", "closed"):
        await ok(api.put(f"/listings/{id}", json=OFFER))
        await ok(api.post(f"/listings/{id}/publish"))
    await ok(api.post("/listings/closed/close"))
    for key in ("stars", "planets"):
        idea = await ok(api.put(f"/attendees/{ADA}/ideas/{key}", json=IDEA | {"title": f"Variable {key}"}))
    await ok(api.post(f"/organizations/acme/ideas/{idea['id']}/ask", headers={"if-match": '"1"'}))
    await sign_in("listings", ADA)
    return person


async def test_everybody_can_use_the_pages_of_listings(api: httpx.AsyncClient, kafka: Kafka, browser: Browser) -> None:
    admin, desk = await prepared(api, kafka), str(api.base_url).rstrip("/")
    for width, scheme, locale in ((360, "dark", "en-GB"), (1280, "light", "de-DE")):
        for who, paths in ((ADA, FOR_ADA), (admin, FOR_HOST), ("", FOR_EVERYBODY)):
            page = await new_page(browser, width, scheme, locale)
            if who:
                await give_session(page.context, api.base_url, session_of(who))
            complaints = complaints_of(page)
            for path in paths:
                await page.goto(f"{desk}{path}")
                await assert_everybody_can_use(page, f"{who[:3]}{path.replace('/', '-')}-{scheme}")
            # The policy lets data for search engines stand. The answers 404 and 410 are meant, as is a reason that matching has.
            assert [line for line in complaints if "status of 4" not in line] == []
            await page.context.close()
    page = await new_page(browser, 1280, "light", "en-GB")
    await follows_what_is_typed(page, desk, admin)
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    await give_session(context, api.base_url, session_of(admin))
    await writes_without_scripts(await context.new_page(), desk)


def complaints_of(page: Page) -> list[str]:
    """What the browser says of the page, from now on."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    return complaints


async def follows_what_is_typed(page: Page, desk: str, admin: str) -> None:
    await give_session(page.context, httpx.URL(desk), session_of(admin))
    await page.goto(f"{desk}/desk-listings/acme/write")
    await page.get_by_label("Title").fill("Maps of mountains")
    await page.get_by_label("What it is about").fill("Draw them.")
    await page.locator("#preview h3", has_text="Maps of mountains").wait_for()
    assert await page.get_by_label("Title").input_value() == "Maps of mountains"
    await page.context.clear_cookies()
    async with page.expect_response(lambda response: response.url.endswith("/preview")) as refused:
        await page.get_by_label("What it is about").fill("Draw them all.")
    assert (await refused.value).status == 401
    await give_session(page.context, httpx.URL(desk), session_of(admin))
    async with page.expect_response(lambda response: response.url.endswith("/preview")):
        await page.get_by_label("Title").fill("Maps of hills")
    await page.locator("#preview h3", has_text="Maps of hills").wait_for()
    assert await page.locator("h1").count() == 1, "no whole page came into the preview"


async def writes_without_scripts(page: Page, desk: str) -> None:
    await page.goto(f"{desk}/desk-listings/acme/write")
    await page.get_by_label("Title").fill("Maps of valleys")
    await page.get_by_role("button", name="Preview").click()
    assert "Maps of valleys" in await page.locator("#preview").inner_text()
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Publish").click()
    assert "Attendees can apply from now on" in await page.locator("main").inner_text()
