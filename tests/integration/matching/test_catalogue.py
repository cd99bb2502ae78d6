"""Listings as matching keeps them, on a real database: what the host says of them comes back as it was."""

from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.model.listings import Listing
from matching.settings import Settings
from shared.contract.envelope import Event, Received
from shared.contract.events.listings import ListingPublished, ListingWithdrawn, Pay
from shared.contract.topics import LISTINGS
from shared.database.mongo import Database
from support.databases import apply
from support.published import listing_published
from support.worlds import PlainTerms


async def kept(*data: BaseModel | None) -> Listing:
    """The listing after these events, as another instance reads it."""
    database = Database("matching", Settings())
    try:
        catalogue = LiveCatalogue(CatalogueRepository(database.db), PlainTerms(), Weights(), Numbering())
        for one in data:
            record = Received(LISTINGS.name, b"", [], key=b"l1")
            await apply(database, catalogue.apply, Event("id", "listings", "type", datetime.now(UTC), "", one, record))
        return (await database.transact(lambda tx: CatalogueRepository(database.db).listings(["l1"], tx)))["l1"]
    finally:
        database.close()


def listing(**changes: Any) -> ListingPublished:
    return ListingPublished.model_validate(listing_published("l1", **changes))


async def test_what_decides_an_application_is_kept(environment: dict[str, str]) -> None:
    conditions = {"starts": "2027-06-01", "ends": "2027-08-31", "hours_per_week": 20, "place": "Ondřejov", "country": "CZ"}
    pay = {"amount": 900.5, "currency": "EUR", "period": "month"}
    opens_at = datetime(2027, 1, 1, 9, tzinfo=UTC)
    programme = {"kind": "leadership", "opens_at": opens_at}
    found = await kept(listing(conditions=conditions, pay=pay, capacity=3, answer_days=10, **programme))
    assert (found.pay, found.capacity, found.answer_days, found.kind) == (Pay.model_validate(pay), 3, 10, "leadership")
    assert found.opens_at == opens_at
    assert (found.conditions.starts, found.conditions.place) == (date(2027, 6, 1), "Ondřejov")
    assert (found.open, found.closed) == (True, False)


async def test_an_unpaid_listing_differs_from_one_that_says_nothing(environment: dict[str, str]) -> None:
    assert (await kept(listing(pay={"amount": 0}))).pay == Pay(amount=0)
    assert (await kept(listing(version=2))).pay is None


async def test_a_listing_is_closed_by_its_host_or_by_its_erasure_only(environment: dict[str, str]) -> None:
    for version, reason, closed in ((2, "filled", False), (3, "expired", False), (4, "closed", True)):
        withdrawn = ListingWithdrawn.model_validate({"listing_id": "l1", "version": version, "reason": reason})
        found = await kept(listing(capacity=2), withdrawn)
        assert (found.open, found.closed) == (False, closed), reason
        assert found.capacity == 2, "a reader of an earlier release's event keeps what it knew"
    found = await kept(ListingWithdrawn(listing_id="l1", version=5, reason="closed", capacity=4))
    assert found.capacity == 4
    found = await kept(listing(version=6))
    assert (found.open, found.closed) == (True, False)
    assert (await kept(None)).closed
