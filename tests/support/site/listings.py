"""The site's data in listings, and who may access each of its pages and actions."""

from typing import Any, Final

import httpx

from support.answers import ok
from support.kafka import Kafka, cloud_event
from support.published import publish_profile
from support.site.everybody import CONFERENCE, OWN, PEOPLE, PUBLIC, Row, Site, id_of, rule

HOST: Final = rule("cora", 403, zoe=404)
AUTHOR: Final = rule("ada", 404)
"""Something that belongs to an attendee; for all others, it does not exist."""
WRITE: Final = "/desk-listings/{org}/write/{listing}"
IDEA: Final = "/my-ideas/{idea_key}"

ROWS: Final[tuple[Row, ...]] = (
    PUBLIC("GET", "/internships/{listing}"),
    rule(" ".join(PEOPLE), 404, nobody=404)("GET", "/internships/{not_public}"),
    HOST("GET", "/desk-listings/{org}/ideas"),
    *(HOST("POST", f"/desk-listings/{{org}}/ideas/{{idea}}/{command}") for command in ("ask", "take-back")),
    OWN("GET", "/my-ideas"),
    OWN("GET", "/my-ideas/export"),
    OWN("GET", "/my-ideas/turn"),
    OWN("GET", "/my-ideas/new"),
    AUTHOR("GET", IDEA),
    OWN("POST", IDEA),  # everybody may create an idea of their own under this key
    *(AUTHOR("POST", f"{IDEA}/{command}") for command in ("agree", "decline", "withdraw", "give-way")),
    HOST("GET", "/desk-listings/{org}"),
    HOST("GET", "/desk-listings/{org}/write"),
    HOST("GET", WRITE),
    *(HOST("POST", f"{WRITE}{command}") for command in ("", "/preview", "/publish", "/close")),
    rule("cora zoe mina", 403)("GET", "/mentor-time"),
    rule("cora mina", 403, zoe=404)("POST", "/mentor-time/{org}", back="yes"),
    HOST("GET", "/desk-people/{org}"),
    rule("cora mina", 403, zoe=404)("GET", "/desk-people/{org}/mentors"),
    HOST("GET", "/desk-people/{org}/add"),
    HOST("GET", "/desk-people/{org}/{staff}"),
    HOST("POST", "/desk-people/{org}/{staff}"),
    HOST("POST", "/desk-people/{org}/{staff}/remove"),
)


async def fill(api: httpx.AsyncClient, kafka: Kafka, *, listings: int = 2, hosts: int = 2) -> Site:
    """Create the site's data in listings. ``listings`` is the number for each host."""
    conference = CONFERENCE
    session = {"id": "s1", "title": "Old plates", "topics": [], "skills": ["NumPy", "QGIS"]}
    data: dict[str, Any] = {"conference_id": conference, "version": 1, "name": "PyConf", "sessions": [session]}
    data |= {"starts": "2026-07-08", "ends": "2026-07-10", "organizers": [id_of("olga")]}
    event = cloud_event("registration.conference.scheduled.v1")
    await kafka.send("registration.conferences", data, event, key=conference)
    for attendee in ("ada", "ben"):
        await publish_profile(kafka, id_of(attendee), conference_ids=[conference])
    await kafka.no_lag("registration.conferences", "listings.conferences")
    await kafka.no_lag("registration.profiles", "listings.authors")
    ids = {who: id_of(who) for who in PEOPLE}
    organizations = [id_of(f"org{number}") for number in range(hosts)]
    for number, organization in enumerate(organizations):
        await ok(api.put(f"/organizations/{organization}", json={"name": f"Host {number}", "conference_ids": [conference]}))
        staff = ("cora", "mina") if number == 0 else ("zoe",) if number == 1 else (f"host{number}",)
        for who in staff:
            mentor = {"name": who.title(), "email": f"{id_of(who)}@example.org", "admin": who != "mina"}
            made = await ok(api.put(f"/organizations/{organization}/mentors/{who}", json=mentor))
            ids[who] = made["person_id"]
        for listing in range(listings):
            await _list(api, organization, listing, staff[0], public=listing == 0)
    proposal = {"title": "Find variable stars", "text": "In old plates.", "skills": ["NumPy"], "conference_ids": [conference]}
    idea = await ok(api.put(f"/attendees/{ids['ada']}/ideas/stars", json=proposal))
    values = {"org": organizations[0], "listing": f"{organizations[0]}-l00", "not_public": f"{organizations[0]}-l01"}
    return Site(values | {"staff": "mina", "idea_key": "stars", "idea": idea["id"]}, ids)


async def _list(api: httpx.AsyncClient, organization: str, number: int, mentor: str, *, public: bool) -> None:
    id = f"{organization}-l{number:02}"
    listing: dict[str, Any] = {
        "organization_id": organization,
        "title": f"Map the night sky {number}",
        "description": "You measure how bright stars are.\n\n" * 10,
        "skills": ["Python", "NumPy", f"skill {number}"],
        "mentor_ids": [mentor],
        "capacity": 2,
        "public": public,
    }
    await ok(api.put(f"/listings/{id}", json=listing))
    await ok(api.post(f"/listings/{id}/publish"))
