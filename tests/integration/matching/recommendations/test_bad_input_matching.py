"""Bad input to matching, wherever it comes in: an error that says what to mend, or a defined result; nothing is lost.

The table in ``docs/matching.md`` says what comes of what.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from listings import main as listings
from listings.settings import Settings as ListingsSettings
from registration import main as registration
from registration.settings import Settings as RegistrationSettings
from support.copied_keys import keyed
from support.kafka import Kafka, cloud_event
from support.keys import operator
from support.published import attendee_profiled, listing_published
from support.serving import serving

HALF = "@half@"
"""Stands for half a surrogate pair, which JSON in ASCII can hold, and no text in UTF-8."""


def body(data: dict[str, Any]) -> bytes:
    """As JSON in Python, which knows NaN and Infinity."""
    return json.dumps(data).replace(HALF, "\\ud83d").encode()


def profile(id: str = "a1", version: int = 1, **more: Any) -> dict[str, Any]:
    return attendee_profiled(id, version, **{"conference_ids": ["c1"]} | more)


def skill(term: str, **more: Any) -> dict[str, Any]:
    return {"kind": "skill", "term": term, "declared": True} | more


def met(count: int) -> list[dict[str, str]]:
    return [{"person_id": f"m{number}", "conference_id": "c1"} for number in range(count)]


PROFILES: list[tuple[dict[str, Any], str]] = [
    (profile(version=0), r"version: must be at least 1, not 0"),
    (profile(interests=[skill("x" * 10_000)]), r"interests.0.term: must have at most 100 characters, not 10,000"),
    (profile(interests=[skill("a\x00b")]), r"interests.0.term: must not contain control characters"),
    (profile(interests=[skill("  ")]), r"interests.0.term: must not be empty"),
    (profile(interests=[skill(HALF)]), r"data: is not JSON: .*hex escape"),
    (profile(interests=[skill("Go", level=0)]), r"interests.0.level: must be at least 1, not 0"),
    (profile(interests=[skill("Go", level=6)]), r"interests.0.level: must be at most 5, not 6"),
    (profile(interests=[skill("Go", level=float("nan"))]), r"interests.0.level: must be a finite number, not NaN"),
    (profile(interests=[skill(f"s{n}") for n in range(251)]), r"interests: must have at most 250 entries, not 251"),
    (profile(met=met(10_000)), r"met: must have at most 1,000 entries, not 10,000"),
    (profile(discipline="astrology"), r"discipline: must be one of 'education'"),
    (profile(availability={"starts": "2026-02-30"}), r"availability.starts: must be a day such as 2026-07-08"),
    (profile(availability={"hours_per_week": -20}), r"availability.hours_per_week: must be at least 1, not -20"),
    (profile(availability={"countries": ["Sweden"]}), r"availability.countries.0: must be a country's two letters"),
]
LISTINGS: list[tuple[dict[str, Any], str]] = [
    (listing_published(skills=[f"s{n}" for n in range(500)]), r"skills: must have at most 200 entries, not 500"),
    (listing_published(skills=["x" * 10_000]), r"skills.0: must have at most 100 characters, not 10,000"),
    (listing_published(title="a\x00b"), r"title: must not contain control characters"),
    (listing_published(title=HALF), r"data: is not JSON: .*hex escape"),
    (listing_published(description="x" * 10_001), r"description: must have at most 10,000 characters, not 10,001"),
    (
        listing_published(requirements=[{"term": "Go", "weight": float("nan")}]),
        r"requirements.0.weight: must be a finite number, not NaN",
    ),
    (listing_published(requirements=[{"term": "Go", "weight": float("inf")}]), r"requirements.0.weight: must be a finite number"),
    (
        listing_published(requirements=[{"term": "Go", "weight": -1}]),
        r"requirements.0.weight: must be greater than 0(\.0)?, not -1",
    ),
    (listing_published(requirements=[{"term": "Go", "weight": 11}]), r"requirements.0.weight: must be at most 10(\.0)?, not 11"),
    (listing_published(requirements=[{"term": "Go", "level": 6}]), r"requirements.0.level: must be at most 5, not 6"),
    (listing_published(seats=0), r"seats: must be at least 1, not 0"),
    (listing_published(deadline="2026-07-08T10:00:00"), r"deadline: must be a time with its offset"),
    (listing_published(conditions={"starts": "2026-13-01"}), r"conditions.starts: must be a day such as 2026-07-08"),
    (listing_published(conditions={"hours_per_week": 81}), r"conditions.hours_per_week: must be at most 80, not 81"),
    (listing_published(disciplines=["ict"] * 27), r"disciplines: must have at most 26 entries, not 27"),
]


@pytest.fixture
def only_service() -> str:
    """Listings runs, too."""
    return ""


@pytest.fixture
async def desk(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(listings.create_app(ListingsSettings())) as client:
        await keyed(client, "listings")
        (await client.put("/organizations/acme", json={"name": "Acme"})).raise_for_status()
        yield client


async def settled(kafka: Kafka) -> None:
    for topic, group in (
        ("listings.listings", "catalogue"),
        ("registration.profiles", "candidates"),
        ("matching.rescoring", "candidates"),
    ):
        await kafka.no_lag(topic, f"matching.{group}")


async def send(kafka: Kafka, *data: dict[str, Any]) -> None:
    for one in data:
        kind, key = ("profiles", "attendee_id") if "attendee_id" in one else ("listings", "listing_id")
        topic = "registration.profiles" if kind == "profiles" else "listings.listings"
        name = "registration.attendee.profiled.v1" if kind == "profiles" else "listings.listing.published.v1"
        await kafka.send(topic, body(one), cloud_event(name), key=one[key], partition=0)


async def explained(api: httpx.AsyncClient, attendee: str, listing: str) -> dict[str, Any]:
    answer = await api.get(f"/attendees/{attendee}/listings/{listing}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    if told["match"]:
        match = told["match"]
        assert 0 < match["score"] <= 1
        assert sum(reason["contribution"] for reason in match["reasons"]) == pytest.approx(match["score"])
    return told


async def listed(api: httpx.AsyncClient, attendee: str) -> list[str]:
    answer = await api.get(f"/attendees/{attendee}/recommendations")
    return [match["listing_id"] for match in answer.json()["matches"]] if answer.is_success else []


async def test_an_event_that_cannot_be_is_kept_with_its_reason_and_the_good_one_behind_it_counts(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await send(kafka, *(bad for bad, _ in LISTINGS), listing_published(skills=["Python"]))
    await settled(kafka)
    await send(kafka, *(bad for bad, _ in PROFILES), profile(interests=[skill("Python")]))
    await kafka.read("matching.recommendations")
    assert await listed(api, "a1") == ["l1"]
    letters = await kafka.read("matching.dead-letters", len(LISTINGS) + len(PROFILES))
    kept = {(told["dl_topic"], int(told["dl_offset"])): one for one in letters if (told := dict(one.headers))}
    assert len(kept) == len(letters) == len(LISTINGS) + len(PROFILES)
    for topic, cases in (("listings.listings", LISTINGS), ("registration.profiles", PROFILES)):
        for offset, (data, reason) in enumerate(cases):
            letter = kept[topic.encode(), offset]
            said = dict(letter.headers)["dl_reason"].decode()
            assert re.search(f"^{reason}", said), (offset, said)
            assert letter.value == body(data), "unchanged, to be mended and sent again"
    assert (await api.get("/health/ready")).json() == {"ok": True, "faults": []}


async def test_what_says_little_or_very_much_has_a_defined_result(api: httpx.AsyncClient, kafka: Kafka) -> None:
    many = [f"s{n}" for n in range(200)]
    await send(
        kafka,
        listing_published("skills", skills=["Python"]),
        listing_published("text", title="An internship with Kubernetes"),
        listing_published("faint", skills=["Python"], requirements=[{"term": "Python", "weight": 5e-324}]),
        listing_published("nothing"),
        listing_published("mentored", mentor_person_ids=["m999"]),
        listing_published(
            "greedy", skills=[*many[:199], "Python"], topics=[f"t{n}" for n in range(200)], description="Kubernetes " * 900
        ),
        listing_published(
            "uneven",
            skills=["Python", "COBOL"],
            requirements=[{"term": "Python", "weight": 0.001}, {"term": "COBOL", "weight": 10}],
        ),
    )
    await settled(kafka)
    await send(
        kafka,
        profile("empty"),
        profile("knows", interests=[skill("Python"), skill("Kubernetes")]),
        profile("busy", met=met(1000), conference_ids=[f"c{n}" for n in range(300)]),
        profile("everything", interests=[skill(f"s{n}", level=5) for n in range(250)]),
        profile("tiny", interests=[skill("Python")]),
    )
    await settled(kafka)
    assert await listed(api, "empty") == []
    nothing = {"match": None, "obstacle": "nothing in common", "rank": None}
    for id in ("skills", "text", "faint", "nothing", "mentored", "greedy", "uneven"):
        assert await explained(api, "empty", id) == nothing, id
        assert (await explained(api, "knows", id) == nothing) is (id in ("nothing", "mentored")), id
    assert {"skills", "text", "faint"} <= set(await listed(api, "knows"))
    one, other = [(await explained(api, "knows", id))["match"] for id in ("skills", "faint")]
    assert one["score"] == pytest.approx(other["score"]), "weights count beside each other only"
    assert await listed(api, "busy") == ["mentored"]
    assert (await explained(api, "everything", "greedy"))["obstacle"] is None
    weak = await explained(api, "tiny", "uneven")
    best = (await explained(api, "tiny", "skills"))["match"]["score"]
    assert 0 < weak["match"]["score"] < best, "little of what it asks for"
    assert (await api.get("/health/ready")).json() == {"ok": True, "faults": []}


async def test_texts_of_every_script_are_texts_and_what_has_no_letter_is_no_term(api: httpx.AsyncClient, kafka: Kafka) -> None:
    invisible = ["\u200b", "\u200d\u2060", "\u202e\u202c", "—", "🔭"]
    await send(
        kafka,
        listing_published("hebrew", skills=["\u202b\u05e4\u05d9\u05d9\u05ea\u05d5\u05df\u202c"], title="\u202eDrawkcab"),
        listing_published("hidden", skills=["Py\u200bthon\ufeff"]),
        listing_published("wide", skills=["Ｋｕｂｅｒｎｅｔｅｓ"]),
        listing_published("nothing", skills=invisible, title="\u200b"),
    )
    await settled(kafka)
    await send(
        kafka,
        profile("a1", interests=[skill("\u05e4\u05d9\u05d9\u05ea\u05d5\u05df"), skill("python"), skill("k8s")]),
        profile("a2", interests=[skill(text) for text in invisible]),
    )
    await settled(kafka)
    assert set(await listed(api, "a1")) == {"hebrew", "hidden", "wide"}
    assert (await explained(api, "a2", "nothing"))["obstacle"] == "nothing in common"
    assert await listed(api, "a2") == []


async def test_dates_the_wrong_way_round_a_deadline_that_has_passed_and_each_thing_that_rules_out_are_told(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    september = {"starts": "2026-09-01", "ends": "2026-09-30"}
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    wanted: dict[str, dict[str, Any]] = {
        "fits": {"conditions": september | {"hours_per_week": 20, "country": "SE", "work_permission": True}},
        "unsaid": {},
        "dates": {"conditions": september | {"ends": "2026-10-01"}},
        "backwards": {"conditions": {"starts": "2026-09-30", "ends": "2026-09-01"}},
        "hours": {"conditions": {"hours_per_week": 21}},
        "place": {"conditions": {"country": "DE"}},
        "permission": {"conditions": {"country": "NO", "remote": True, "work_permission": True}},
        "deadline": {"deadline": past},
        "host": {"approved": False},
    }
    await send(kafka, *(listing_published(id, skills=["Python"], **more) for id, more in wanted.items()))
    await settled(kafka)
    available = september | {"hours_per_week": 20, "countries": ["SE"], "work_permission": ["SE"]}
    await send(
        kafka,
        profile("a1", interests=[skill("Python")], availability=available),
        profile("a2", interests=[skill("Python")], availability={"starts": "2026-09-30", "ends": "2026-09-01"}),
        profile("a3", interests=[skill("Python")]),
    )
    await settled(kafka)
    told = {id: await explained(api, "a1", id) for id in wanted}
    assert {id: one["obstacle"] for id, one in told.items()} == {
        "fits": None,
        "unsaid": None,
        "dates": "dates",
        "backwards": None,  # both days are within the attendee's
        "hours": "hours",
        "place": "place",
        "permission": "work permission",
        "deadline": "deadline passed",
        "host": "host not approved",
    }
    assert all(one["match"] for one in told.values()), "how well they match is told all the same"
    assert set(await listed(api, "a1")) == {id for id, one in told.items() if one["rank"]} == {"fits", "unsaid", "backwards"}
    backwards = {id: (await explained(api, "a2", id))["obstacle"] for id in wanted}
    assert backwards["fits"] == backwards["dates"] == "dates", "there is no day on which they can work"
    assert backwards["unsaid"] is None
    assert set(await listed(api, "a3")) == set(wanted) - {"deadline", "host"}, "who says nothing of it sees everything"


OFFER = {"organization_id": "acme", "title": "An internship", "capacity": 1, "skills": ["Go"]}
OFFERS: list[tuple[dict[str, Any], str, str]] = [
    ({"skills": [f"s{n}" for n in range(500)]}, "skills", "must have at most 200 entries, not 500"),
    ({"skills": ["x" * 10_000]}, "skills.0", "must have at most 100 characters, not 10,000"),
    ({"skills": ["a\x00b"]}, "skills.0", "must not contain control characters"),
    ({"skills": [HALF]}, "skills.0", 'without unpaired surrogates, not "\\ud83d"'),
    ({"description": f"a{HALF}"}, "description", 'without unpaired surrogates, not "a\\ud83d"'),
    ({"disciplines": [HALF]}, "disciplines.0", "Unicode"),
    ({"requirements": [{"term": "Go", "weight": float("nan")}]}, "requirements.0.weight", "must be a finite number, not NaN"),
    ({"requirements": [{"term": "Go", "weight": float("-inf")}]}, "requirements.0.weight", "must be a finite number"),
    ({"requirements": [{"term": "Go", "weight": -1}]}, "requirements.0.weight", "must be greater than 0"),
    ({"requirements": [{"term": "Go", "level": 6}]}, "requirements.0.level", "must be at most 5"),
    ({"requirements": [{"term": "Rust"}]}, "requirements", "'Rust' is not one of the skills; add it there"),
    ({"capacity": 0}, "capacity", "must be at least 1, not 0"),
    ({"capacity": -1}, "capacity", "must be at least 1, not -1"),
    ({"capacity": float("inf")}, "capacity", "must be a whole number, not Infinity"),
    ({"conditions": {"starts": "2026-09-02", "ends": "2026-09-01"}}, "conditions.ends", "2026-09-01 is before starts, 2026-09-02"),
    ({"conditions": {"hours_per_week": -1}}, "conditions.hours_per_week", "must be at least 1"),
    ({"deadline": "2026-07-08T10:00:00"}, "deadline", "must be a time with its offset"),
    ({HALF: 1}, "body", "without unpaired surrogates"),
]  # fmt: skip
DECLARED: list[tuple[dict[str, Any], str, str]] = [
    ({"skills": [{"term": f"s{n}"} for n in range(500)]}, "skills", "must have at most 200 entries, not 500"),
    ({"skills": [{"term": "x" * 10_000}]}, "skills.0.term", "must have at most 100 characters, not 10,000"),
    ({"skills": [{"term": "a\x00b"}]}, "skills.0.term", "must not contain control characters"),
    ({"equipment": [HALF]}, "equipment.0", 'without unpaired surrogates, not "\\ud83d"'),
    ({"skills": [{"term": "Go", "level": float("nan")}]}, "skills.0.level", "number"),
    ({"skills": [{"term": "Go", "level": -1}]}, "skills.0.level", "must be at least 1, not -1"),
    ({"availability": {"starts": "2026-09-02", "ends": "2026-09-01"}}, "availability.ends", "2026-09-01 is before starts"),
    ({"availability": {"starts": HALF}}, "availability.starts", "\\ud83d"),
]
JSON = {"content-type": "application/json"}


async def assert_refused(
    put: Callable[[bytes], Any], cases: list[tuple[dict[str, Any], str, str]], plain: dict[str, Any]
) -> None:
    for changes, field, said in cases:
        answer = await put(body(plain | changes))
        assert answer.status_code == 422, (changes, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        (fault,) = answer.json()["errors"]
        assert (fault["field"], said in fault["detail"]) == (field, True), (changes, fault)
    for unreadable, said in ((b'{"title": "\xff"}', "JSON"), (b"[" * 20_000, "JSON"), (b"[" * 100_000, "objects and arrays")):
        answer = await put(unreadable)
        assert answer.status_code in (400, 422), answer.text
        assert said in answer.json()["detail"]


async def test_what_a_host_cannot_offer_is_refused_with_its_field(desk: httpx.AsyncClient) -> None:
    await assert_refused(lambda content: desk.put("/listings/l1", content=content, headers=JSON), OFFERS, OFFER)
    assert (await desk.get("/listings/l1")).status_code == 404


async def test_a_listing_whose_deadline_passed_is_kept_but_not_opened(desk: httpx.AsyncClient) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert (await desk.put("/listings/l1", json=OFFER | {"deadline": past})).status_code == 201
    refused = await desk.post("/listings/l1/publish")
    assert (refused.status_code, "has passed: it was open until" in refused.json()["detail"]) == (409, True)


async def test_what_nobody_can_declare_is_refused_with_its_field(environment: dict[str, str]) -> None:
    async with serving(registration.create_app(RegistrationSettings())) as desk:
        await operator(desk)
        await assert_refused(lambda content: desk.put("/attendees/nobody/profile", content=content, headers=JSON), DECLARED, {})
