"""A host ranks for a match day at its desk, without JavaScript: whom it sees, and what its buttons do."""

import re

import httpx

from matching.desk.match_days import MOST_OFFERED
from matching.invitations.domain import candidate_id
from support.answers import ok
from support.host_desk import Applying, Desks, opened_round
from support.kafka import Kafka
from support.patience import until
from support.published import publish_profile


async def test_of_many_who_ranked_a_host_sees_the_best_first_and_all_by_a_link(
    api: httpx.AsyncClient, kafka: Kafka, desk_of: Desks
) -> None:
    others = [f"person{number}" for number in range(MOST_OFFERED + 2)]
    for other in others:
        await publish_profile(kafka, other, interests=[], discipline="law", sharing_consent=True)
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await opened_round(api, ada=["stars"], **{other: ["stars"] for other in others})
    cora, ranked = await desk_of("cora"), "/match-days/autumn/stars"
    page = await cora.open("/desk/o1/match-days/autumn")
    assert page.count('name="add"') == MOST_OFFERED
    assert candidate_id("stars", "ada") in page, "she suits it; the others do not"
    assert "3 more people ranked you: show everybody" in page
    page = await cora.open("/desk/o1/match-days/autumn?all=stars")
    assert page.count('name="add"') == MOST_OFFERED + 3
    assert "more people ranked you" not in page
    last = candidate_id("stars", others[-1])
    page = await cora.send(f"{ranked}?all=stars", add=last)
    assert (await ok(api.get("/rounds/autumn/rankings/listings/stars")))["attendee_ids"] == [others[-1]]
    assert page.count('name="add"') == MOST_OFFERED + 2, "still all"
    assert f'name="ranked" value="{last}"' in await cora.open("/desk/o1/match-days/autumn")


async def test_a_host_ranks_by_buttons_and_sees_its_result(api: httpx.AsyncClient, apply: Applying, desk_of: Desks) -> None:
    for attendee in ("ada", "ben"):
        await apply(attendee)
    await opened_round(api, ada=["stars", "maps"], cyd=["stars"])
    cora = await desk_of("cora")
    assert "Without a ranking, these listings take nobody" in await cora.open("/desk/o1")
    assert "Another one" not in await cora.open("/desk/o1/match-days/autumn"), "others' listings are theirs"
    assert "1 more person ranked you" in cora.page, "cyd neither applied nor agreed to be shown to hosts"
    ada = candidate_id("maps", "ada")
    assert f'value="{ada}"' in cora.page, "ada did not apply for it, but agreed to be shown, without her name"
    for _ in range(2):
        await cora.send("/match-days/autumn/maps", nth=0, add=ada)
        assert (await ok(api.get("/rounds/autumn/rankings/listings/maps")))["attendee_ids"] == ["ada"]
    ranked = "/match-days/autumn/stars"
    await cora.send(ranked, nth=0, add="ben")
    await cora.send(ranked, nth=1, add="ada")

    async def order() -> list[str]:
        return list((await ok(api.get("/rounds/autumn/rankings/listings/stars")))["attendee_ids"])

    assert await order() == ["ben", "ada"]
    assert "Has not ranked you" in cora.page
    await cora.send(ranked, nth=0, up="ada")
    assert await order() == ["ada", "ben"]
    await cora.post(f"/desk/o1{ranked}", {"ranked": ["ben", "ada"]})
    assert await order() == ["ben", "ada"], "as dragged"
    await cora.post(f"/desk/o1{ranked}", {"ranked": ["ben", "ada"], "tied": ["ada"]})
    assert (await ok(api.get("/rounds/autumn/rankings/listings/stars")))["ties"] == [["ben", "ada"]]
    assert len(re.findall(r'name="tied"[^>]* checked', cora.page)) == 1
    await cora.send(ranked, nth=0, remove="ben")
    assert await order() == ["ada"]
    await cora.post("/desk/o1/match-days/autumn/other", {"by": "score"}, 404)
    await cora.post("/desk/o1/match-days/autumn/maps", {"by": "score"})
    assert "Ranked by our score" in cora.page
    kept = await cora.post("/desk/o1/match-days/autumn", {"listing_ids": ["stars"], "most": "-1"}, 422)
    assert ('value="-1"' in kept, kept.count('name="listing_ids"'), kept.count(" checked")) == (True, 2, 1), "typed and ticked"
    await cora.send("/match-days/autumn", listing_ids=["stars", "maps"], most="2")
    assert await ok(api.get("/rounds/autumn/limits/o1")) == {"limits": [{"listing_ids": ["stars", "maps"], "seats": 2}]}
    assert "Your limit is saved." in cora.page
    await cora.post(f"/desk/o1{ranked}", {"discipline": "law", "least": "1"}, 422)
    assert "not possible for a listing under a limit" in cora.page
    await cora.send("/match-days/autumn")
    assert "The limit is ended." in cora.page
    await cora.post(f"/desk/o1{ranked}", {"discipline": "law", "least": "1", "most": "1"})
    mixed = await ok(api.get("/rounds/autumn/rankings/listings/stars"))
    assert (mixed["attendee_ids"], mixed["reserves"], mixed["caps"]) == (["ada"], {"law": 1}, {"law": 1})
    assert "at least 1" in cora.page
    await ok(api.post("/rounds/autumn/lock"))
    page = await cora.post(f"/desk/o1{ranked}", {"ranked": ["ada"]}, 409)
    assert "Rankings are accepted only while the match day is open." in page

    async def in_state(state: str) -> bool:
        return bool((await ok(api.get("/rounds/autumn")))["state"] == state)

    await until(lambda: in_state("matched"))
    assert "Ada" not in await cora.open("/desk/o1/match-days/autumn"), "not published yet"
    await ok(api.post("/rounds/autumn/publish"))
    await until(lambda: in_state("published"))
    assert "1 person has a seat" in await cora.open("/desk/o1/match-days/autumn")
    await cora.open(re.findall(r'href="(/desk/o1/placements/[^"]+)"', cora.page)[0])
    assert "Ada Applicant" in cora.page
    assert "Only an organizer of the conference can release you." in cora.page
    assert not cora.has("/end")
