"""The registration service as the tests of its rooms use it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from registration.main import create_app
from registration.settings import Settings
from shared.database.mongo import Database
from support.keys import operator
from support.serving import serving


@pytest.fixture
def only_service() -> str:
    return "registration"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    """The conferences, by id, that are announced before a test begins. A module that needs some overrides this fixture."""
    return {}


@pytest.fixture
async def api(environment: dict[str, str], conferences: dict[str, dict[str, Any]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, with a key that has every scope of an operator."""
    async with serving(create_app(Settings())) as client:
        await operator(client)
        for id, conference in conferences.items():
            answer = await client.put(f"/conferences/{id}", json=conference)
            assert answer.status_code == 201, answer.text
        yield client


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    """The service's database, for what no interface shows or changes."""
    database = Database("registration", Settings())
    yield database
    database.close()
