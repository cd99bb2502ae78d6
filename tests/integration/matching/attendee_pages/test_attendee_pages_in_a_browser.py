"""The attendee's pages in Chromium: everybody can read and use them, narrow and wide, light and dark."""

from datetime import UTC, datetime, timedelta

import httpx
from playwright.async_api import Browser, Page

from support.answers import ok
from support.attendees import Visitor, listed, profiled, settled
from support.browser import SHOTS, assert_everybody_can_read, new_page, sign_in
from support.kafka import Kafka
from support.sessions import session_of


async def look(page: Page, address: str, name: str) -> None:
    """Open the page, and check that everybody can use it at this width."""
    await page.goto(address)
    size = page.viewport_size
    assert size
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}-{size['width']}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    await assert_everybody_can_read(page)
    for target in await page.locator("main button:visible, main summary:visible, main .button:visible").all():
        box = await target.bounding_box()
        assert box
        assert box["height"] >= 44, name


async def test_everybody_can_use_the_pages(api: httpx.AsyncClient, kafka: Kafka, browser: Browser) -> None:
    await profiled(kafka)
    pay = {"amount": 0.0}
    await listed(kafka, "l1", title="Map the night sky", deadline="2099-01-01T12:00:00Z")
    await listed(kafka, "l2", title="Averyverylongtitlewithoutanyspacesthatwouldnotfitintoasinglelineanywhere" * 2, pay=pay)
    await listed(kafka, "l3", title="Measure a glacier", organization="Alpine Institute")
    await listed(kafka, "l4", title="Count the birds of a city", organization="Bird Observatory")
    await settled(kafka)
    ada = await Visitor.signed_in(api, "ada")
    for listing in ("l1", "l2"):
        await ada.get(f"/my/matches/{listing}/apply")
        await ada.press(
            "See what they will see", name="Ada Lovelace", note="I should like\nto map stars.", links="https://ada.example"
        )
        await ada.press("Send the application")
    offered, sent = [(await ok(api.get("/attendees/ada/applications")))["items"][place] for place in (0, 1)]
    deadline = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    await ok(api.post(f"/applications/{offered['id']}/offer", json={"deadline": deadline}, headers={"if-match": '"1"'}))
    await ada.get("/my/matches/l3")
    await ada.press("Hide it", why="pay")

    round = {"name": "Spring match day", "listing_ids": ["l1", "l2", "l4"], "closes_at": "2099-03-01T12:00:00Z"}
    assert (await api.put("/rounds/spring", json=round)).status_code == 201
    await ok(api.post("/rounds/spring/open"))
    await ok(api.put("/rounds/spring/rankings/attendees/ada", json={"listing_ids": ["l1", "l2"]}))
    days = [(datetime.now(UTC) + timedelta(days=number)).date().isoformat() for number in (-2, 0)]
    manual = {"attendee_id": "ada", "listing_id": "l4", "reason": "agreed", "starts": days[0], "ends": days[1]}
    placement = (await ok(api.post("/placements", json=manual)))["id"]
    start = {"side": "attendee"}
    await ok(api.post(f"/placements/{placement}/start", json=start, headers={"if-match": '"1"'}))

    paths = {
        "match-day": "/my/match-days/spring",
        "placement": f"/my/placements/{placement}",
        "my": "/my",
        "matches": "/my/matches",
        "match": "/my/matches/l3",
        "apply": "/my/matches/l3/apply",
        "applications": "/my/applications",
        "offer": f"/my/applications/{offered['id']}",
        "application": f"/my/applications/{sent['id']}",
    }
    site = str(api.base_url).rstrip("/").replace("127.0.0.1", "localhost")  # Chromium takes a secure cookie from there
    for width, scheme, locale in ((360, "dark", "de"), (1280, "light", "en")):
        page = await new_page(browser, width, scheme, locale)
        await look(page, f"{site}/home", "welcome")
        await sign_in(page.context, httpx.URL(site), session_of("ada"))
        for name, path in paths.items():
            await look(page, site + path, name)
    # Ranking by dragging: the page then says that it is not sent yet.
    await page.goto(f"{site}/my/match-days/spring")
    rows = page.locator("[data-ranking] > li")
    await rows.nth(1).drag_to(rows.nth(0), target_position={"x": 20, "y": 2})
    await page.get_by_text("Not sent yet").wait_for()
    assert "Map the night sky" in await rows.nth(1).inner_text()
    # With scripts, a form that is sent twice is one application, and its answer replaces the page.
    await page.goto(f"{site}/my/matches/l3/apply")
    await page.get_by_role("button", name="See what they will see").click()
    await page.get_by_role("heading", name="This is what they will see").wait_for()
    await look_only(page, "preview")
    await page.get_by_role("button", name="Send the application").click()
    await page.get_by_text("Your application was sent").wait_for()


async def look_only(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}-1280.png", full_page=True)
    await assert_everybody_can_read(page)
