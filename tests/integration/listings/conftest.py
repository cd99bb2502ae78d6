"""The listings service as the tests of its rooms use it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from listings.main import create_app
from listings.settings import Settings
from support.serving import serving


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, which knows no organization and no listing."""
    async with serving(create_app(Settings())) as client:
        yield client
