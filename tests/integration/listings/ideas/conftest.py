"""What the tests of ideas share."""

import httpx
import pytest

from support.answers import ok
from support.ideas import ADA, BOB, attended
from support.kafka import Kafka


@pytest.fixture
async def four_hosts(api: httpx.AsyncClient, kafka: Kafka) -> None:
    """Two attendees of conferences; three hosts of one of these, of which one is not approved, and one of another."""
    for id, conference, approved in (("acme", "c1", True), ("beta", "c1", True), ("new", "c1", False), ("far", "c9", True)):
        host = {"name": id, "conference_ids": [conference], "approved": approved}
        await ok(api.put(f"/organizations/{id}", json=host))
    await attended(kafka, ADA, "c1", "c2")
    await attended(kafka, BOB, "c1")
