"""Every page and action of registration × everybody; and every page in a narrow browser."""

import httpx
import pytest
from playwright.async_api import Browser

from registration.main import create_app
from registration.settings import Settings
from support.kafka import Kafka
from support.site.everybody import everybody_tries
from support.site.look import look_at_all
from support.site.registration import ROWS, fill


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Credentials are issued."""
    monkeypatch.setenv("ISSUER_URL", "https://desk.example")
    return environment


async def test_everybody_gets_in_where_they_may_and_nowhere_else(
    api: httpx.AsyncClient, kafka: Kafka, subtests: pytest.Subtests
) -> None:
    await everybody_tries("registration", create_app(Settings()), api, await fill(api, kafka), ROWS, subtests)


async def test_every_page_is_light_and_can_be_used_on_the_smallest_screen(
    api: httpx.AsyncClient, kafka: Kafka, browser: Browser, subtests: pytest.Subtests
) -> None:
    await look_at_all(browser, "registration", api, await fill(api, kafka), ROWS, subtests)
