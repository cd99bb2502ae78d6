"""Pages for organizers in a browser: readable and usable at any width, light and dark, and with a file to upload."""

import json
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser
from pydantic import SecretStr

from registration.settings import Settings
from shared.persons import person_id
from support.browser import assert_everybody_can_use, new_page, sign_in
from support.kafka import Kafka, cloud_event
from support.sessions import session_of
from support.sessions import sign_in as know_the_key

ADA = "ada@example.org"
LONG = "A session whose title is far too long for one line, with averyveryverylongwordwithoutanyspacesinit"
CONFERENCE: dict[str, Any] = {
    "name": "PyConf",
    "starts": "2024-07-08",
    "ends": "2024-07-14",
    "sessions": [{"id": "s1", "title": LONG, "skills": ["NumPy"], "topics": ["data"]}],
}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


@pytest.fixture
def key(environment: dict[str, str]) -> SecretStr:
    return Settings().person_key


async def test_everybody_can_use_the_pages_and_upload_a_schedule(
    api: httpx.AsyncClient, browser: Browser, kafka: Kafka, key: SecretStr
) -> None:
    (await api.put("/conferences/c1/organizers", json={"organizers": [{"email": ADA}]})).raise_for_status()
    await know_the_key("registration", person_id(ADA, key))
    (await api.put("/connections/hall", json={"system": "standard", "conference_id": "c1"})).raise_for_status()
    scan = {"conference_id": "c1", "session_id": "s1", "attendee": {"email": "cyd@example.org"}}
    for id, data in (("1", scan), ("1", scan | {"session_id": "s2"}), ("2", scan | {"session_id": "s2"})):
        await kafka.send("attendance.inbound", data, cloud_event("attendance.session_attended.v1", id=id), partition=0)
    await kafka.read("registration.dead-letters")
    session = session_of(person_id(ADA, key))
    for width, scheme, locale in ((360, "light", "en"), (1280, "dark", "de"), (360, "dark", "de"), (1280, "light", "en")):
        page = await new_page(browser, width, scheme, locale)
        await sign_in(page.context, api.base_url, session)
        for name, path in (
            ("conferences", "/organize"),
            ("overview", "/organize/c1"),
            ("event", "/organize/c1/events?id=1&source=test"),
            ("schedule", "/organize/c1/schedule"),
        ):
            await page.goto(f"{api.base_url}{path}")
            assert await page.locator("h1").count() == 1
            await assert_everybody_can_use(page, f"organize-{name}-{scheme}")
        await page.context.close()
    page = await new_page(browser, 360, "light", "en")
    await sign_in(page.context, api.base_url, session)
    await page.goto(f"{api.base_url}/organize/c1/schedule")
    content = json.dumps([{"id": "s2", "title": "Maps"}, {"id": "s3"}]).encode()
    await page.get_by_label("File").set_input_files({"name": "schedule.json", "mimeType": "application/json", "buffer": content})
    await page.get_by_role("button", name="Replace the schedule").click()
    await page.get_by_text("The schedule was replaced: it has 1 session.").wait_for()
    assert await page.get_by_text("What was left out or changed").is_visible()
    assert [one["id"] for one in (await api.get("/conferences/c1")).json()["sessions"]] == ["s2"]
