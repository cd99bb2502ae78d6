"""Seats and placements as the tests of this room use them."""

from collections.abc import AsyncIterator

import pytest

from support.placing import Placing


@pytest.fixture
async def placing(environment: dict[str, str]) -> AsyncIterator[Placing]:
    """The keepers on the service's database, without the service around them."""
    async with Placing() as placing:
        yield placing
