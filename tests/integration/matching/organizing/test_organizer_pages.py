"""Pages for organizers, without JavaScript: a match day from nothing to its result, and what is refused on the way."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.databases import database_of
from support.forms import Walker
from support.kafka import Kafka
from support.patience import PATIENCE
from support.published import publish_organization
from support.sessions import sign_in

HOSTILE = "<script>alert(1)</script> & Söhne"
PAGES = [
    ("GET", "/organize-days"),
    ("GET", "/organize-days/{conference}"),
    ("GET", "/organize-days/{conference}/plan"),
    ("POST", "/organize-days/{conference}/plan"),
    ("GET", "/organize-days/{conference}/answers"),
    ("GET", "/organize-days/{conference}/{round}"),
    ("GET", "/organize-days/{conference}/{round}/internships"),
    ("POST", "/organize-days/{conference}/{round}/internships"),
    ("GET", "/organize-days/{conference}/{round}/open"),
    ("POST", "/organize-days/{conference}/{round}/open"),
    ("POST", "/organize-days/{conference}/{round}/lock"),
    ("POST", "/organize-days/{conference}/{round}/publish"),
    ("POST", "/organize-days/{conference}/{round}/cancel"),
    ("POST", "/organize-days/{conference}/{round}/clean-up"),
]
"""All pages and forms for organizers that matching serves."""


@pytest.fixture
async def olga(api: httpx.AsyncClient) -> Walker:
    return Walker(api, await sign_in("matching", "olga"))


async def until_shown(walker: Walker, path: str, text: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while text not in await walker.open(path):
            await asyncio.sleep(0.2)


async def planned(olga: Walker, **typed: Any) -> str:
    """Plan a match day of o1's two internships. Returns its path."""
    await olga.open("/organize-days/c1/plan")
    closes = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    await olga.send("/plan", **{"name": "Autumn", "closes_at": closes} | typed)
    day = olga.path.partition("?")[0]
    await olga.post(f"{day}/internships", {"do": "only", "listing_ids": ["maps", "stars"]})
    await olga.open(day)
    return day


async def test_an_organizer_goes_from_nothing_to_a_published_match_day(api: httpx.AsyncClient, olga: Walker) -> None:
    assert "Conference c1" in await olga.open("/organize-days")
    assert "Conference c2" not in olga.page
    assert "No match day yet" in await olga.follow("Conference c1")
    page = await olga.follow("Plan a match day")
    assert "It has all 3 open internships" in page
    assert "The match day is planned." in await olga.send("/plan", name="Autumn", clean_ups="0")
    day = olga.path.partition("?")[0]
    page = await olga.follow("Choose internships")
    assert "Of a host that names none" in page
    assert "Of another conference" not in page
    assert HOSTILE not in page
    page = await olga.open(f"{day}/internships?search=THAT+names")
    assert "Map the stars" not in page
    page = await olga.send("/internships?search=THAT+names&page=1", all="yes", do="remove")
    assert "The match day has 2 internships." in page
    assert "A match day has at least one internship." in await olga.post(f"{day}/internships", {"do": "only"}, 409)
    await olga.post(f"{day}/internships", {"do": "add", "listing_ids": ["other", "nonsense"]})
    assert "The match day has 2 internships." in olga.page, "others’ are not offered"
    await olga.open(day)
    await olga.follow("Open the ranking")
    assert "can no longer change" in olga.page
    assert "The ranking is open." in await olga.send("/open")
    assert "The hosts of 2 internships have not ranked. They would take nobody." in olga.page
    round = day.rpartition("/")[2]
    await ok(api.put(f"/rounds/{round}/rankings/listings/stars", json={"by": "score"}))
    for attendee in ("ada", "ben"):
        await ok(api.put(f"/rounds/{round}/rankings/attendees/{attendee}", json={"listing_ids": ["stars"]}))
    await olga.open(day)
    assert "The host of 1 internship has not ranked." in olga.page
    await olga.follow("Lock the ranking")
    await olga.send("/lock")
    await until_shown(olga, day, "Assigned: only you know the result")
    assert "1 of 2 attendees have a seat." in olga.page
    assert "The result is stable" in await olga.follow("Check that it is stable")
    await olga.open(day)
    page = await olga.follow("Publish the result")
    assert "This cannot be undone." in page
    await olga.send("/publish")
    await until_shown(olga, day, "Published: everybody knows their result")
    assert not olga.has("/cancel")
    assert not re.search(r"\bada\b", olga.page), "no attendee is named"
    assert "including those who did not rank before" in await olga.follow("Start a round for the seats left")
    assert "The round for the seats left is open." in await olga.send("/clean-up")
    assert not olga.has("/clean-up"), "it follows already"
    assert "Published: everybody" in await olga.open("/organize-days/c1")
    german = Walker(api, olga.headers, "de")
    assert "Veröffentlicht: Alle kennen ihr Ergebnis" in await german.open(day)


async def test_what_the_state_forbids_is_refused_in_words(api: httpx.AsyncClient, olga: Walker) -> None:
    day = await planned(olga)
    for command in ("lock", "publish"):
        assert "Nothing was changed." in await olga.post(f"{day}/{command}", {"version": "1"}, 409)
        assert "Nothing was changed." in await olga.open(f"{day}/{command}", 409)
    await olga.post(f"{day}/explode", {"version": "1"}, 404)
    assert "has changed since you saw it" in await olga.post(f"{day}/open", {}, 412)
    await olga.open(f"{day}/open")
    changed = Walker(api, olga.headers)
    await changed.open(day)
    await changed.follow("Change it")
    assert "The change is saved." in await changed.send("/plan", name="Autumn, once more")
    assert "has changed since you saw it" in await olga.send("/open", 412)
    await olga.open(f"{day}/open")
    await olga.send("/open")
    await olga.post(f"{day}/open", {"version": "2"})
    assert "can no longer change" in await olga.follow("Change it")
    await olga.send("/plan", name="Winter")
    assert "Winter" in olga.page
    assert len((await ok(api.get(f"/rounds/{day.rpartition('/')[2]}")))["listing_ids"]) == 2
    await olga.follow("Cancel this match day")
    assert "Cancelled: it has no result" in await olga.send("/cancel")
    assert not olga.has("/open")
    await olga.open(f"{day}/open", 409)


async def test_a_plan_that_is_refused_keeps_what_was_typed(olga: Walker) -> None:
    await olga.open("/organize-days/c1/plan")
    faulty: tuple[tuple[dict[str, object], str], ...] = (
        ({"name": ""}, "Nothing has been sent yet"),
        ({"closes_at": "soon"}, "must be a day and a time"),
        ({"clean_ups": "9"}, "Rounds for the seats left"),
    )
    for typed, fault in faulty:
        page = await olga.send("/plan", 422, **{"name": HOSTILE, "hours": "36", "closes_at": "", "clean_ups": "1"} | typed)
        assert fault in page
        assert 'value="36"' in page
        assert HOSTILE not in page
    await planned(olga, name="First")
    await olga.open("/organize-days/c1/plan")
    await olga.send("/plan", name="Second")
    second = olga.path.partition("?")[0]
    page = await olga.open(f"{second}/internships")
    assert "The match day has 1 internship." in page, "the other two are in the first one"
    assert page.count("no, in another one") == 2
    assert "is in another round" in await olga.post(f"{second}/internships", {"do": "add", "listing_ids": ["stars"]}, 409)
    await olga.open("/organize-days/c1/plan")
    assert "are in other match days" in await olga.send("/plan", 422, name="Third")
    assert 'value="Third"' in olga.page


async def test_others_match_days_do_not_exist(api: httpx.AsyncClient, olga: Walker, subtests: pytest.Subtests) -> None:
    day = await planned(olga)
    round = day.rpartition("/")[2]
    otto = Walker(api, await sign_in("matching", "otto"))
    ada = Walker(api, await sign_in("matching", "ada"))
    for method, path in PAGES[1:]:
        for conference in ("c1", "c2", "none"):
            at = path.format(conference=conference, round=round)
            if conference == "c2" and "{round}" not in path:
                continue  # his own
            with subtests.test(f"{method} {at}"):
                answer = await api.request(method, at, headers=otto.headers)
                assert answer.status_code == 404
                assert "Autumn" not in answer.text
                assert (await api.request(method, at, headers=ada.headers)).status_code == 403
    await otto.open("/organize-days/c2/plan")
    await otto.send("/plan", 404, round=round, name="Taken over")
    assert (await ok(api.get(f"/rounds/{round}")))["name"] == "Autumn"


async def test_answers_are_counted_by_host_worst_first_and_name_nobody(
    api: httpx.AsyncClient, kafka: Kafka, olga: Walker
) -> None:
    await publish_organization(kafka, "idle", 1, ["c1"])
    await kafka.no_lag("listings.organizations", "matching.roles")

    async def counted_again(text: str) -> str:
        async with database_of("matching") as database:
            await database.db["leases"].delete_many({"_id": "host-answers"})
        await until_shown(olga, "/organize-days/c1/answers", text)
        return olga.page

    page = await counted_again("no answer has been due yet")
    assert "Lead" in page
    for attendee in ("ada", "ben"):
        body = {"name": f"{attendee.title()} Applicant", "note": "Please"}
        await ok(api.put(f"/attendees/{attendee}/applications/stars", json=body))
    application = (await ok(api.get("/attendees/ada/applications")))["items"][0]
    rejected = api.post(f"/applications/{application['id']}/reject", headers={"if-match": f'"{application["version"]}"'}, json={})
    await ok(rejected)
    page = await counted_again("100 %")
    assert "Applicant" not in page
    assert 'data-label="To be answered">1<' in page
    assert page.index(">o1<") < page.index(">idle<"), "it has something to answer"
