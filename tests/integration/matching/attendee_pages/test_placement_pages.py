"""A placement as pages: what the attendee is asked, what they say, and what is not theirs to say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.attendees import Visitor, listed, profiled, settled
from support.kafka import Kafka


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows Ada and Ben, and two listings."""
    for id in ("ada", "ben"):
        await profiled(kafka, id)
    for id in ("l1", "l2"):
        await listed(kafka, id)
    await settled(kafka)
    return api


async def placed(api: httpx.AsyncClient, starts: int, ends: int, listing: str = "l1") -> str:
    """Give Ada a placement with these days. Returns its page's path."""
    dates = {"starts": day(starts), "ends": day(ends)}
    placement = await ok(api.post("/placements", json={"attendee_id": "ada", "listing_id": listing, "reason": "agreed"} | dates))
    return f"/my/placements/{placement['id']}"


async def stored(api: httpx.AsyncClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = await ok(api.get(path.removeprefix("/my")))
    return found


async def test_from_the_first_day_to_confirmed_skills_and_a_hire(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    path = await placed(api, -2, 0)
    await ada.get("/my")
    assert "Has it started?" in ada.text
    await ada.get(path)
    assert {"Yes, it has started", "No, not yet"} <= ada.buttons
    assert "Send the feedback" not in ada.buttons
    await ada.press("No, not yet")
    assert (await stored(api, path))["start_said"] == {"attendee": False}
    await ada.press("Yes, it has started")
    assert (await stored(api, path))["state"] == "started"

    await ada.get("/my")
    assert "You are asked for feedback" in ada.text
    await ada.get(path)
    await ada.press("Send the feedback", comment="It was\ngood.")
    assert ada.status == 422
    assert "It was\ngood." in ada.page
    await ada.press("Send the feedback", rating=4)
    assert ada.status == 422, "how did it end?"
    await ada.press("Send the feedback", rating=4, outcome="completed")
    assert "The organization does not see it" in ada.text
    given = (await stored(api, path))["feedback"]
    assert [(one["moment"], one["rating"], one["completed"], one["comment"]) for one in given] == [
        ("end", 4, True, "It was\ngood.")
    ]
    await ada.press("Yes, it is completed")
    assert "Completed" in ada.text

    seen = (await stored(api, path))["version"]
    skills = {"skills": [{"term": "NumPy", "level": 4}, {"term": "<b>Maps</b>"}], "remark": "Ada drew our maps."}
    await ok(api.post(f"{path.removeprefix('/my')}/skills", json=skills, headers={"if-match": f'"{seen}"'}))
    await ada.get("/my")
    assert "Observatory named skills that you gained" in ada.text
    await ada.get(path)
    assert "<b>Maps</b>" in ada.text
    await ada.press("Confirm", terms=["NumPy"])
    assert {one["term"]: one["confirmed"] for one in (await stored(api, path))["skills"]} == {"NumPy": True, "<b>Maps</b>": False}
    await ada.press("Tell us", role="Engineer", hired_from="x")
    assert ada.status == 422
    assert 'value="Engineer"' in ada.page
    await ada.press("Tell us", role="Engineer", hired_from=day(1))
    assert "The organization employs you as Engineer" in ada.text


async def test_ended_early_it_says_so_and_takes_nothing_else(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada", language="de")
    path = await placed(api, 10, 40)
    await ada.get(path)
    assert "Vereinbart" in ada.text
    await ada.post(f"{path}/end", {"version": "1", "reason": "by_host"})
    assert ada.status == 422
    await ada.post(f"{path}/end", {"version": "7", "reason": "by_attendee"})
    assert ada.status == 412
    await ada.post(f"{path}/end", {"version": "1", "reason": "by_attendee", "why": "A year abroad"})
    assert ada.status == 200
    assert "Du hast es vorzeitig beendet. “A year abroad”" in ada.text
    assert ada.buttons == set()
    for command in ("start", "complete", "feedback", "confirm-skills", "hire"):
        sent = {"version": "2", "rating": "3", "moment": "middle", "role": "x", "hired_from": day(1), "terms": "x"}
        await ada.post(f"{path}/{command}", sent | {"comment": "From a second tab"})
        assert ada.status == 409, command
        assert "From a second tab</textarea>" in ada.page, "what was typed is not lost with its form"
    await ada.get("/my")
    assert "Nichts wartet auf dich" in ada.text


async def test_placements_of_others_do_not_exist(api: httpx.AsyncClient) -> None:
    path = await placed(api, -2, 30)
    for other in (await Visitor.signed_in(api, "ben"), await Visitor.signed_in(api, "ops", operator=True)):
        await other.get(path)
        assert other.status == 404
        for command in ("start", "complete", "end", "feedback", "confirm-skills", "hire"):
            await other.post(f"{path}/{command}", {"version": "1"})
            assert other.status == 404, command
    assert (await stored(api, path))["version"] == 1
