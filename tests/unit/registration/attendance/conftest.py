"""What the tests of recording share."""

from collections.abc import Iterator

import pytest

from support.memory import World


@pytest.fixture
def world() -> Iterator[World]:
    """Registration in memory, with one conference."""
    world = World()
    yield world
    world.close()
