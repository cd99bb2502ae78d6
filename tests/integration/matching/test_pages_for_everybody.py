"""Every page and action of matching × everybody; and every page in a narrow browser."""

import httpx
import pytest
from playwright.async_api import Browser

from matching.main import create_app
from matching.settings import Settings
from support.kafka import Kafka
from support.site.everybody import everybody_tries
from support.site.look import look_at_all
from support.site.matching import fill
from support.site.matching_rows import ROWS


async def test_everybody_gets_in_where_they_may_and_nowhere_else(
    api: httpx.AsyncClient, kafka: Kafka, subtests: pytest.Subtests
) -> None:
    await everybody_tries("matching", create_app(Settings()), api, await fill(api, kafka), ROWS, subtests)


async def test_every_page_is_light_and_can_be_used_on_the_smallest_screen(
    api: httpx.AsyncClient, kafka: Kafka, browser: Browser, subtests: pytest.Subtests
) -> None:
    await look_at_all(browser, "matching", api, await fill(api, kafka), ROWS, subtests)
