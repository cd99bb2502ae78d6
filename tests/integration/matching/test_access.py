"""Who gets in at the matching service: what keys of one conference or organization see and change, and which open nothing."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter
from matching.model.conferences import Conference
from support.answers import ok, refused
from support.copied_keys import copy_key, tell_key
from support.insight import save
from support.kafka import Kafka
from support.keys import bearer
from support.published import publish_listing
from support.rounds import MatchDay
from support.two_hosts import plan, two_hosts, until_state

ORGANIZER = ("rounds", "insight")
SCORE = {"by": "score"}


@pytest.fixture
def only_service() -> str:
    """Listings has a database, too."""
    return ""


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows two attendees, the listings of two hosts, and draft rounds."""
    return await two_hosts(api, kafka)


@pytest.fixture
async def c1(api: httpx.AsyncClient) -> dict[str, str]:
    """The header with a key that is bound to the conference ``c1``."""
    return bearer(await copy_key("matching", ORGANIZER, conference_id="c1"))


@pytest.fixture
async def o1(api: httpx.AsyncClient) -> dict[str, str]:
    """The header with a key that is bound to the organization ``o1``."""
    return bearer(await copy_key("matching", ["rankings"], organization_id="o1"))


async def test_a_key_of_a_conference_runs_the_rounds_of_that_conference(api: httpx.AsyncClient, c1: dict[str, str]) -> None:
    made = await api.put("/rounds/new", json=plan("any-o1", conference="c1"), headers=c1)
    assert made.status_code == 201
    await ok(api.put("/rounds/one", json=plan("c1-o1", "c1-o2", conference="c1", name="Autumn"), headers=c1))
    assert (await ok(api.post("/rounds/one/open", headers=c1)))["state"] == "open"
    await ok(api.post("/rounds/one/lock", headers=c1))
    await until_state(api, "one", "matched")
    assert (await ok(api.get("/rounds/one/check", headers=c1)))["blocking_pairs"] == 0
    await ok(api.post("/rounds/one/publish", headers=c1))
    await until_state(api, "one", "published")
    assert (await ok(api.post("/rounds/new/cancel", headers=c1)))["state"] == "cancelled"


async def test_the_rounds_of_other_conferences_and_of_none_do_not_exist_for_it(
    api: httpx.AsyncClient, c1: dict[str, str]
) -> None:
    before = [await ok(api.get(f"/rounds/{id}")) for id in ("two", "none")]
    for method, path, body in (
        ("GET", "/rounds/{}", None),
        ("POST", "/rounds/{}/open", None),
        ("POST", "/rounds/{}/lock", None),
        ("POST", "/rounds/{}/publish", None),
        ("POST", "/rounds/{}/cancel", None),
        ("POST", "/rounds/{}/clean-up", None),
        ("GET", "/rounds/{}/check", None),
    ):
        for id in ("two", "none", "nowhere"):
            detail = await refused(api.request(method, path.format(id), json=body, headers=c1), 404)
            assert detail == f"there is no round {id!r}"
    for id in ("two", "none"):
        for round in (plan("c1-o1", conference="c1"), plan("any-o1", conference="c1")):
            await refused(api.put(f"/rounds/{id}", json=round, headers=c1), 404)
    assert [await ok(api.get(f"/rounds/{id}")) for id in ("two", "none")] == before


async def test_it_makes_no_round_of_another_conference_or_of_none_and_takes_no_listing_of_others(
    api: httpx.AsyncClient, c1: dict[str, str]
) -> None:
    for conference in ("c2", "c10", "C1", None):
        for id in ("new", "one", "two"):
            detail = await refused(api.put(f"/rounds/{id}", json=plan("any-o1", conference=conference), headers=c1), 403)
            assert detail == "this key is for the conference 'c1' only"
    await refused(api.get("/rounds/new"), 404)
    await ok(api.post("/rounds/two/cancel"))  # its listings are free
    for listing in ("c2-o1", "nowhere"):
        detail = await refused(api.put("/rounds/new", json=plan(listing, conference="c1"), headers=c1), 422, "listing_ids")
        assert detail.startswith(f"listing_ids: unknown: {listing};")
    # It is told that a listing is taken, and not by whom.
    detail = await refused(api.put("/rounds/new", json=plan("both-o2", conference="c1"), headers=c1), 409)
    assert "is in another round, which is not finished" in detail
    assert "none'" not in detail
    await refused(api.get("/rounds/new"), 404)
    await ok(api.put("/rounds/new", json=plan("any-o1", conference="c1"), headers=c1))


async def test_lists_show_it_the_rounds_of_its_conference_only(api: httpx.AsyncClient, c1: dict[str, str]) -> None:
    async def ids(query: str, headers: dict[str, str] | None = None) -> list[str]:
        return [one["id"] for one in (await ok(api.get(f"/rounds{query}", headers=headers)))["items"]]

    assert await ids("") == ["none", "one", "two"]
    assert await ids("", c1) == await ids("?conference_id=c1", c1) == await ids("?state=draft", c1) == ["one"]
    assert await ids("?conference_id=c2", c1) == await ids("?after=one", c1) == []
    assert (await ok(api.get("/rounds?limit=1", headers=c1)))["next"] is None


async def test_a_key_of_an_organization_ranks_for_its_own_listings_only(api: httpx.AsyncClient, o1: dict[str, str]) -> None:
    await ok(api.post("/rounds/one/open"))
    await ok(api.put("/rounds/one/rankings/listings/c1-o2", json={"attendee_ids": ["a2"]}))
    await ok(api.put("/rounds/one/rankings/listings/c1-o1", json={"attendee_ids": ["a1"]}, headers=o1))
    assert (await ok(api.get("/rounds/one/rankings/listings/c1-o1", headers=o1)))["attendee_ids"] == ["a1"]
    for listing in ("c1-o2", "c2-o2", "nowhere"):
        for round in ("one", "two", "nowhere"):
            path = f"/rounds/{round}/rankings/listings/{listing}"
            for asked in (api.get(path, headers=o1), api.put(path, json=SCORE, headers=o1)):
                assert await refused(asked, 404) == f"there is no listing {listing!r}"
            path = f"/rounds/{round}/outcomes/listings/{listing}"
            assert await refused(api.get(path, headers=o1), 404) == f"there is no listing {listing!r}"
    # Its own listing in a round without it, whatever the state of that round.
    for path in ("/rounds/none/rankings/listings/c1-o1", "/rounds/none/outcomes/listings/c1-o1"):
        await refused(api.get(path, headers=o1), 404)
    await refused(api.put("/rounds/none/rankings/listings/c1-o1", json=SCORE, headers=o1), 404)
    # Seats go to no other host, and a listing of another host is as one that is not in the round.
    for to in ("c1-o2", "nowhere"):
        reverting = SCORE | {"reverts_to": to}
        detail = await refused(api.put("/rounds/one/rankings/listings/c1-o1", json=reverting, headers=o1), 422, "reverts_to")
        assert detail == f"reverts_to: listing {to!r} is not in this round; name one that is, or none"
    assert (await ok(api.get("/rounds/one/rankings/listings/c1-o2")))["attendee_ids"] == ["a2"]
    limits = {"limits": [{"listing_ids": ["c1-o1"], "seats": 1}]}
    for asked in (api.get("/rounds/one/limits/o2", headers=o1), api.put("/rounds/one/limits/o2", json=limits, headers=o1)):
        assert await refused(asked, 404) == "there is no organization 'o2'"
    await refused(api.put("/rounds/one/limits/o2", json=limits), 422, "limits")  # the listing is not its own
    await ok(api.put("/rounds/one/limits/o1", json=limits, headers=o1))
    assert await ok(api.get("/rounds/one/limits/o1", headers=o1)) == limits


async def test_a_listing_that_moved_to_another_organization_is_that_one_s(
    api: httpx.AsyncClient, kafka: Kafka, o1: dict[str, str]
) -> None:
    await ok(api.post("/rounds/one/open"))
    await ok(api.put("/rounds/one/rankings/listings/c1-o1", json=SCORE, headers=o1))
    await publish_listing(kafka, "c1-o1", 2, organization_id="o2", conference_ids=["c1"], skills=["python"])
    await kafka.no_lag("listings.listings", "matching.catalogue")
    await refused(api.put("/rounds/one/rankings/listings/c1-o1", json=SCORE, headers=o1), 404)
    await refused(api.get("/rounds/one/rankings/listings/c1-o1", headers=o1), 404)
    await kafka.send("listings.listings", None, key="c1-o2")  # erased: it is nobody's
    await kafka.no_lag("listings.listings", "matching.catalogue")
    for bound in ("o1", "o2"):
        key = bearer(await copy_key("matching", ["rankings"], organization_id=bound))
        await refused(api.get("/rounds/one/rankings/listings/c1-o2", headers=key), 404)


async def test_a_host_sees_who_has_its_seats_once_the_round_is_published(api: httpx.AsyncClient, o1: dict[str, str]) -> None:
    await ok(api.post("/rounds/one/open"))
    for id, listings in (("a1", ["c1-o1"]), ("a2", ["c1-o2"])):
        await ok(api.put(f"/rounds/one/rankings/attendees/{id}", json={"listing_ids": listings}))
    for listing in ("c1-o1", "c1-o2"):
        await ok(api.put(f"/rounds/one/rankings/listings/{listing}", json=SCORE))
    mine, others = "/rounds/one/outcomes/listings/c1-o1", "/rounds/one/outcomes/listings/c1-o2"
    assert "round is open" in await refused(api.get(mine, headers=o1), 409)
    await ok(api.post("/rounds/one/lock"))
    await until_state(api, "one", "matched")
    assert (await ok(api.get(mine)))["attendee_ids"] == ["a1"], "an operator looks at it before it is published"
    assert "not published yet" in await refused(api.get(mine, headers=o1), 409)
    await refused(api.get(others, headers=o1), 404)
    await ok(api.post("/rounds/one/publish"))
    await until_state(api, "one", "published")
    assert (await ok(api.get(mine, headers=o1)))["attendee_ids"] == ["a1"]
    await refused(api.get(others, headers=o1), 404)
    # What attendees ranked and got is nothing that a host's key opens.
    for path in ("/rounds/one/rankings/attendees/a1", "/rounds/one/outcomes/attendees/a1", "/rounds/one", "/rounds"):
        assert "not bound to an organization" in await refused(api.get(path, headers=o1), 403)


async def test_a_key_of_a_conference_sees_the_insight_of_that_conference_only(
    api: httpx.AsyncClient, day: MatchDay, c1: dict[str, str]
) -> None:
    await save(day.database, [], [Conference("c1", 1, "First"), Conference("c2", 1, "Second")], [])
    await day.database.db["leases"].delete_many({})
    await InsightCounter(Insights(day.database.db), timedelta(hours=1)).count()
    own = await ok(api.get("/conferences/c1/insight", headers=c1))
    assert own["name"] == "First"
    page = await api.get("/conferences/c1/insight/page", headers=c1)
    assert page.status_code == 200
    assert "All conferences" not in page.text, "a link that it could not follow"
    assert "All conferences" in (await api.get("/conferences/c1/insight/page")).text
    for suffix in ("", "/page"):
        for id in ("c2", "nowhere", "C1"):
            assert (
                await refused(api.get(f"/conferences/{id}/insight{suffix}", headers=c1), 404) == f"there is no conference {id!r}"
            )
        assert "not bound to a conference" in await refused(api.get(f"/insight{suffix}", headers=c1), 403)
        await ok(api.get(f"/conferences/c2/insight{suffix}")) if not suffix else None


async def test_a_browser_sends_the_key_as_a_password_to_read_pages_and_nothing_else(api: httpx.AsyncClient) -> None:
    del api.headers["authorization"]
    key = await copy_key("matching", ["insight", "rounds"])
    revoked = await copy_key("matching", ["insight"], revoked_at=datetime.now(UTC))

    def basic(password: str, name: str = "anybody") -> dict[str, str]:
        return {"authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}

    asked = await api.get("/insight/page", headers={"accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Finsight%2Fpage")
    asked = await api.get("/insight/page", headers=basic("nonsense") | {"accept": "text/html"})
    assert (asked.status_code, asked.headers["content-type"]) == (401, "text/html; charset=utf-8")
    challenge = asked.headers["www-authenticate"]
    assert challenge.startswith("Basic realm=")
    for name in ("anybody", "", "Grüße"):
        assert (await api.get("/insight/page", headers=basic(key, name))).status_code == 200
    assert (await api.get("/insight/page", headers=bearer(key))).status_code == 200
    for headers in (basic(revoked), basic(key[:-1]), basic(""), basic("x", key)):
        answer = await api.get("/insight/page", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, challenge), headers
    for text in ("Basic", "Basic !", "Basic /w==", f"Basic {key}", f"Digest {key}"):
        assert (await api.get("/insight/page", headers={"authorization": text})).status_code == 401, text
    other = await copy_key("matching", ["rounds"])
    assert (await api.get("/insight/page", headers=basic(other))).status_code == 403
    # Elsewhere no browser is asked, and what it sends by itself opens nothing.
    for method, path in (("GET", "/rounds"), ("GET", "/rounds/one"), ("POST", "/rounds/one/open"), ("GET", "/recommendations")):
        answer = await api.request(method, path, headers=basic(key))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path


async def test_a_key_opens_only_what_its_scopes_say(api: httpx.AsyncClient) -> None:
    rounds, either = {"rounds"}, {"rounds", "rankings"}
    routes = {
        ("PUT", "/rounds/one"): rounds,
        ("GET", "/rounds"): either,
        ("GET", "/rounds/one"): either,
        ("POST", "/rounds/one/open"): rounds,
        ("POST", "/rounds/nowhere/lock"): rounds,
        ("POST", "/rounds/nowhere/publish"): rounds,
        ("POST", "/rounds/nowhere/cancel"): rounds,
        ("POST", "/rounds/nowhere/clean-up"): rounds,
        ("GET", "/rounds/nowhere/check"): rounds,
        ("PUT", "/rounds/one/rankings/attendees/a1"): {"rankings"},
        ("GET", "/rounds/one/rankings/attendees/a1"): {"rankings"},
        ("DELETE", "/rounds/one/rankings/attendees/a1"): {"rankings"},
        ("POST", "/rounds/one/partners/a1"): {"rankings"},
        ("PUT", "/rounds/one/partners/a1"): {"rankings"},
        ("GET", "/rounds/one/partners/a1"): {"rankings"},
        ("DELETE", "/rounds/one/partners/a1"): {"rankings"},
        ("PUT", "/rounds/one/rankings/listings/c1-o1"): {"rankings"},
        ("GET", "/rounds/one/rankings/listings/c1-o1"): {"rankings"},
        ("GET", "/rounds/one/outcomes/attendees/a1"): {"rankings"},
        ("GET", "/rounds/one/outcomes/listings/c1-o1"): {"rankings"},
        ("GET", "/attendees/a1/recommendations"): {"recommendations"},
        ("GET", "/attendees/a1/listings/c1-o1"): {"recommendations"},
        ("GET", "/recommendations"): {"recommendations"},
        ("GET", "/insight"): {"insight"},
        ("GET", "/insight/page"): {"insight"},
        ("GET", "/conferences/c1/insight"): {"insight"},
        ("GET", "/conferences/c1/insight/page"): {"insight"},
        ("GET", "/statistics"): {"operator"},
        ("GET", "/attendees/a1/applications"): {"applications"},
        ("PUT", "/attendees/a1/applications/c1-o1"): {"applications"},
        ("GET", "/attendees/a1/applications/c1-o1/preview"): {"applications"},
        **{
            ("POST", f"/applications/a/{command}"): {"applications"}
            for command in ("withdraw", "accept", "decline", "pick-slot", "confirm-terms")
        },
        ("GET", "/attendees/a1/invitations"): {"applications"},
        ("GET", "/attendees/a1/nominations"): {"nominations"},
        ("POST", "/nominations/n/agree"): {"nominations"},
        ("POST", "/nominations/n/decline"): {"nominations"},
    }
    of_hosts = {
        ("PUT", "/rounds/one/limits/o1"): {"rankings"},
        ("GET", "/rounds/one/limits/o1"): {"rankings"},
        ("GET", "/listings/c1-o1/candidates"): {"applications"},
        ("PUT", "/listings/c1-o1/candidates/one/invitation"): {"applications"},
        ("GET", "/applications"): {"applications"},
        ("GET", "/applications/a"): {"applications"},
        **{
            ("POST", f"/applications/a/{command}"): {"applications"}
            for command in ("screen", "interview", "call-off", "offer", "reject", "rescind")
        },
        ("GET", "/nominations"): {"nominations"},
        ("POST", "/nominations"): {"nominations"},
        ("GET", "/nominations/n"): {"nominations"},
        ("POST", "/nominations/n/withdraw"): {"nominations"},
        **{where: opening for where, opening in routes.items() if "/listings/" in where[1] and "rankings" in opening},
    }
    routes |= of_hosts
    every = ["rounds", "rankings", "recommendations", "applications", "nominations", "insight", "operator"]
    scopes = (*every, "listings", "mails", "people", "keys", "unheard of")
    keys = {scope: bearer(await copy_key("matching", [scope])) for scope in scopes}
    conference = bearer(await copy_key("matching", every, conference_id="c1"))
    organization = bearer(await copy_key("matching", every, organization_id="o1"))
    for (method, path), opening in routes.items():
        # No body is right for those that take one: whoever gets in is told so.
        for scope, header in keys.items():
            answer = await api.request(method, path, json=[], headers=header)
            assert (answer.status_code == 403) == (scope not in opening), (method, path, scope, answer.text)
        # A key that is bound opens no route that does not look at what it is bound to, whatever scopes it came with.
        closed = (await api.request(method, path, json=[], headers=conference)).status_code == 403
        assert closed == (not (opening & {"rounds"} or path.startswith("/conferences/"))), path
        closed = (await api.request(method, path, json=[], headers=organization)).status_code == 403
        assert closed == ((method, path) not in of_hosts), path


async def test_what_is_no_valid_key_opens_nothing(api: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    good = await copy_key("matching", ["rounds", "insight"])
    expired = await copy_key("matching", ["rounds", "insight"], expires_at=now - timedelta(seconds=1))
    revoked = await copy_key("matching", ["rounds", "insight"], revoked_at=now)
    elsewhere = await copy_key("listings")
    shown = [
        *("", "Bearer", "Bearer x", f"Bearer {good[:-1]}", f"Bearer {good}x", f"Bearer {good.swapcase()}", good),
        *(f"Bearer {key}" for key in (expired, revoked, elsewhere)),
    ]
    await ok(api.get("/rounds/one", headers=bearer(good)))
    for method, path in (("GET", "/rounds/one"), ("GET", "/insight/page"), ("POST", "/rounds/one/open")):
        for authorization in shown:
            answer = await api.request(method, path, headers={"authorization": authorization})
            assert answer.status_code == 401, (path, authorization)
    await tell_key("matching", good, version=2, scopes=["rounds", "insight"], revoked_at=now)
    await tell_key("matching", good, version=1, scopes=["rounds", "insight"])
    assert "revoked" in await refused(api.get("/rounds/one", headers=bearer(good)), 401)
    assert (await ok(api.get("/rounds/one")))["state"] == "draft"
