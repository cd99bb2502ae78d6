"""Who gets in at the matching service by a session: attendees, organizers and hosts' people, each to what is theirs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from matching.insight.repository import Insights
from matching.insight.use_cases import InsightCounter
from shared.web.access.sessions import LIFETIME
from support.answers import ok, refused
from support.copied_keys import copy_key
from support.kafka import Kafka
from support.keys import bearer
from support.published import publish_conference, publish_listing, publish_organization
from support.rounds import MatchDay
from support.sessions import SIGNING_KEY, another_key, cookie, end, past, session_of, sign_in
from support.two_hosts import plan, two_hosts, until_state

PAGE: Final = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
SCORE: Final = {"by": "score"}
IDS: Final = {
    "a1": ("a1",),
    "a2": ("a2",),
    "olga": ("olga",),
    "otto": ("otto",),
    "adam": ("adam",),
    "cora": ("cora",),
    "mina": ("mina",),
    "zoe": ("zoe",),
    "merged": ("m1", "a2", "m2"),
    "both": ("x1", "olga", "x2", "cora"),
    "omar": ("omar",),
}
"""The ids of each person. olga and otto organize the conferences c1 and c2; adam, cora and mina are admin, contact and mentor at
the organization o1, zoe is all of these at o2, and omar is an operator. By their other ids, ``merged`` is the attendee a2, and
``both`` is olga and cora."""

Signed = Mapping[str, dict[str, str]]
"""The headers of each person's requests."""


@pytest.fixture
def only_service() -> str:
    """Listings has a database, too."""
    return ""


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows attendees, hosts with their people, and conferences with their organizers. The client has a key."""
    await publish_conference(kafka, "c1", 1, "olga")
    await publish_conference(kafka, "c2", 1, "otto")
    await publish_organization(kafka, "o1", 1, adam="admin", cora="contact", mina="mentor")
    await publish_organization(kafka, "o2", 1, zoe="admin contact mentor")
    await two_hosts(api, kafka)
    await known(kafka)
    return api


@pytest.fixture
async def people(api: httpx.AsyncClient) -> Signed:
    own = {"origin": str(api.base_url).rstrip("/")}
    return {name: own | await sign_in("matching", *ids, operator=name == "omar") for name, ids in IDS.items()}


async def known(kafka: Kafka) -> None:
    """Wait until the service knows what was published of roles."""
    await kafka.no_lag("registration.conferences", "matching.roles")
    await kafka.no_lag("listings.organizations", "matching.roles")


async def statuses(api: httpx.AsyncClient, people: Signed, method: str, path: str, body: Any = None) -> dict[int, set[str]]:
    """Who gets which status."""
    found: dict[int, set[str]] = {}
    for name, headers in people.items():
        answer = await api.request(method, path, json=body, headers=headers)
        found.setdefault(answer.status_code, set()).add(name)
    return found


async def test_each_person_gets_to_what_is_theirs_and_to_nothing_else(api: httpx.AsyncClient, people: Signed) -> None:
    everybody = set(IDS)
    organizers, others, hosts = {"olga", "both"}, {"otto"}, {"adam", "cora", "both"}
    rest = everybody - organizers - others - {"omar"}
    draft = plan("c1-o1", "c1-o2", conference="c1")
    assert await statuses(api, people, "PUT", "/rounds/one", draft) == {200: organizers | {"omar"}, 403: rest | others}
    assert await statuses(api, people, "GET", "/rounds/one") == {200: organizers | {"omar"}, 404: rest | others}
    assert await statuses(api, people, "GET", "/rounds/two") == {200: others | {"omar"}, 404: rest | organizers}
    assert await statuses(api, people, "GET", "/rounds/none") == {200: {"omar"}, 404: everybody - {"omar"}}
    ranking = {"listing_ids": ["c1-o1"]}
    assert await statuses(api, people, "PUT", "/rounds/one/rankings/attendees/a2", ranking) == {
        404: everybody - {"omar"},
        409: {"omar"},
    }, "for attendees, a round that was not opened does not exist"
    for step, status in (("publish", 409), ("open", 200)):
        assert await statuses(api, people, "POST", f"/rounds/one/{step}") == {
            status: organizers | {"omar"},
            404: others,
            403: rest,
        }, step
    assert await statuses(api, people, "GET", "/rounds/one") == {200: everybody}
    mine = {"a2", "merged", "omar"}
    assert await statuses(api, people, "PUT", "/rounds/one/rankings/attendees/a2", ranking) == {200: mine, 404: everybody - mine}
    assert await statuses(api, people, "GET", "/rounds/one/rankings/attendees/a2") == {200: mine, 404: everybody - mine}
    assert await statuses(api, people, "POST", "/rounds/one/partners/a2") == {201: mine, 404: everybody - mine}
    assert await statuses(api, people, "GET", "/rounds/one/partners/a2") == {200: mine, 404: everybody - mine}
    assert await statuses(api, people, "PUT", "/rounds/one/partners/a2", {"code": "A"}) == {422: mine, 404: everybody - mine}
    assert await statuses(api, people, "GET", "/rounds/one/outcomes/attendees/a2") == {409: mine, 404: everybody - mine}
    assert await statuses(api, people, "GET", "/attendees/a2/recommendations") == {200: mine, 404: everybody - mine}
    assert await statuses(api, people, "GET", "/attendees/a2/listings/c1-o1") == {200: mine, 404: everybody - mine}
    own, foreign, no_host = hosts | {"omar"}, {"zoe"}, everybody - hosts - {"omar", "zoe"}
    for method, path, body, status in (
        ("PUT", "/rounds/one/rankings/listings/c1-o1", SCORE, 200),
        ("GET", "/rounds/one/rankings/listings/c1-o1", None, 200),
        ("GET", "/rounds/one/outcomes/listings/c1-o1", None, 409),
    ):
        assert await statuses(api, people, method, path, body) == {status: own, 404: foreign, 403: no_host}, path
    assert await statuses(api, people, "PUT", "/rounds/one/rankings/listings/c1-o2", SCORE) == {
        200: {"zoe", "omar"},
        404: hosts,
        403: no_host,
    }
    assert await statuses(api, people, "GET", "/rounds/one/check") == {409: organizers | {"omar"}, 404: others, 403: rest}
    for path in ("/recommendations", "/statistics"):
        assert await statuses(api, people, "GET", path) == {200: {"omar"}, 403: everybody - {"omar"}}
    assert await statuses(api, people, "GET", "/insight/page") == {200: {"omar"}, 403: everybody - {"omar"}}
    assert await statuses(api, people, "GET", "/conferences/c1/insight/page") == {
        200: organizers | {"omar"},
        404: others,
        403: rest,
    }
    for step in ("lock", "cancel"):
        assert await statuses(api, {name: people[name] for name in rest | others}, "POST", f"/rounds/one/{step}") == {
            404: others,
            403: rest,
        }
    assert (await ok(api.get("/rounds/one")))["state"] == "open"


async def test_what_belongs_to_others_looks_like_what_does_not_exist(api: httpx.AsyncClient, people: Signed) -> None:
    before = [await ok(api.get(f"/rounds/{id}")) for id in ("two", "none")]
    for who, method, path, others, nothing, body in (
        ("olga", "GET", "/rounds/{}", "two", "nowhere", None),
        ("olga", "POST", "/rounds/{}/open", "two", "nowhere", None),
        ("olga", "POST", "/rounds/{}/cancel", "none", "nowhere", None),
        ("olga", "GET", "/rounds/{}/check", "two", "nowhere", None),
        ("olga", "GET", "/conferences/{}/insight", "c2", "nowhere", None),
        ("a1", "GET", "/rounds/{}", "one", "nowhere", None),
        ("a1", "PUT", "/rounds/{}/rankings/attendees/a1", "one", "nowhere", {"listing_ids": ["c1-o1"]}),
        ("a1", "GET", "/rounds/one/rankings/attendees/{}", "a2", "nobody", None),
        ("a1", "DELETE", "/rounds/nowhere/rankings/attendees/{}", "a2", "nobody", None),
        ("a1", "POST", "/rounds/{}/partners/a1", "one", "nowhere", None),
        ("a1", "GET", "/rounds/one/partners/{}", "a2", "nobody", None),
        ("a1", "DELETE", "/rounds/nowhere/partners/{}", "a2", "nobody", None),
        ("a1", "GET", "/attendees/{}/recommendations", "a2", "nobody", None),
        ("a1", "GET", "/attendees/{}/listings/c1-o1", "a2", "nobody", None),
        ("cora", "PUT", "/rounds/one/rankings/listings/{}", "c1-o2", "nothing", SCORE),
        ("cora", "GET", "/rounds/one/outcomes/listings/{}", "c1-o2", "nothing", None),
    ):
        told = [
            (await refused(api.request(method, path.format(id), json=body, headers=people[who]), 404)).replace(id, "…")
            for id in (others, nothing)
        ]
        assert told[0] == told[1], (who, method, path)
    for id in ("two", "none"):
        await refused(api.put(f"/rounds/{id}", json=plan("c1-o1", conference="c1"), headers=people["olga"]), 404)
    for conference in ("c2", "C1", None):
        await refused(api.put("/rounds/new", json=plan("any-o1", conference=conference), headers=people["olga"]), 403)
    assert [await ok(api.get(f"/rounds/{id}")) for id in ("two", "none")] == before
    await refused(api.get("/rounds/new"), 404)


async def test_an_organizer_runs_a_round_and_people_see_of_it_what_is_theirs(api: httpx.AsyncClient, people: Signed) -> None:
    olga, attendee, cora, zoe = (people[name] for name in ("olga", "merged", "cora", "zoe"))

    async def seen(headers: dict[str, str], query: str = "") -> list[str]:
        return [round["id"] for round in (await ok(api.get(f"/rounds{query}", headers=headers)))["items"]]

    assert (await api.put("/rounds/new", json=plan("any-o1", conference="c1"), headers=olga)).status_code == 201
    assert await seen(olga) == ["new", "one"]
    assert await seen(people["otto"]) == ["two"]
    assert await seen(attendee) == await seen(cora, "?state=draft") == await seen(cora, "?conference_id=c1") == []
    assert await seen(people["omar"]) == ["new", "none", "one", "two"]
    await ok(api.post("/rounds/one/open", headers=olga))
    await ok(api.post("/rounds/none/open"))
    assert await seen(olga) == ["new", "none", "one"], "what is open to everybody is open to her, too"
    assert await seen(attendee) == await seen(cora) == ["none", "one"]
    assert await seen(attendee, "?conference_id=c1&state=open") == ["one"]
    assert await seen(attendee, "?limit=1&after=none") == ["one"]
    assert (await ok(api.get("/rounds/one", headers=olga)))["silent"] == ["c1-o1", "c1-o2"]
    for headers in (attendee, cora):
        shown = await ok(api.get("/rounds/one", headers=headers))
        assert (shown["listing_ids"], shown["silent"]) == (["c1-o1", "c1-o2"], [])

    path = "/rounds/one/rankings/attendees/a2"
    await ok(api.put(path, json={"listing_ids": ["c1-o2", "c1-o1"]}, headers=attendee))
    assert await ok(api.get(path, headers=attendee)) == {"listing_ids": ["c1-o2", "c1-o1"]}
    await ok(api.delete(path, headers=attendee))
    await ok(api.put(path, json={"listing_ids": ["c1-o1"]}, headers=attendee))
    not_matched = await refused(
        api.put("/rounds/one/rankings/attendees/m1", json={"listing_ids": ["c1-o1"]}, headers=attendee), 404
    )
    assert not_matched == "there is no attendee 'm1' who may be matched"
    await ok(api.put("/rounds/one/rankings/listings/c1-o1", json={"attendee_ids": ["a2"]}, headers=cora))
    await ok(api.put("/rounds/one/rankings/listings/c1-o2", json=SCORE, headers=zoe))
    for to in ("c1-o2", "nowhere"):
        reverting = SCORE | {"reverts_to": to}
        detail = await refused(api.put("/rounds/one/rankings/listings/c1-o1", json=reverting, headers=cora), 422, "reverts_to")
        assert detail == f"reverts_to: listing {to!r} is not in this round; name one that is, or none"

    await ok(api.post("/rounds/one/lock", headers=olga))
    await until_state(api, "one", "matched")
    assert (await ok(api.get("/rounds/one/check", headers=olga)))["blocking_pairs"] == 0
    outcome, seats = "/rounds/one/outcomes/attendees/a2", "/rounds/one/outcomes/listings/c1-o1"
    for headers, path in ((attendee, outcome), (people["a2"], outcome), (cora, seats), (people["adam"], seats)):
        assert "not published yet" in await refused(api.get(path, headers=headers), 409)
    assert (await ok(api.get(outcome, headers=people["omar"])))["listing_id"] == "c1-o1", "an operator looks before"
    await ok(api.post("/rounds/one/publish", headers=olga))
    await until_state(api, "one", "published")
    assert (await ok(api.get(outcome, headers=attendee)))["listing_id"] == "c1-o1"
    assert (await ok(api.get(seats, headers=cora)))["attendee_ids"] == ["a2"]
    await refused(api.get(outcome, headers=people["a1"]), 404)
    await refused(api.get(seats, headers=zoe), 404)
    await ok(api.post("/rounds/none/cancel"))
    assert await seen(attendee) == ["one"]
    await refused(api.get("/rounds/none", headers=attendee), 404)


async def test_faults_are_shown_to_those_who_run_the_round(api: httpx.AsyncClient, people: Signed, day: MatchDay) -> None:
    await ok(api.post("/rounds/one/open"))
    fault = {"state": "locked", "step": "match", "fault": "unstable", "failure": "OSError in match", "failures": 2}
    await day.database.db["rounds"].update_one({"_id": "one"}, {"$set": fault})
    names = ("fault", "failure", "failures")
    for who, shown in (("olga", ["unstable", "OSError in match", 2]), ("a1", [None, None, 0]), ("adam", [None, None, 0])):
        one = await ok(api.get("/rounds/one", headers=people[who]))
        (listed,) = (await ok(api.get("/rounds?state=locked", headers=people[who])))["items"]
        assert [one[name] for name in names] == [listed[name] for name in names] == shown, who


async def test_roles_begin_and_end_with_the_next_version_of_what_gives_them(
    api: httpx.AsyncClient, kafka: Kafka, people: Signed
) -> None:
    await publish_conference(kafka, "c2", 2, "olga", "otto")
    await known(kafka)
    # Whoever organizes both conferences gives neither the listings of the other's hosts.
    olga = people["olga"]
    moved = await refused(api.put("/rounds/one", json=plan("c1-o1", "c1-o2", conference="c2"), headers=olga), 422, "listing_ids")
    assert moved.startswith("listing_ids: unknown: c1-o1, c1-o2;")
    await ok(api.put("/rounds/one", json=plan("any-o1", conference="c1"), headers=olga))
    assert (await ok(api.put("/rounds/one", json=plan("any-o1", conference="c2"), headers=olga)))["conference_id"] == "c2"
    await refused(api.put("/rounds/none", json=plan("any-o1", conference="c2"), headers=olga), 404)
    await ok(api.put("/rounds/one", json=plan("c1-o1", "c1-o2", conference="c1")))
    await ok(api.post("/rounds/one/open"))
    organizing, ranking = "/rounds/one/check", "/rounds/one/rankings/listings/c1-o1"
    await ok(api.put(ranking, json=SCORE, headers=people["both"]))
    for who in ("olga", "both"):
        await refused(api.get(organizing, headers=people[who]), 409)
    # The listing moves to another host, whose people rank for it from then on.
    await publish_listing(kafka, "c1-o1", 2, organization_id="o2", conference_ids=["c1"], skills=["python"])
    await kafka.no_lag("listings.listings", "matching.catalogue")
    for who in ("adam", "cora", "both"):
        await refused(api.put(ranking, json=SCORE, headers=people[who]), 404)
    await ok(api.put(ranking, json=SCORE, headers=people["zoe"]))
    await publish_conference(kafka, "c1", 2, "a1")
    await publish_organization(kafka, "o1", 2, adam="mentor")
    await kafka.send("listings.organizations", None, key="o2")
    await publish_conference(kafka, "c1", 1, "olga")  # comes again
    await known(kafka)
    for who in ("olga", "both"):
        await refused(api.get(organizing, headers=people[who]), 404)  # they organize c2
    await publish_conference(kafka, "c2", 3)
    await known(kafka)
    for who in ("olga", "both", "otto"):
        assert "'organizer' or 'operator'" in await refused(api.get(organizing, headers=people[who]), 403)
    for who in ("adam", "cora", "both", "zoe"):
        assert "'admin' or 'contact'" in await refused(api.put(ranking, json=SCORE, headers=people[who]), 403)
    await refused(api.get(organizing, headers=people["a1"]), 409)


async def test_insight_of_a_conference_is_for_those_who_organize_it(
    api: httpx.AsyncClient, people: Signed, day: MatchDay
) -> None:
    await day.database.db["leases"].delete_many({})
    await InsightCounter(Insights(day.database.db), timedelta(hours=1)).count()
    assert (await ok(api.get("/conferences/c1/insight", headers=people["olga"])))["conference_id"] == "c1"
    page = await api.get("/conferences/c1/insight/page", headers=people["olga"] | PAGE)
    assert (page.status_code, page.headers["cache-control"]) == (200, "private, no-store")
    assert "All conferences" not in page.text
    assert "All conferences" in (await api.get("/conferences/c1/insight/page", headers=people["omar"] | PAGE)).text
    for id in ("c2", "nowhere", "C1"):
        for suffix in ("", "/page"):
            detail = await refused(api.get(f"/conferences/{id}/insight{suffix}", headers=people["olga"]), 404)
            assert detail == f"there is no conference {id!r}"
    nobody = {"authorization": ""}
    for path in ("/insight/page", "/conferences/c1/insight/page"):
        asked = await api.get(path, headers=nobody | PAGE)
        assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?next={path.replace('/', '%2F')}")
        assert (await api.get(path, headers=nobody)).status_code == 401


async def test_a_session_that_is_not_valid_or_sent_by_another_site_opens_nothing(api: httpx.AsyncClient, people: Signed) -> None:
    olga, path = session_of("olga"), "/rounds/one/open"
    other, forged = another_key(), another_key(SIGNING_KEY.public.id)
    await end("matching", olga)
    for headers in (
        {"authorization": ""},
        cookie(olga),
        cookie(past(session_of("olga"))),
        cookie(session_of("olga"), other),
        cookie(session_of("olga"), forged),
        cookie(session_of("omar", operator=True), forged),
        cookie(replace(session_of("olga"), ends_at=olga.ends_at + LIFETIME)),
        {"authorization": f"Bearer {people['olga']['cookie'].partition('=')[2]}"},
    ):
        assert (await api.post(path, headers=headers)).status_code == 401, headers
    for origin in ("https://elsewhere.example", "null", "", "http://127.0.0.1:1"):
        assert (await api.post(path, headers=people["olga"] | {"origin": origin})).status_code == 403, origin
    # Whoever shows a key acts by it alone.
    for key, status in ((await copy_key("matching", ["insight"]), 403), (await copy_key("listings"), 401), ("nonsense", 401)):
        assert (await api.post(path, headers=people["olga"] | bearer(key))).status_code == status
    of_another = bearer(await copy_key("matching", ["rounds"], conference_id="c2"))
    assert (await api.post(path, headers=people["olga"] | of_another)).status_code == 404
    assert (await ok(api.get("/rounds/one")))["state"] == "draft"
    await ok(api.post(path, headers=people["olga"]))
