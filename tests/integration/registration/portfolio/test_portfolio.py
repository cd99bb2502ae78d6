"""Placements return into the profile, and their person alone says what of them everybody sees."""

from typing import Any

import httpx
import pytest

from registration.portfolio.domain.handles import MOST_HANDLES
from support.answers import problem
from support.kafka import Kafka
from support.keys import bearer, documents, make_key
from support.patience import until
from support.placements import CONFERENCE, attendee, place
from support.sessions import cookie, session_of, sign_in

ADA, ADA_AT_WORK, BOB = "ada@example.org", "ada@work.example", "bob@example.org"
PUBLICATION = "/me/portfolio/placements/p1/publication"


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


async def test_a_placement_returns_into_the_profile_is_exported_and_erased(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    ada, at_work = await attendee(api, kafka, ADA), await attendee(api, kafka, ADA_AT_WORK)
    await api.put(f"/attendees/{at_work}/merged-into", json={"attendee_id": ada})
    await place(kafka, at_work)
    await place(kafka, at_work)  # delivered twice
    profiles = [one for one in await kafka.events("registration.profiles", 4) if one["attendee_id"] == ada]
    gained = [(one["term"], one["placements"]) for one in profiles[-1]["interests"]]
    assert gained == [("Python", [{"placement_id": "p1", "level": 4}])]
    signed_in = await sign_in("registration", ada)
    await api.put("/me/portfolio", json={"handle": "ada-lovelace", "name": "Ada"}, headers=signed_in)
    await api.put(PUBLICATION, json={"version": 1}, headers=signed_in)
    export = (await api.get(f"/attendees/{ada}/export")).json()
    [placement], [handle] = export["placements"], export["handles"]
    assert (placement["organization"], placement["remark"], placement["published"]["parts"]) == (
        "Observatory",
        "A joy to work with.",
        [],
    )
    assert placement["skills"][1] == {"term": "Rust", "level": 2, "confirmed": False}
    assert (handle["handle"], handle["name"], handle["current"]) == ("ada-lovelace", "Ada", True)
    assert (await api.delete(f"/attendees/{ada}")).status_code == 204
    assert (await api.get("/portfolios/ada-lovelace")).status_code == 404
    await place(kafka, at_work, 2)  # matching has not yet heard of it
    await kafka.send("matching.placements", None, key="p1")
    await kafka.no_lag("matching.placements", "registration.placements")

    async def nothing_is_left() -> bool:
        stored = await documents(environment)
        left = {name: found for name, found in stored.items() if name != "audit"}
        return not left.get("placements") and not left.get("attendees") and "Observatory" not in repr(left)

    await until(nothing_is_left)
    [hashed] = (await documents(environment))["handles"]
    assert set(hashed) == {"_id", "erased"}
    bob = cookie(session_of(await attendee(api, kafka, BOB)))
    taken = await api.put("/me/portfolio", json={"handle": "ada-1ovelace"}, headers=bob)
    assert (taken.status_code, "looks like" in problem(taken)["detail"]) == (409, True), "old links would lead to somebody else"


async def test_everybody_sees_what_was_published_and_nothing_else(api: httpx.AsyncClient, kafka: Kafka) -> None:
    id = await attendee(api, kafka, ADA)
    await place(kafka, id)
    await place(kafka, id, id="p2", organization="Secret lab", starts=None, ends=None)
    ada, stranger = await sign_in("registration", id), {"authorization": ""}
    mine = (await api.get("/me/portfolio", headers=ada)).json()
    assert (mine["handle"], [(one["id"], one["published"]) for one in mine["placements"]]) == (None, [("p1", None), ("p2", None)])
    assert [skill["term"] for skill in mine["placements"][0]["skills"]] == ["Python"]
    chosen = await api.put("/me/portfolio", json={"handle": "ada"}, headers=ada)
    assert (chosen.status_code, chosen.json()["handle"]) == (200, "ada")
    unpublished = await api.get("/portfolios/ada", headers=stranger)
    unknown = await api.get("/portfolios/eve", headers=stranger)
    assert unpublished.status_code == unknown.status_code == 404
    assert problem(unpublished)["detail"].replace("ada", "eve") == problem(unknown)["detail"]

    assert (await api.put(PUBLICATION, json={"version": 2}, headers=ada)).status_code == 409
    assert (await api.put(PUBLICATION, json={"version": 1, "parts": ["skills"]}, headers=ada)).status_code == 200
    answer = await api.get("/portfolios/ada", headers=stranger)
    assert answer.json() == {
        "handle": "ada",
        "name": None,
        "placements": [
            {
                "title": "Maps of stars",
                "organization": "Observatory",
                "state": "completed",
                "starts": "2026-01-12",
                "ends": "2026-03-27",
                "hours_per_week": None,
                "skills": [{"term": "Python", "level": 4}],
                "remark": None,
            }
        ],
    }
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow, noarchive")
    resume = await api.get("/portfolios/ada/resume.json", headers=stranger)
    assert (resume.json()["work"][0]["name"], resume.json()["references"], "Secret" in resume.text) == ("Observatory", [], False)
    assert resume.headers["x-robots-tag"]
    for accept in ("application/json", "text/html;q=0.5, application/json"):
        answer = await api.get("/portfolios/ada", headers=stranger | {"accept": accept})
        assert (answer.json()["handle"], answer.headers["vary"]) == ("ada", "Accept"), accept
    page = await api.get("/portfolios/ada", headers=stranger | {"accept": "text/html", "accept-language": "de"})
    assert (page.headers["vary"], page.headers["cache-control"]) == ("Accept, Cookie, Accept-Language", "no-store")
    assert page.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    for text in ('<meta name="robots"', "<title>Portfolio von ada", 'content="Die Praktika von ada', "Maps of stars", "Python"):
        assert text in page.text
    assert "Secret" not in page.text

    await place(kafka, id, 2, skills=[], remark="Another.", title="Another title")
    [seen] = (await api.get("/portfolios/ada", headers=stranger)).json()["placements"]
    assert (seen["title"], seen["skills"], seen["remark"]) == ("Maps of stars", [], None)
    assert (await api.get("/me/portfolio", headers=ada)).json()["placements"][0]["published"]["outdated"] is True
    await api.put("/me/portfolio", json={"handle": "ada-l", "name": "Ada L.", "indexed": True}, headers=ada)
    assert (await api.get("/portfolios/ada", headers=stranger)).status_code == 404
    answer = await api.get("/portfolios/ada-l", headers=stranger)
    assert (answer.json()["name"], "x-robots-tag" in answer.headers) == ("Ada L.", False)
    page = await api.get("/portfolios/ada-l", headers=stranger | {"accept": "text/html"})
    assert ("<h1><bdi>Ada L.</bdi></h1>" in page.text, "robots" in page.text, "x-robots-tag" in page.headers) == (
        True,
        False,
        False,
    )
    for _ in range(2):
        assert (await api.delete(PUBLICATION, headers=ada)).json()["published"] is None
    assert (await api.get("/portfolios/ada-l", headers=stranger)).status_code == 404


async def test_nobody_else_gets_at_a_portfolio(api: httpx.AsyncClient, kafka: Kafka) -> None:
    id, other = await attendee(api, kafka, ADA), await attendee(api, kafka, BOB)
    await place(kafka, id)
    ada, bob = await sign_in("registration", id), cookie(session_of(other))
    await api.put("/me/portfolio", json={"handle": "ada"}, headers=ada)
    await api.put(PUBLICATION, json={"version": 1}, headers=ada)
    assert (await api.get("/me/portfolio", headers=bob)).json()["placements"] == []
    assert (await api.put(PUBLICATION, json={"version": 1}, headers=bob)).status_code == 404
    assert (await api.delete(PUBLICATION, headers=bob)).status_code == 404
    for handle in ("ada", "a-d-a", "ad4", "admin", "oper4tor"):
        assert (await api.put("/me/portfolio", json={"handle": handle}, headers=bob)).status_code == 409, handle
    for headers in (cookie(session_of("0" * 32)), cookie(session_of("0" * 32, operator=True))):
        assert (await api.get("/me/portfolio", headers=headers)).status_code == 404
    assert (await api.get("/me/portfolio", headers=bearer(await make_key(["people"])))).status_code == 403
    assert (await api.get("/portfolios/ada", headers={"authorization": ""})).status_code == 200


async def test_a_handle_stays_its_persons_who_may_have_few_of_them(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ada, bob = await sign_in("registration", await attendee(api, kafka, ADA)), cookie(session_of(await attendee(api, kafka, BOB)))
    names = [f"ada-{letter * 2}" for letter in "bcdfg"[:MOST_HANDLES]]
    for name in names:
        assert (await api.put("/me/portfolio", json={"handle": name}, headers=ada)).status_code == 200, name
    assert (await api.put("/me/portfolio", json={"handle": names[0]}, headers=bob)).status_code == 409
    many = await api.put("/me/portfolio", json={"handle": "ada-many"}, headers=ada)
    assert (many.status_code, names[0] in problem(many)["detail"]) == (409, True)
    for _ in range(2):
        assert (await api.put("/me/portfolio", json={"handle": names[0]}, headers=ada)).json()["handle"] == names[0]


async def test_a_merged_person_has_one_portfolio_and_links_to_either_go_on(api: httpx.AsyncClient, kafka: Kafka) -> None:
    one, other = await attendee(api, kafka, ADA), await attendee(api, kafka, ADA_AT_WORK)
    ada, at_work = await sign_in("registration", one), cookie(session_of(other))
    await place(kafka, one)
    await place(kafka, other, id="p2", starts="2027-01-01", ends=None)
    for handle, headers, id in (("ada", ada, "p1"), ("lovelace", at_work, "p2")):
        await api.put("/me/portfolio", json={"handle": handle}, headers=headers)
        await api.put(f"/me/portfolio/placements/{id}/publication", json={"version": 1}, headers=headers)
    await api.put(f"/attendees/{other}/merged-into", json={"attendee_id": one})
    for handle in ("ada", "lovelace"):
        assert len((await api.get(f"/portfolios/{handle}")).json()["placements"]) == 2, handle
    assert [one["id"] for one in (await api.get("/me/portfolio", headers=at_work)).json()["placements"]] == ["p2", "p1"]
    await api.put("/me/portfolio", json={"handle": "ada"}, headers=at_work)
    assert (await api.get("/portfolios/lovelace")).status_code == 404
    await api.delete(f"/attendees/{other}/merged-into")
    assert len((await api.get("/portfolios/ada")).json()["placements"]) == 1
