"""A match day as pages, without scripts: ranking by buttons, sending it, and what came of it."""

import httpx
import pytest

from support.answers import ok
from support.attendees import Visitor, listed, profiled, settled
from support.kafka import Kafka
from support.two_hosts import until_state

PATH = "/my/match-days/spring"


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows Ada and Ben, three listings, and an open match day with two of them."""
    for id in ("ada", "ben"):
        await profiled(kafka, id)
    for id in ("l1", "l2", "l3"):
        await listed(kafka, id)
    await settled(kafka)
    round = {"name": "Spring <day>", "listing_ids": ["l1", "l2"], "conference_id": "c1", "closes_at": "2099-03-01T12:00:00Z"}
    assert (await api.put("/rounds/spring", json=round)).status_code == 201
    return api


async def ranking(api: httpx.AsyncClient, who: str = "ada") -> list[str]:
    answer = await api.get(f"/rounds/spring/rankings/attendees/{who}")
    return [] if answer.status_code == 404 else answer.json()["listing_ids"]


async def test_ranked_by_buttons_sent_changed_and_published(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    await ada.get(PATH)
    assert ada.status == 404, "it is a draft"
    await ok(api.post("/rounds/spring/open"))
    await ada.get("/my")
    assert "A match day is open" in ada.text
    assert f'href="{PATH}"' in ada.page
    await ada.get(PATH)
    assert "Spring <day>" in ada.text
    assert "Project l3" not in ada.text, "it is not in this match day"
    assert "Send the ranking" not in ada.buttons
    for listing in ("l1", "l2"):
        await ada.press("Add", move=f"add:{listing}")
    assert 'value="send" autofocus' in ada.page, "there is nothing else to add"
    await ada.press("Up", move="up:l2")
    assert 'value="down:l2" autofocus' in ada.page, "the first row has no other button to go on with"
    assert "Not sent yet" in ada.text
    assert ada.text.index("Project l2") < ada.text.index("Project l1")
    assert await ranking(api) == []
    await ada.press("Send the ranking")
    assert "Your ranking is sent" in ada.text
    assert await ranking(api) == ["l2", "l1"]
    await ada.get("/my")
    assert "A match day is open" not in ada.text
    assert "You can change it until Sun 1 March 2099" in ada.text

    await ada.get(PATH)
    await ada.press("Remove", move="remove:l1")
    await ada.press("Send the ranking")
    assert await ranking(api) == ["l2"]
    await ada.press("Withdraw the ranking")
    assert await ranking(api) == []
    await ada.press("Add", move="add:l2")
    await ada.press("Add", move="add:l1")
    await ada.press("Send the ranking")
    assert await ranking(api, "ben") == []

    for listing in ("l1", "l2"):
        await ok(api.put(f"/rounds/spring/rankings/listings/{listing}", json={"by": "score"}))
    await ok(api.post("/rounds/spring/lock"))
    await until_state(api, "spring", "matched")
    await ada.get(PATH)
    assert "We will write to you as soon as the results are published" in ada.text
    assert ada.buttons == set()
    await ada.post(PATH, {"move": "send", "listing_ids": ["l1"]})
    assert ada.status == 409
    assert "This match day no longer takes rankings" in ada.text
    await ada.post(f"{PATH}/take-back")
    assert ada.status == 409
    await ok(api.post("/rounds/spring/publish"))
    await until_state(api, "spring", "published")
    await ada.get(PATH)
    assert "You have a place." in ada.text
    assert "This is your place" in ada.text
    assert "You have a place that you ranked higher" in ada.text
    assert "Places that are free now" not in ada.text
    await ada.get("/my/placements/spring:ada")
    assert "Agreed" in ada.text
    assert "A place from a match day binds both sides" in ada.text
    assert ada.buttons == set()

    ben = await Visitor.signed_in(api, "ben")
    await ben.get(PATH)
    assert "You did not take part in it." in ben.text
    assert "Places that are free now" in ben.text
    assert 'href="/my/matches/l1"' in ben.page
    await ben.get("/my/placements/spring:ada")
    assert ben.status == 404


async def test_nonsense_is_refused_and_changes_nothing(api: httpx.AsyncClient) -> None:
    await ok(api.post("/rounds/spring/open"))
    ada, cyd = await Visitor.signed_in(api, "ada"), await Visitor.signed_in(api, "cyd")
    await ada.post(PATH, {"move": "send"})
    assert ada.status == 422
    for listings in (["l3"], ["nowhere"], ["<script>"]):
        await ada.post(PATH, {"move": "send", "listing_ids": listings})
        assert ada.status == 422
        assert '<script>"' not in ada.page
    for move in ("up:l1", "down:nowhere", "remove:", ":", "x" * 5000, "add:"):
        await ada.post(PATH, {"move": move, "listing_ids": ["l1", "l1", ""]})
        assert ada.status == 200
        assert "Project l1" in ada.text
    await ada.post(PATH, {"move": "search", "q": "PROJECT l2"})
    assert "Project l2" in ada.text
    assert "Project l1" not in ada.text
    await cyd.post(PATH, {"move": "send", "listing_ids": ["l1"]})
    assert cyd.status == 404, "matching does not know them"
    assert await ranking(api) == []
