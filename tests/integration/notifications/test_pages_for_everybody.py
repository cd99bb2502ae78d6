"""Every page and action of notifications × everybody; and every page in a narrow browser."""

import httpx
import pytest
from playwright.async_api import Browser

from notifications.main import create_app
from notifications.settings import Settings
from support.notified import Publisher
from support.site.everybody import everybody_tries
from support.site.look import look_at_all
from support.site.notifications import ROWS, fill


async def test_everybody_gets_in_where_they_may_and_nowhere_else(
    api: httpx.AsyncClient, publish: Publisher, subtests: pytest.Subtests
) -> None:
    await everybody_tries("notifications", create_app(Settings()), api, await fill(publish), ROWS, subtests)


async def test_every_page_is_light_and_can_be_used_on_the_smallest_screen(
    api: httpx.AsyncClient, publish: Publisher, browser: Browser, subtests: pytest.Subtests
) -> None:
    await look_at_all(browser, "notifications", api, await fill(publish), ROWS, subtests)
