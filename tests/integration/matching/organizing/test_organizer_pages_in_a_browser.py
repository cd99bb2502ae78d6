"""Pages for organizers in a browser: readable and usable at any width, light and dark."""

import httpx
from playwright.async_api import Browser

from support.answers import ok
from support.browser import assert_everybody_can_use, new_page, sign_in
from support.forms import Walker
from support.sessions import session_of
from support.sessions import sign_in as walker_of


async def test_everybody_can_use_the_pages(api: httpx.AsyncClient, browser: Browser) -> None:
    olga = Walker(api, await walker_of("matching", "olga"))
    await olga.open("/organize-days/c1/plan")
    await olga.send("/plan", name="Autumn")
    planned = olga.path.partition("?")[0]
    await olga.post(f"{planned}/internships", {"do": "only", "listing_ids": ["maps", "stars"]})
    await olga.open("/organize-days/c1/plan")
    await olga.send("/plan", name="Winter")
    opened = olga.path.partition("?")[0]
    await olga.open(f"{opened}/open")
    await olga.send("/open")
    await ok(api.put(f"/rounds/{opened.rpartition('/')[2]}/rankings/attendees/ada", json={"listing_ids": ["anywhere"]}))
    for width, scheme, locale in ((360, "light", "en"), (1280, "dark", "de"), (360, "dark", "de"), (1280, "light", "en")):
        page = await new_page(browser, width, scheme, locale)
        await sign_in(page.context, api.base_url, session_of("olga"))
        for name, path in (
            ("conferences", "/organize-days"),
            ("days", "/organize-days/c1"),
            ("plan", "/organize-days/c1/plan"),
            ("planned", planned),
            ("internships", f"{planned}/internships"),
            ("opened", opened),
            ("confirm", f"{opened}/lock"),
            ("answers", "/organize-days/c1/answers"),
        ):
            await page.goto(f"{api.base_url}{path}")
            assert await page.locator("h1").count() == 1
            await assert_everybody_can_use(page, f"days-{name}-{scheme}")
        await page.context.close()
