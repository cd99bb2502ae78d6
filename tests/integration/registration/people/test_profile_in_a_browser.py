"""``/profile`` in a real browser: readable for everybody, and usable without scripts."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from support.browser import assert_everybody_can_use, new_page
from support.browser import sign_in as give_session
from support.kafka import Kafka
from support.placements import attendee, place
from support.sessions import session_of, sign_in

SESSIONS = [{"id": "s1", "title": "Arrays for astronomers", "skills": ["NumPy"]}]
PATHS = (
    "/profile",
    "/profile/wishes",
    "/profile/consent",
    "/profile/portfolio",
    "/profile/portfolio/p1/credential",
    "/profile/data",
    "/profile/data/erase",
    "/profile/erased",
)


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14", "sessions": SESSIONS}}


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Credentials are issued."""
    monkeypatch.setenv("ISSUER_URL", "https://desk.example")
    return environment


async def test_everybody_can_read_a_profile_and_change_it_without_scripts(
    api: httpx.AsyncClient, kafka: Kafka, browser: Browser
) -> None:
    ada = await attendee(api, kafka, "ada@example.org")
    await place(kafka, ada)
    await sign_in("registration", ada)
    desk, session = str(api.base_url).rstrip("/"), session_of(ada)
    for width, scheme, locale in ((360, "light", "de-DE"), (1280, "dark", "en-GB")):
        page = await new_page(browser, width, scheme, locale)
        await give_session(page.context, api.base_url, session)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("warning", "error") else None)  # noqa: B023
        for path in PATHS:
            await page.goto(f"{desk}{path}")
            await assert_everybody_can_use(page, f"profile{path.replace('/', '-')}-{scheme}")
        assert complaints == []
        await page.context.close()

    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    await give_session(context, api.base_url, session)
    page = await context.new_page()
    await page.goto(f"{desk}/profile")
    await page.get_by_label("Skill", exact=True).fill("Fortran")
    await page.get_by_label("Level").first.select_option("expert")
    await page.get_by_role("button", name="Add", exact=True).click()
    assert "Fortran" in await page.locator("table").inner_text()
    await page.locator("summary", has_text="Fortran").click()
    await page.get_by_role("button", name="Remove").locator("visible=true").click()
    assert "Fortran" not in await page.locator("table").inner_text()
    await page.get_by_role("button", name="Put back").click()
    assert "Fortran" in await page.locator("table").inner_text()
    await page.goto(f"{desk}/profile/consent")
    await page.get_by_role("button", name="Withdraw it").first.click()
    assert await page.get_by_text("You withdrew it on").count() == 1
    await context.close()
