"""Two attendees who go together on a match day: from the code to their results, on pages and over HTTP."""

import json
import re

import httpx
import pytest

from support.answers import ok, refused
from support.attendees import Visitor, listed, profiled, settled
from support.databases import database_of
from support.kafka import Kafka
from support.two_hosts import until_state

PATH = "/my/match-days/spring"
PARTNERS = "/rounds/spring/partners"


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows three attendees and two listings of one host, with a seat each, in an open match day."""
    for id in ("ada", "ben", "cyd"):
        await profiled(kafka, id)
    for id in ("l1", "l2"):
        await listed(kafka, id)
    await settled(kafka)
    round = {"name": "Spring", "listing_ids": ["l1", "l2"], "conference_id": "c1", "closes_at": "2099-03-01T12:00:00Z"}
    assert (await api.put("/rounds/spring", json=round)).status_code == 201
    await ok(api.post("/rounds/spring/open"))
    return api


async def code_of(visitor: Visitor) -> str:
    await visitor.get(PATH)
    await visitor.press("Get a code for the other person")
    assert "Here is your code." in visitor.text
    [code] = re.findall(r"<strong>([A-Z0-9]{4} [A-Z0-9]{4})</strong>", visitor.page)
    return str(code)


async def test_one_draws_a_code_and_the_other_enters_it(api: httpx.AsyncClient) -> None:
    ada, ben, cyd = [await Visitor.signed_in(api, id) for id in ("ada", "ben", "cyd")]
    first = await code_of(ada)
    await ada.press("Take the code back")
    assert "You take part alone." in ada.text
    code = await code_of(ada)
    for wrong, reason in (("ZZZZ ZZZZ", "is not valid"), (first, "is not valid"), (code, "is your own")):
        await ada.press("Go together", code=wrong)
        assert ada.status == 422
        assert reason in ada.text
        assert f'value="{wrong}"' in ada.page, "what was typed is still there"
    await ben.get(PATH)
    await ben.press("Go together", code=code.lower().replace(" ", "-"))
    assert "You go together from now on." in ben.text
    await ada.get(PATH)
    assert "You go together" in ada.text
    assert code not in ada.page
    await cyd.get(PATH)
    await cyd.press("Go together", code=code)
    assert cyd.status == 422, "a code is for one person"
    await ada.post(f"{PATH}/together", {"together": "invite"})
    assert ada.status == 409, "they go with somebody already"
    await ben.press("Take part alone")
    await ada.get(PATH)
    assert "Take part alone" not in ada.buttons, "either may end it"


async def test_programs_get_the_same_and_nobody_learns_who_the_other_is(api: httpx.AsyncClient) -> None:
    drawn = await ok(api.post(f"{PARTNERS}/ada"))
    assert drawn["together"] is False
    assert await ok(api.put(f"{PARTNERS}/ben", json={"code": drawn["code"]})) == {"together": True, "code": None}
    assert await ok(api.get(f"{PARTNERS}/ada")) == {"together": True, "code": None}
    await refused(api.post(f"{PARTNERS}/nobody"), 404)
    await refused(api.get(f"{PARTNERS}/cyd"), 404)
    await refused(api.delete(f"{PARTNERS}/cyd"), 404)
    await refused(api.put(f"{PARTNERS}/cyd", json={"code": drawn["code"]}), 422, "code")
    ada = await Visitor.signed_in(api, "ada")
    exported = (await ada.get("/my/export")).json()
    assert exported["partnerships"] == [{"round_id": "spring", "code": "", "together": True}]
    assert "ben" not in json.dumps(exported["partnerships"] + exported["match_days"])
    await ok(api.delete(f"{PARTNERS}/ada"))
    await refused(api.get(f"{PARTNERS}/ben"), 404)
    await ok(api.post("/rounds/spring/lock"))
    await refused(api.post(f"{PARTNERS}/ada"), 409)


async def test_they_get_places_together_and_an_erasure_leaves_nothing_of_one(api: httpx.AsyncClient, kafka: Kafka) -> None:
    drawn = await ok(api.post(f"{PARTNERS}/ada"))
    await ok(api.put(f"{PARTNERS}/ben", json={"code": drawn["code"]}))
    for who, listings in (("ada", ["l1"]), ("ben", ["l2"]), ("cyd", ["l2"])):
        await ok(api.put(f"/rounds/spring/rankings/attendees/{who}", json={"listing_ids": listings}))
    for listing, people in (("l1", ["ada"]), ("l2", ["ben", "cyd"])):
        await ok(api.put(f"/rounds/spring/rankings/listings/{listing}", json={"attendee_ids": people}))
    await ok(api.post("/rounds/spring/lock"))
    await until_state(api, "spring", "matched")
    check = await ok(api.get("/rounds/spring/check"))
    assert (check["blocking_pairs"], check["dissatisfied_couples"], check["repeats"]) == (0, 0, True)
    await ok(api.post("/rounds/spring/publish"))
    await until_state(api, "spring", "published")
    for who, seat in (("ada", "l1"), ("ben", "l2")):
        assert (await ok(api.get(f"/rounds/spring/outcomes/attendees/{who}")))["listing_id"] == seat
    await kafka.send("registration.profiles", None, key="ben")
    await kafka.no_lag("registration.profiles", "matching.candidates")
    async with database_of("matching") as database:
        for collection in ("round_pages", "round_partnerships", "round_rankings"):
            stored = str(await database.db[collection].find({}).to_list(None))
            assert not re.search(r"\bben\b", stored), collection
    assert (await ok(api.get("/rounds/spring/check")))["blocking_pairs"] == 0
