"""The matching service as the tests of its rooms use it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from matching.main import create_app
from matching.settings import Settings
from support.copied_keys import keyed
from support.rounds import MatchDay
from support.serving import serving


@pytest.fixture
def only_service() -> str:
    return "matching"


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, with a key for everything."""
    async with serving(create_app(Settings())) as client:
        yield await keyed(client, "matching")


@pytest.fixture
async def day(environment: dict[str, str]) -> AsyncIterator[MatchDay]:
    """Match days on the service's database, without the service around them."""
    async with MatchDay() as day:
        yield day
