"""The attendee's home, turn and matches as pages."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from support.attendees import PAGES, PYTHON, Visitor, listed, profiled, settled
from support.databases import database_of
from support.kafka import Kafka
from support.patience import until
from support.published import publish_conference, publish_organization

HOSTILE = "<script>alert(1)</script> & “quotes”"


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows Ada and Ben, and three listings."""
    for id in ("ada", "ben"):
        await profiled(kafka, id)
    await listed(kafka, "l1", title=HOSTILE, url="https://host.example/l1")
    await listed(kafka, "l2", organization="Host two", organization_id="o2")
    await listed(kafka, "l3", skills=["COBOL"], deadline="2099-01-01T12:00:00Z")
    await settled(kafka)
    return api


async def test_home_leads_everybody_to_their_own_area(api: httpx.AsyncClient, kafka: Kafka) -> None:
    nobody = Visitor.nobody(api)
    await nobody.get("/home")
    assert nobody.status == 200
    assert 'href="/sign-in"' in nobody.page

    ada = await Visitor.signed_in(api, "ada")
    await ada.get("/home")
    assert ada.path == "/my"

    await publish_organization(kafka, "o2", 1, [], ada="admin mentor", grace="contact")
    await publish_conference(kafka, "c1", 1, "ada")
    await kafka.no_lag("listings.organizations", "matching.roles")
    await kafka.no_lag("registration.conferences", "matching.roles")
    await kafka.no_lag("registration.conferences", "matching.catalogue")
    both = await Visitor.signed_in(api, "ada", operator=True)
    await both.get("/home")
    for path in ("/my", "/desk/o2", "/mentor", "/organize/c1", "/insight/page"):
        assert f'href="{path}"' in both.page
    assert "Host two" in both.text
    assert "Conference c1" in both.text

    grace = await api.get("/home", headers=dict((await Visitor.signed_in(api, "grace"))._headers))
    assert (grace.status_code, grace.headers["location"]) == (303, "/desk/o2")


async def test_an_attendee_s_own_pages_send_nobody_to_sign_in_and_refuse_programs(api: httpx.AsyncClient) -> None:
    for method, route in PAGES:
        if route in ("/home", "/my/matches/{listing_id}/why"):
            continue
        path = route.format(id="x", listing_id="l1")
        nobody = await api.request(method, path, headers={"accept": "text/html", "authorization": ""})
        assert (nobody.status_code, nobody.headers["location"].partition("?")[0]) == (303, "/sign-in"), (method, path)
        program = await api.request(method, path, headers={"accept": "text/html"}, content="version=1")
        assert program.status_code in (403, 404), "it shows a key"
        if method == "GET":
            assert nobody.headers["location"] == f"/sign-in?next={path.replace('/', '%2F')}"


async def test_matches_say_why_with_their_conditions_and_nothing_of_others(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    await ada.get("/my/matches")
    assert HOSTILE in ada.text
    assert "<script>alert" not in ada.page
    assert "You named Python among your skills; this project uses it." in ada.text
    assert "1,250 EUR a month" in ada.text
    assert "40 hours a week" in ada.text
    assert 'href="/my/matches/l1?hide=yes#hide"' in ada.page
    assert "Project l3" not in ada.text
    await ada.get("/my")
    assert "Nothing is waiting for you" in ada.text
    assert HOSTILE in ada.text

    cyd = await Visitor.signed_in(api, "cyd")
    for path in ("/my", "/my/matches"):
        await cyd.get(path)
        assert "You are not matched yet" in cyd.text

    german = await Visitor.signed_in(api, "ada", language="de")
    await german.get("/my/matches")
    assert '<html lang="de">' in german.page
    assert "Was am besten zu dir passt" in german.text


async def test_nobody_s_page_is_empty(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await profiled(kafka, "dora", interests=[{**PYTHON, "term": "Basketry"}])
    await settled(kafka)
    dora = await Visitor.signed_in(api, "dora")
    await dora.get("/my")
    assert "Nothing strong yet" in dora.text
    assert 'href="/my/matches"' in dora.page
    await dora.get("/my/matches")
    assert "many internships ask for Python and COBOL. Can you do that?" in dora.text
    assert f"To start with They are not strong matches, but you lack least of what they ask for. {HOSTILE}" in dora.text
    assert "It asks for COBOL." in dora.text
    assert "<script>alert" not in dora.page

    german = await Visitor.signed_in(api, "dora", language="de")
    await german.get("/my/matches")
    assert "Noch nichts, was wirklich passt" in german.text
    assert "Es verlangt COBOL." in german.text


async def test_a_match_shows_what_rules_it_out_and_what_to_do(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ada = await Visitor.signed_in(api, "ada")
    await ada.get("/my/matches/l1")
    assert "1 June to 31 August 2099" in ada.text
    assert 'href="https://host.example/l1"' in ada.page
    assert 'href="/my/matches/l1/apply"' in ada.page
    await ada.get("/my/matches/l3")
    assert "nothing in common" in ada.text
    await ada.get("/my/matches/nowhere")
    assert ada.status == 404


async def test_why_is_a_part_of_the_listing_s_page(api: httpx.AsyncClient) -> None:
    htmx = {"hx-request": "true"}
    ada = await Visitor.signed_in(api, "ada")
    answer = await ada.get("/my/matches/l1/why", htmx)
    assert "You named Python" in ada.page
    assert "<html" not in ada.page
    assert "HX-Request" in answer.headers["vary"]
    await ada.get("/my/matches/l1/why")
    assert ada.path == "/my/matches/l1", "without scripts it is a link to the whole page"
    nobody = Visitor.nobody(api)
    await nobody.get("/my/matches/l1/why", htmx)
    assert nobody.status == 200
    assert 'href="/sign-in?next=/my/matches/l1"' in nobody.page


async def gone(visitor: Visitor, title: str) -> bool:
    await visitor.get("/my")
    return title not in visitor.text


async def test_what_is_hidden_is_not_recommended_until_it_is_shown_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ada, ben = await Visitor.signed_in(api, "ada"), await Visitor.signed_in(api, "ben")
    await ada.get("/my/matches/l2")
    assert '<details id="hide">' in ada.page
    await ada.get("/my/matches/l2?hide=yes")
    assert '<details id="hide" open>' in ada.page
    await ada.press("Hide it", why="place")
    assert "It is no longer recommended to you" in ada.text
    assert "The place" in ada.text.partition("Hidden")[2]

    async def ranks() -> list[str]:
        answer = await api.get("/attendees/ada/recommendations")
        return [match["listing_id"] for match in answer.json()["matches"]]

    await until(lambda: _is(ranks, ["l1"]))
    await ada.get("/my/matches/l2")
    assert "You have hidden it" in ada.text
    assert "Hide it" not in ada.buttons
    await ben.get("/my/matches")
    assert "Project l2" in ben.text

    await ada.post("/my/matches/l2/hide", {"why": "place"})
    assert ada.status == 200, "hidden again, it stays hidden"
    await ada.post("/my/matches/l2/hide", {"why": "because"})
    assert ada.status == 422
    await ada.post("/my/matches/nowhere/hide")
    assert ada.status == 404

    await ada.get("/my/matches")
    await ada.press("Show it again")
    await until(lambda: _is(ranks, ["l1", "l2"]))
    await ada.get("/my/matches")
    assert "Show it again" not in ada.buttons
    await ada.post("/my/matches/l2/show-again")
    assert ada.status == 200


async def _is(ask: Callable[[], Awaitable[list[str]]], wanted: list[str]) -> bool:
    return sorted(await ask()) == wanted


async def test_an_erasure_takes_what_was_hidden(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ada = await Visitor.signed_in(api, "ada")
    await ada.post("/my/matches/l2/hide")
    assert await hidden() == ["ada"]
    await kafka.send("registration.profiles", None, key="ada")
    await kafka.no_lag("registration.profiles", "matching.candidates")
    assert await hidden() == []
    await ada.post("/my/matches/l2/hide")
    assert ada.status == 404
    assert await hidden() == []


async def hidden() -> list[str]:
    async with database_of("matching") as database:
        return [document["_id"] async for document in database.db["hidden_listings"].find()]


async def test_only_what_came_since_the_last_visit_is_new(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ada = await Visitor.signed_in(api, "ada")
    first = await ada.get("/my/matches")
    assert "New" not in ada.text
    seen = first.cookies["seen-matches"]
    session = ada._headers["cookie"]
    await listed(kafka, "l4")
    await settled(kafka)

    async def fourth() -> bool:
        await ada.get("/my/matches", {"cookie": f"{session}; seen-matches={seen}"})
        return "Project l4" in ada.text

    await until(fourth)
    assert ada.text.count(" New ") == 1
    assert ada.text.index("Project l4") < ada.text.index(" New ")
    for forged in ("x", "-".join("ab" * 5000)[:3000], "0123456789-99999999999"):
        await ada.get("/my/matches", {"cookie": f"{session}; seen-matches={forged}"})
        assert ada.status == 200


async def test_a_mentor_who_looks_after_nobody_new_is_no_reason(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await profiled(kafka, "ada", 2, met=[{"person_id": "mina", "conference_id": "c1"}])
    await listed(kafka, "l2", 2, organization_id="o2", mentor_person_ids=["mina"])
    await publish_organization(kafka, "o2", 1, ["c1"], mina="mentor")
    await settled(kafka)
    await kafka.no_lag("listings.organizations", "matching.roles")
    ada = await Visitor.signed_in(api, "ada")
    pages = ("/my/matches", "/my/matches/l2")
    for page in pages:
        await ada.get(page)
        assert "You met one of its mentors" in ada.text
    await publish_organization(kafka, "o2", 2, ["c1"], away="mina", mina="mentor")
    await kafka.no_lag("listings.organizations", "matching.roles")
    for page in pages:
        await ada.get(page)
        assert "Project l2" in ada.text
        assert "You met" not in ada.text
