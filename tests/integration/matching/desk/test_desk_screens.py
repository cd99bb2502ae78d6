"""A host's desk in a real browser: everybody can read and use it, and a ranking can be dragged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from support.answers import ok
from support.browser import assert_everybody_can_use, chromium
from support.browser import sign_in as sign_browser_in
from support.host_desk import HOSTILE, Applying, Desks, typed
from support.sessions import session_of


async def test_everybody_can_use_the_desk(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    paths = await busy_desk(api, apply, desk_of)
    asked: set[str] = set()
    async with chromium() as browser:
        for width, scheme, locale, names in (
            (360, "dark", "de", list(paths)),
            (1280, "light", "en", list(paths)),
            (360, "light", "en", ["today", "application"]),
            (1280, "dark", "de", ["table", "match-day"]),
        ):
            context = await browser.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
                locale=locale,
                reduced_motion="reduce",
            )
            await sign_browser_in(context, api.base_url, session_of("cora"))
            page = await context.new_page()
            page.on("request", lambda request: asked.add(httpx.URL(request.url).host))
            for name in names:
                await page.goto(str(api.base_url).rstrip("/") + paths[name])
                for summary in await page.locator("details > summary").all():
                    await summary.click()
                await assert_everybody_can_use(page, f"desk-{name}-{scheme}")
            await context.close()
        assert asked == {api.base_url.host}, "no request to another host"
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en")
        await sign_browser_in(context, api.base_url, session_of("cora"))
        page = await context.new_page()
        await page.goto(str(api.base_url).rstrip("/") + paths["match-day"])
        rows = page.locator("[data-ranking] > li")
        await rows.nth(1).drag_to(rows.nth(0), target_position={"x": 20, "y": 4})
        await page.wait_for_url("**done=ranked**")
        ranking = await ok(api.get("/rounds/autumn/rankings/listings/stars"))
        assert ranking["attendee_ids"] == ["ben", "ada"]
        await page.get_by_role("button", name="Move Ben Applicant down").click()
        await page.locator("[data-ranking] > li", has_text="Ada").first.wait_for()
        await page.wait_for_function("document.querySelector('[data-ranking] > li')?.textContent.includes('Ada')")


async def busy_desk(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> dict[str, str]:
    """A desk with something on each page. Returns the pages' paths."""
    new, interviewed = await apply("ada"), await apply("ben")
    await apply("ada", "maps", name=HOSTILE)
    placed: dict[str, Any] = await apply("cyd")
    cora = await desk_of("cora")
    await cora.open(f"/desk/o1/applications/{interviewed['id']}")
    await cora.send("/interview", starts_1=typed(days=1), place="Room 1")
    await cora.open(f"/desk/o1/applications/{placed['id']}")
    await cora.send("/offer", deadline=typed(days=5))
    version = (await ok(api.get(f"/applications/{placed['id']}")))["version"]
    accepted = await ok(api.post(f"/applications/{placed['id']}/accept", headers={"if-match": f'"{version}"'}))
    placement = f"/desk/o1/placements/{accepted['placement_id']}"
    await cora.open(placement)
    await cora.send("/start")
    closes = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    plan = {"name": "Autumn", "conference_id": "c1", "listing_ids": ["stars", "maps"], "closes_at": closes, "seed": "s"}
    await ok(api.put("/rounds/autumn", json=plan))
    await ok(api.post("/rounds/autumn/open"))
    await ok(api.put("/rounds/autumn/rankings/listings/stars", json={"attendee_ids": ["ada", "ben"]}))
    two = f"id={new['id']}&id={interviewed['id']}"
    return {
        "today": "/desk/o1",
        "board": "/desk/o1/applications",
        "candidates": "/desk/o1/candidates?listing=stars",
        "table": "/desk/o1/applications?view=table",
        "compare": f"/desk/o1/applications/compare?{two}",
        "answers": f"/desk/o1/applications/answers?{two}",
        "application": f"/desk/o1/applications/{new['id']}",
        "match-days": "/desk/o1/match-days",
        "match-day": "/desk/o1/match-days/autumn",
        "placements": "/desk/o1/placements",
        "placement": placement,
        "figures": "/desk/o1/figures",
    }
