"""The site's data in matching: a person for each role, and something on each page."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from support.answers import ok
from support.kafka import Kafka
from support.published import publish_conference, publish_listing, publish_organization, publish_profile
from support.site.everybody import CONFERENCE, FAR, PEOPLE, Site, id_of

TODAY: Final = datetime.now(UTC).date()
SKILLS: Final = [f"skill {number}" for number in range(200)]
_TITLES: Final = ("Map the night sky", "Measure a glacier", "Count the birds of a city", "Teach a robot to sew", "Read old maps")
GROUPS: Final = (
    ("registration.conferences", "catalogue"),
    ("registration.conferences", "roles"),
    ("listings.organizations", "roles"),
    ("listings.listings", "catalogue"),
    ("registration.profiles", "candidates"),
)


async def fill(api: httpx.AsyncClient, kafka: Kafka, *, people: int = 0, listings: int = 5, hosts: int = 2) -> Site:
    """Create the site's data in matching.

    ``people``: how many people attend besides ``PEOPLE``, each with one application; ``listings``: how many each host has.
    """
    organizations = [id_of(f"org{number}") for number in range(hosts)]
    await publish_conference(kafka, CONFERENCE, 1, id_of("olga"))
    await publish_conference(kafka, FAR, 1, id_of("otto"))
    for number, organization in enumerate(organizations):
        staff = {id_of("cora"): "admin contact", id_of("mina"): "mentor"} if number == 0 else {id_of("zoe"): "admin contact"}
        await publish_organization(kafka, organization, 1, [CONFERENCE], **staff)
    offered = [await _list(kafka, organization, number) for organization in organizations for number in range(listings)]
    programme = "lead"  # only one, however often the rest is copied
    its: dict[str, Any] = {"kind": "leadership", "organization_id": organizations[0], "conference_ids": [CONFERENCE]}
    await publish_listing(kafka, programme, title="Lead a team", capacity=5, **its)
    crowd = [id_of(f"att{number:04}") for number in range(people)]
    met = [{"person_id": id_of("mina"), "conference_id": CONFERENCE}]
    for number, attendee in enumerate([id_of("ada"), id_of("ben"), *crowd]):
        await _attend(kafka, attendee, number, met=met if number < 2 else [])
    for topic, group in GROUPS:
        await kafka.no_lag(topic, f"matching.{group}", seconds=300)
    ada = id_of("ada")
    sent = [await _apply(api, ada, listing, "Ada Lovelace") for listing in offered[:4]]
    for number, attendee in enumerate([id_of("ben"), *crowd]):
        await _apply(api, attendee, offered[number % len(offered)], f"Applicant {number}")
    times = [datetime.now(UTC) + timedelta(days=day) for day in (3, 4)]
    slots = [{"starts": at.isoformat(), "ends": (at + timedelta(hours=1)).isoformat(), "place": "Room 1"} for at in times]
    await _tell(api, sent[1], "interview", slots=slots)
    for application in sent[2:]:
        await _tell(api, application, "offer", deadline=times[1].isoformat())
    accepted = await _tell(api, sent[3], "accept")
    placement = accepted["placement_id"]
    await ok(api.post(f"/placements/{placement}/start", json={"side": "host"}, headers={"if-match": '"1"'}))
    nominated = {
        "attendee_id": ada,
        "listing_id": programme,
        "mentor_person_id": id_of("mina"),
        "organization_id": organizations[0],
        "note": "She led the sprint.",
    }
    nomination = await ok(api.post("/nominations", json=nominated))
    agreed = await ok(api.post("/nominations", json=nominated | {"attendee_id": id_of("ben")}))
    await ok(api.post(f"/nominations/{agreed['id']}/agree", headers={"if-match": '"1"'}))
    cancelled = await _match_day(api, "spring", offered[4:8], [ada])
    await ok(api.post(f"/rounds/{cancelled}/cancel"))
    values = {
        "org": organizations[0],
        "conference": CONFERENCE,
        "listing": offered[4],
        "submitted": sent[0]["id"],
        "interviewed": sent[1]["id"],
        "offered": sent[2]["id"],
        "placement": placement,
        "nomination": nomination["id"],
        "agreed": agreed["id"],
        "cancelled": cancelled,
        "round": await _match_day(api, "autumn", offered[4:8], [ada, *crowd[:200]]),
    }
    return Site(values, {who: id_of(who) for who in PEOPLE})


async def _list(kafka: Kafka, organization: str, number: int) -> str:
    id = f"{organization}-l{number:02}"
    skills = ["Python", *(SKILLS[(7 * number + 3 * place) % len(SKILLS)] for place in range(6))]
    conditions = {"starts": str(TODAY), "ends": str(TODAY + timedelta(days=60)), "hours_per_week": 4, "place": "Prague"}
    its: dict[str, Any] = {"organization_id": organization, "organization": "Observatory", "conditions": conditions}
    its |= {"skills": skills, "conference_ids": [CONFERENCE], "mentor_person_ids": [id_of("mina")]}
    await publish_listing(kafka, id, title=f"{_TITLES[number % len(_TITLES)]} {number}", capacity=9, **its)
    return id


async def _attend(kafka: Kafka, attendee: str, number: int, met: list[dict[str, str]]) -> None:
    terms = ["Python", *(SKILLS[(11 * number + 5 * place) % len(SKILLS)] for place in range(8))]
    interests = [{"kind": "skill", "term": term, "declared": True, "level": 4, "evidence": []} for term in dict.fromkeys(terms)]
    sharing = number % 3 == 0
    await publish_profile(kafka, attendee, conference_ids=[CONFERENCE], interests=interests, met=met, sharing_consent=sharing)


async def _apply(api: httpx.AsyncClient, attendee: str, listing: str, name: str) -> dict[str, Any]:
    letter = {"name": name, "note": "I should like\nto map stars.", "links": ["https://ada.example/work"]}
    application: dict[str, Any] = await ok(api.put(f"/attendees/{attendee}/applications/{listing}", json=letter))
    return application


async def _tell(api: httpx.AsyncClient, application: dict[str, Any], command: str, **body: Any) -> dict[str, Any]:
    path = f"/applications/{application['id']}"
    version = (await ok(api.get(path)))["version"]
    told: dict[str, Any] = await ok(api.post(f"{path}/{command}", json=body or None, headers={"if-match": f'"{version}"'}))
    return told


async def _match_day(api: httpx.AsyncClient, id: str, listings: list[str], attendees: list[str]) -> str:
    """An open match day in which these attendees have ranked."""
    closes = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    plan = {"name": id.capitalize(), "conference_id": CONFERENCE, "listing_ids": listings, "closes_at": closes, "seed": "s"}
    answer = await api.put(f"/rounds/{id}", json=plan)
    assert answer.status_code == 201, answer.text
    await ok(api.post(f"/rounds/{id}/open"))
    for attendee in attendees:
        await ok(api.put(f"/rounds/{id}/rankings/attendees/{attendee}", json={"listing_ids": listings[:2]}))
    return id
