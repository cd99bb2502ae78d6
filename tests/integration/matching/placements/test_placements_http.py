"""Placements over HTTP: who sees them, who says what, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from matching.rounds.domain.rounds import Round
from matching.rounds.repository.rounds import Rounds
from support.answers import ok, refused
from support.copied_keys import copy_key
from support.keys import bearer
from support.placing import Placing
from support.sessions import sign_in

TODAY: Final = datetime.now(UTC).date()
FIRST, LAST = str(TODAY - timedelta(60)), str(TODAY)
Headers = dict[str, str]


@pytest.fixture
async def people(api: httpx.AsyncClient, placing: Placing) -> dict[str, Headers]:
    """The service knows four attendees, two listings of two hosts, and who works there."""
    await placing.know({"ada": 30, "ben": None, "cyd": None, "dan": None}, l1=2, l2=2)
    await placing.staff("o-l1", mina="mentor contact", cora="contact")
    await placing.staff("o-l2", zoe="admin")
    own = {"origin": str(api.base_url).rstrip("/")}
    names = ("ada", "ben", "mina", "cora", "zoe", "omar")
    return {name: own | await sign_in("matching", name, operator=name == "omar") for name in names}


async def assign(api: httpx.AsyncClient, attendee_id: str, listing_id: str = "l1", **more: Any) -> dict[str, Any]:
    body = {"attendee_id": attendee_id, "listing_id": listing_id, "reason": "agreed by phone", "starts": FIRST, "ends": LAST}
    placement: dict[str, Any] = await ok(api.post("/placements", json=body | more))
    return placement


async def test_a_placement_by_hand_is_created_once(api: httpx.AsyncClient, people: dict[str, Headers]) -> None:
    body = {"attendee_id": "ada", "listing_id": "l1", "reason": "agreed by phone", "starts": FIRST, "ends": LAST}
    first, again = [await api.post("/placements", json=body) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert (await ok(api.get(str(first.url.join(first.headers["location"])))))["id"] == first.json()["id"]
    assert "location" not in again.headers


class Command:
    """Sends commands about a placement, each with the version as it is then."""

    def __init__(self, api: httpx.AsyncClient, id: str) -> None:
        self._api, self._id = api, id

    async def __call__(self, command: str, who: Headers, seen: int | None = None, **body: Any) -> httpx.Response:
        method = "PUT" if command == "mentors" else "POST"
        version = seen or (await ok(self._api.get(f"/placements/{self._id}")))["version"]
        headers = who | {"if-match": f'"{version}"'}
        return await self._api.request(method, f"/placements/{self._id}/{command}", json=body, headers=headers)


async def test_a_placement_from_the_seat_to_the_hire(
    api: httpx.AsyncClient, placing: Placing, people: dict[str, Headers]
) -> None:
    ada, mina = people["ada"], people["mina"]
    placement = await assign(api, "ada")
    id = placement["id"]
    assert (placement["state"], placement["version"], placement["start_asked"]) == ("confirmed", 1, ["attendee", "host"])
    assert placement["history"][0]["reason"] == "agreed by phone"
    assert await assign(api, "ada") == placement, "sent again, it changes nothing"
    send = Command(api, id)
    begun = await send("start", ada)
    assert (begun.status_code, begun.headers["etag"], begun.json()["start_said"]) == (200, '"2"', {"attendee": True})
    assert (await ok(send("start", ada, 1)))["version"] == 2, "a command that was carried out is answered again"
    assert await refused(send("start", mina, 1), 412) == (
        "the placement has changed: you saw version 1, it is at version 2; get it again, then decide"
    )
    await ok(send("mentors", mina, person_ids=["mina"]))
    await refused(send("mentors", mina, person_ids=["mina", "cora"]), 422, "person_ids")
    await ok(send("feedback", ada, moment="middle", rating=5, comment="Kind people"))
    await ok(send("feedback", mina, moment="end", rating=4, completed=True, pay=True))
    await refused(send("feedback", mina, moment="end", rating=4, completed=True, ended_early=True), 422, "ended_early")
    longer = await ok(send("extend", mina, ends=str(TODAY + timedelta(30))))
    assert {(one["moment"], one["side"]) for one in longer["feedback_due"]} == {
        ("middle", "host"),
        ("end", "attendee"),
        ("end", "host"),
    }
    await refused(send("complete", mina), 409)
    await ok(send("end", ada, reason="by_attendee", last_day=str(TODAY - timedelta(1)), why="a new job"))
    assert (await placing.stored_seats.get("l1")).placements == ()  # type: ignore[union-attr]
    await ok(send("skills", mina, skills=[{"term": "Python", "level": 4}, {"term": "Rust"}], remark="Ada excelled."))
    await refused(send("confirm-skills", ada, terms=["Go"]), 422, "terms")
    await ok(send("confirm-skills", ada, terms=["python"]))
    hired = await ok(send("hire", ada, role="Engineer", starts=LAST))
    assert hired["skills"] == [
        {"term": "Python", "level": 4, "confirmed": True},
        {"term": "Rust", "level": None, "confirmed": False},
    ]
    assert (hired["remark"], hired["hire"]["said_by"], hired["state"]) == ("Ada excelled.", "attendee", "ended")
    assert [one["side"] for one in hired["feedback"]] == ["attendee"], "the other side's feedback is not shown"
    seen = await ok(api.get(f"/placements/{id}", headers=mina))
    assert [(one["side"], one["comment"]) for one in seen["feedback"]] == [("host", None)]
    assert [(step["state"], step["by"]) for step in seen["history"]] == [
        ("confirmed", "operator"),
        ("started", "attendee"),
        ("ended", "attendee"),
    ]
    again = await assign(api, "ada")
    assert again["id"] != id
    done = Command(api, again["id"])
    await ok(done("start", people["omar"], side="host"))
    assert (await ok(done("complete", people["omar"], side="attendee")))["state"] == "completed"
    absent = Command(api, (await assign(api, "ben"))["id"])
    assert (await ok(absent("no-show", mina, why="nobody came")))["end_reason"] == "no_show"


async def test_each_caller_gets_to_what_is_theirs_and_says_what_is_theirs_to_say(
    api: httpx.AsyncClient, placing: Placing, people: dict[str, Headers]
) -> None:
    mine, other = (await assign(api, "ada"))["id"], (await assign(api, "ben", "l2"))["id"]
    key = bearer(await copy_key("matching", ["placements"], organization_id="o-l1"))
    callers = people | {"key": key, "all": {}}
    seen = {
        name: [item["id"] for item in (await ok(api.get("/placements", headers=headers)))["items"]]
        for name, headers in callers.items()
    }
    both = sorted([mine, other])
    assert seen == {
        "ada": [mine],
        "ben": [other],
        "mina": [mine],
        "cora": [mine],
        "zoe": [other],
        "omar": both,
        "key": [mine],
        "all": both,
    }
    page = await ok(api.get("/placements?limit=1"))
    assert (len(page["items"]), page["next"]) == (1, both[0])
    assert [one["id"] for one in (await ok(api.get(f"/placements?after={both[0]}")))["items"]] == both[1:]
    assert [one["id"] for one in (await ok(api.get("/placements?attendee_id=ben")))["items"]] == [other]
    assert (await ok(api.get("/placements?listing_id=l2", headers=people["ada"])))["items"] == []
    for name in ("ben", "zoe"):
        assert (await api.get(f"/placements/{mine}", headers=people[name])).status_code == 404
        assert (
            await api.post(f"/placements/{mine}/start", json={}, headers=people[name] | {"if-match": '"1"'})
        ).status_code == 404
    body = {"attendee_id": "cyd", "listing_id": "l1", "reason": "x"}
    for name in ("ada", "mina", "key"):
        assert (await api.post("/placements", json=body, headers=callers[name])).status_code == 403
    send = Command(api, mine)
    assert await refused(send("no-show", people["ada"]), 403) == "only the host can do this"
    assert await refused(send("confirm-skills", people["mina"], terms=[]), 403) == "only the attendee can do this"
    assert await refused(send("start", people["ada"], side="host"), 403) == "you cannot act for the host"
    await refused(send("start", {}), 422, "side")
    assert (await ok(send("start", key)))["start_said"] == {"host": True}


async def test_only_an_organizer_releases_from_a_seat_of_a_match_day(
    api: httpx.AsyncClient, placing: Placing, people: dict[str, Headers]
) -> None:
    round = Round("r1", "Match day", "s", ("l1",), "c1", state="published")
    await placing.database.transact(lambda tx: Rounds(placing.database.db).add(round, tx))
    await placing.confirm("l1", "ada", round_id="r1")
    send = Command(api, "r1:ada")
    for name in ("ada", "mina", "omar"):
        said: dict[str, Any] = {"side": "host"} if name == "omar" else {}
        assert "only an organizer" in await refused(send("end", people[name], reason="agreed", **said), 409)
    path, body = "/rounds/r1/placements/ada/release", {"reason": "by_attendee", "why": "ill"}
    organizers = {id: bearer(await copy_key("matching", ["rounds"], conference_id=id)) for id in ("c1", "c2")}
    await refused(api.post(path, json=body, headers=organizers["c2"]), 404)
    await refused(api.post(path, json={"reason": "by_attendee"}, headers=organizers["c1"]), 422, "why")
    for _ in range(2):
        released = await ok(api.post(path, json=body, headers=organizers["c1"]))
        assert (released["placement_id"], released["state"], released["end_reason"]) == ("r1:ada", "ended", "by_attendee")
    for unknown in ("/rounds/r1/placements/ben/release", "/rounds/r9/placements/ada/release"):
        await refused(api.post(unknown, json=body), 404)
    assert (await placing.stored_seats.get("l1")).free == 2  # type: ignore[union-attr]


async def test_bad_input_is_a_clear_problem_and_changes_nothing(
    api: httpx.AsyncClient, placing: Placing, people: dict[str, Headers]
) -> None:
    placement = await assign(api, "ada")
    id = placement["id"]
    send, mina = Command(api, id), people["mina"]
    for command, body, field in (
        ("extend", {"ends": str(TODAY - timedelta(61))}, "ends"),
        ("extend", {"ends": str(TODAY - timedelta(1))}, "ends"),
        ("extend", {"ends": "0001-01-01"}, "ends"),
        ("extend", {"ends": 1700000000}, "ends"),
        ("end", {"reason": "no_show"}, "reason"),
        ("end", {"reason": "by_host", "last_day": LAST}, "last_day"),
        ("feedback", {"moment": "end", "rating": 6}, "rating"),
        ("feedback", {"moment": "middle", "rating": 3, "comment": "\x1b"}, "comment"),
        ("feedback", {"moment": "middle", "rating": 3, "comment": "x" * 2001}, "comment"),
        ("skills", {"skills": [{"term": "x", "level": 9}]}, "skills.0.level"),
        ("skills", {"skills": [{"term": "x"}] * 51}, "skills"),
        ("hire", {"role": "a\nb", "starts": LAST}, "role"),
        ("hire", {"role": "Engineer\u202e", "starts": LAST}, "role"),
        ("hire", {"role": "Engineer", "starts": f"{LAST}T00:00:00"}, "starts"),
        ("mentors", {"person_ids": ["x", "x"]}, "person_ids"),
        ("start", {"started": True, "at": "noon"}, "at"),
    ):
        await refused(send(command, mina, **body), 422, field)
    huge = await api.post(
        f"/placements/{id}/feedback",
        json={"moment": "middle", "rating": 3, "comment": "x" * 10_000_000},
        headers=mina | {"if-match": '"1"'},
    )
    assert huge.status_code == 413
    assert (await api.post(f"/placements/{id}/start", headers=mina)).status_code == 428
    assert (await api.post("/placements/none/start", json={"side": "host"}, headers={"if-match": '"1"'})).status_code == 404
    for body, field in (
        ({"starts": LAST, "ends": FIRST}, "ends"),
        ({"starts": "2020-06-01", "ends": "2020-08-31"}, "ends"),
        ({"attendee_id": "nobody"}, "attendee_id"),
        ({"listing_id": "none"}, "listing_id"),
        ({"reason": ""}, "reason"),
    ):
        given = {"attendee_id": "ben", "listing_id": "l1", "reason": "x"} | body
        await refused(api.post("/placements", json=given), 422, field)
    clash = await refused(
        api.post("/placements", json={"attendee_id": "ada", "listing_id": "l2", "reason": "x"} | {"ends": LAST}), 422, "ends"
    )
    assert clash.startswith("ends: is before the first day")
    both = {"attendee_id": "ada", "listing_id": "l2", "reason": "x", "starts": FIRST, "ends": LAST}
    assert await refused(api.post("/placements", json=both), 409) == (
        f"the attendee has a placement at that time, 'l1' from {FIRST} to {LAST}; "
        "end that one first, or agree on other dates or fewer hours"
    )
    await assign(api, "ben")
    assert "has no seat left" in await refused(
        api.post("/placements", json={"attendee_id": "cyd", "listing_id": "l1", "reason": "x"}), 409
    )
    assert await ok(api.get(f"/placements/{id}")) == placement
    begun = await api.post(f"/placements/{id}/start", headers=mina | {"if-match": '"1"'})
    assert begun.json()["state"] == "started", "a command that needs nothing takes no body"


async def test_an_extension_into_another_placement_is_refused_without_naming_it_to_the_host(
    api: httpx.AsyncClient, people: dict[str, Headers]
) -> None:
    first = await assign(api, "ada")
    later = {"starts": str(TODAY + timedelta(10)), "ends": str(TODAY + timedelta(90))}
    await assign(api, "ada", "l2", **later)
    send = Command(api, first["id"])
    ends = str(TODAY + timedelta(30))
    assert await refused(send("extend", people["mina"], ends=ends), 409) == (
        "the attendee has another placement at that time; agree on other dates or fewer hours, or choose somebody else"
    )
    assert "'l2'" in await refused(send("extend", people["omar"], ends=ends), 409)
    assert (await ok(api.get(f"/placements/{first['id']}")))["ends"] == LAST
    assert (await ok(send("extend", people["mina"], ends=str(TODAY + timedelta(9)))))["version"] == 2
