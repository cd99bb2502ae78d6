"""The listings service as the tests of its rooms use it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from listings.main import create_app
from listings.settings import Settings
from support.copied_keys import keyed
from support.serving import serving


@pytest.fixture
def only_service() -> str:
    return "listings"


@pytest.fixture
def often(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The service looks often for what is due."""
    monkeypatch.setenv("DEADLINE_SECONDS", "0.1")


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, with a key for everything. The service knows no organization and no listing."""
    async with serving(create_app(Settings())) as client:
        yield await keyed(client, "listings")
