"""What the tests of applications share."""

from collections.abc import AsyncIterator

import httpx
import pytest

from support.applications_api import ATTENDEES, SUMMER, profiled, settled
from support.applying import Applying
from support.kafka import Kafka
from support.published import publish_listing


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows attendees, and the listings l1 to l3 of the host o1 and l4 of o2, all for the same summer; l2 has one seat."""
    for id in ATTENDEES:
        await profiled(kafka, id)
    for id, host, capacity in (("l1", "o1", 3), ("l2", "o1", 1), ("l3", "o1", 1), ("l4", "o2", 3)):
        await publish_listing(kafka, id, organization_id=host, conditions=SUMMER, capacity=capacity, skills=["python"])
    await settled(kafka)
    return api


@pytest.fixture
async def world(environment: dict[str, str]) -> AsyncIterator[Applying]:
    """Ada and Ben, with 40 hours a week, and the hosts l1, l2 and l3, with one seat each for the whole summer."""
    async with Applying() as world:
        await world.applications.ensure_indexes()
        await world.attend("ada", "ben")
        await world.host("l1", "l2", "l3")
        yield world
