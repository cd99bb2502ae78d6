"""When listings close, fill, expire and open again, on several instances too."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.main import create_app
from listings.organizations.repository import OrganizationsRepository
from listings.settings import Settings
from shared.database.mongo import Database, Tx
from support.answers import ok, refused
from support.copied_keys import keyed
from support.kafka import Kafka
from support.listings_api import details, opened, opened_for_a_moment, promised, soon, told, until_status
from support.published import publish_seats
from support.serving import serving

pytestmark = pytest.mark.usefixtures("often", "acme_and_ada")


async def test_seats_are_taken_filled_and_free_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    for version, placed in ((1, 1), (1, 1), (2, 2), (1, 1)):
        await promised(kafka, version=version, placed=placed)
    listing = await ok(api.get("/listings/l1"))
    assert (listing["status"], listing["seats"], listing["placed"]) == ("filled", 0, 2)
    assert "all 2 seats are taken" in await refused(api.post("/listings/l1/publish"), 409)
    lowered = await ok(api.put("/listings/l1", json=details(capacity=1)))
    assert (lowered["status"], lowered["over"], lowered["placed"]) == ("filled", 1, 2)
    assert (await ok(api.put("/listings/l1", json=details())))["over"] == 0
    for _ in range(2):
        await promised(kafka, version=3, placed=1)
    listing = await ok(api.get("/listings/l1"))
    assert (listing["status"], listing["seats"]) == ("published", 1)
    events = await told(kafka, "l1", 6)
    assert [(event.get("seats", event.get("reason")), event["capacity"]) for event in events] == [
        *((2, 2), (1, 2), ("filled", 2)),
        *(("filled", 1), ("filled", 2)),  # matching is told how many there are, although nobody else is concerned
        (1, 2),
    ]


async def test_a_host_that_changes_its_listing_while_seats_are_promised_loses_no_promise(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await opened(api, capacity=3)
    async with serving(create_app(Settings())) as second:
        await keyed(second, "listings")
        changes = [(api, second)[n % 2].put("/listings/l1", json=details(capacity=3 + n % 3)) for n in range(12)]
        seats = [publish_seats(kafka, version=1 + n, placed=1 + n % 3) for n in range(6)]
        await asyncio.gather(*(ok(change) for change in changes), *seats)
        await kafka.no_lag("matching.seats", "listings")
    listing = await ok(api.put("/listings/l1", json=details(capacity=3)))
    assert (listing["status"], listing["placed"], listing["seats"]) == ("filled", 3, 0)


async def test_a_closed_listing_is_withdrawn_once_and_can_be_published_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    for _ in range(2):
        assert (await ok(api.post("/listings/l1/close")))["status"] == "closed"
    assert "publish it again" in await refused(api.put("/listings/l1", json=details(title="Other")), 409)
    await ok(api.post("/listings/l1/publish"))
    assert [event.get("reason") for event in await told(kafka, "l1", 3)] == [None, "closed", None]


async def test_a_listing_expires_at_its_deadline_and_opens_again_with_a_later_one(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened_for_a_moment(api, "l1")
    await opened(api, "other", deadline=soon(3600))
    await until_status(api, "l1", "expired")
    assert "has passed" in await refused(api.post("/listings/l1/publish"), 409)
    assert "expired; publish it again" in await refused(api.put("/listings/l1", json=details(title="Other")), 409)
    await ok(api.post("/listings/l1/publish", json={"deadline": soon(3600)}))
    await ok(api.put("/listings/l1", json=details(title="Other")))
    assert [event.get("reason") for event in await told(kafka, "l1", 4)] == [None, "expired", None, None]
    assert (await ok(api.get("/listings/other")))["status"] == "published"


async def test_several_instances_close_each_due_listing_once(
    environment: dict[str, str], api: httpx.AsyncClient, kafka: Kafka
) -> None:
    at_most, count = 4, 15
    for n in range(count):
        await opened(api, f"l{n}", deadline=soon(3600))
    await opened(api, "later", deadline=soon(3 * 24 * 3600))
    settings = Settings()

    async def instance() -> list[int]:
        """Ends what is due by tomorrow, as a service does in the background. Returns how many in each transaction."""
        database = Database("listings", settings)
        listings = Listings(ListingsRepository(database.db), OrganizationsRepository(database.db), timedelta(days=7))

        async def tomorrow(tx: Tx) -> int:
            tx.now += timedelta(days=1)
            return await listings.expire_due(tx, at_most)

        ended = [await database.transact(tomorrow)]
        while ended[-1] == at_most:
            ended.append(await database.transact(tomorrow))
        database.close()
        return ended

    ended = [one for each in await asyncio.gather(instance(), instance(), instance()) for one in each]
    assert sum(ended) == count
    assert max(ended) <= at_most
    assert (await ok(api.get("/statistics")))["expired"] == count
    assert (await ok(api.get("/listings/later")))["status"] == "published"
    for n in range(count):
        assert [event.get("reason") for event in await told(kafka, f"l{n}", 2)] == [None, "expired"]
