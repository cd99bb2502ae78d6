"""A listing that was somebody's idea, over HTTP: its author may apply first, and others after that."""

from datetime import UTC, datetime, timedelta
from functools import partial

import httpx

from support.answers import ok, refused
from support.applications_api import LETTER, SUMMER, apply, path, settled
from support.kafka import Kafka
from support.patience import until
from support.published import publish_listing


async def idea_of_ada(api: httpx.AsyncClient, kafka: Kafka, until: str, version: int = 1, author: str = "ada") -> None:
    kept = {"idea_author_id": author, "author_only_until": until}
    await publish_listing(kafka, "idea", version, conditions=SUMMER, capacity=3, skills=["python"], **kept)
    await settled(kafka)


async def recommended(api: httpx.AsyncClient, attendee: str) -> bool:
    return (await ok(api.get(f"/attendees/{attendee}/listings/idea")))["rank"] is not None


async def test_only_the_author_of_an_idea_may_apply_until_they_have(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await idea_of_ada(api, kafka, "2099-01-08T12:00:00Z")
    detail = await refused(api.put(path("ben", "idea"), json=LETTER), 409)
    assert detail.startswith(
        "this listing was an attendee's idea, and its author may apply first; everybody else may apply from 2099-01-08 12:00 UTC"
    )
    assert "ada" not in detail.lower(), "whose idea it was is no business of others"
    preview = await ok(api.get(path("ben", "idea") + "/preview"))
    assert [one["kind"] for one in preview["obstacles"]] == ["author_first"]
    assert preview["author_only_until"] == "2099-01-08T12:00:00Z"
    explained = await ok(api.get("/attendees/ben/listings/idea"))
    assert explained["obstacle"] == "only for the author of its idea so far"
    for attendee in ("ada", "ben"):
        assert not await recommended(api, attendee)
    assert (await ok(api.get(path("ada", "idea") + "/preview")))["obstacles"] == []
    await apply(api, "ada", "idea")
    await apply(api, "ben", "idea")
    await until(partial(recommended, api, "cyd"))
    # A newer version of the listing that was made before does not close it again.
    await idea_of_ada(api, kafka, "2099-01-08T12:00:00Z", version=2)
    assert (await ok(api.get(path("cyd", "idea") + "/preview")))["obstacles"] == []
    assert (await ok(api.get("/attendees/cyd/listings/idea")))["obstacle"] is None


async def test_after_some_days_or_once_the_author_gives_way_everybody_may_apply(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await idea_of_ada(api, kafka, (datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    await apply(api, "ben", "idea")
    await publish_listing(kafka, "other", conditions=SUMMER, idea_author_id="ada", author_only_until="2099-01-08T12:00:00Z")
    await settled(kafka)
    await refused(api.put(path("cyd", "other"), json=LETTER), 409)
    await publish_listing(kafka, "other", 2, conditions=SUMMER, idea_author_id="ada")
    await settled(kafka)
    await apply(api, "cyd", "other")
