"""What the tests of nominations share."""

from collections.abc import AsyncIterator

import pytest

from support.nominating import Nominating


@pytest.fixture
async def world(environment: dict[str, str]) -> AsyncIterator[Nominating]:
    async with Nominating() as world:
        await world.meet("ada", "bob")
        await world.employ("m1", "m2")
        await world.open("p1")
        yield world
