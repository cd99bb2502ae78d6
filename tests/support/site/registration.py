"""The site's data in registration, and who may access each of its pages and actions."""

from typing import Any, Final

import httpx

from registration.settings import Settings
from shared.persons import person_id
from support.answers import ok
from support.kafka import Kafka, cloud_event
from support.placements import AGREES, place
from support.site.everybody import CONFERENCE, FAR, ORGANIZER, OWN, PEOPLE, PUBLIC, Row, Site, id_of, rule

ORGANIZERS: Final = rule("olga otto")
PLACED: Final = "/profile/portfolio/{placement}"
ADA: Final = rule("ada", 404)

ROWS: Final[tuple[Row, ...]] = (
    OWN("GET", "/profile"),
    OWN("POST", "/profile/skills", term="Fortran", level="3"),
    OWN("POST", "/profile/skills/remove", term="Fortran"),
    OWN("POST", "/profile/skills/put-back", term="Fortran"),
    OWN("GET", "/profile/wishes"),
    OWN("POST", "/profile/wishes", starts="2027-02-01", place="remote"),
    OWN("GET", "/profile/consent"),
    OWN("POST", "/profile/consent"),
    OWN("POST", "/profile/consent/hosts"),
    OWN("GET", "/profile/portfolio"),
    OWN("POST", "/profile/portfolio"),
    PUBLIC("GET", "/portfolios/ada"),
    *(ADA("POST", f"{PLACED}/{command}", version="1") for command in ("publish", "withdraw")),
    ADA("GET", f"{PLACED}/credential"),
    ADA("POST", f"{PLACED}/credential", name="Ada Lovelace", known="yes"),
    ADA("GET", f"{PLACED}/credential.jwt"),
    ADA("POST", f"{PLACED}/credential/revoke"),
    OWN("GET", "/profile/data"),
    OWN("GET", "/profile/data/export"),
    OWN("GET", "/profile/data/erase"),
    OWN("POST", "/profile/data/erase"),
    PUBLIC("GET", "/profile/erased"),
    PUBLIC("GET", "/docs/publish"),
    PUBLIC("POST", "/docs/publish/check", event="not JSON"),
    ORGANIZERS("GET", "/organize"),
    ORGANIZER("GET", "/organize/{conference}"),
    ORGANIZER("GET", "/organize/{conference}/events"),
    ORGANIZER("GET", "/organize/{conference}/events?id=late&source=test"),
    *(ORGANIZER(method, "/organize/{conference}/brand") for method in ("GET", "POST")),
    rule("", 404, nobody=404)("GET", "/logos/none"),
    ORGANIZER("GET", "/organize/{conference}/schedule"),
    ORGANIZER("POST", "/organize/{conference}/schedule"),
    ORGANIZER("POST", "/organize/{conference}/letters", source="test", id="late"),
    ORGANIZER("POST", "/organize/{conference}/connections/{connection}/retry"),
)


async def fill(api: httpx.AsyncClient, kafka: Kafka, *, people: int = 0) -> Site:
    """Create the site's data in registration. ``people``: how many attend besides ``PEOPLE``, each in four sessions."""
    key = Settings().person_key
    emails = {who: f"{id_of(who)}@example.org" for who in PEOPLE}
    ids = {who: person_id(email, key) for who, email in emails.items()}
    sessions = [{"id": f"s{n}", "title": f"Session {n}", "skills": [f"skill {n}"], "topics": ["data"]} for n in range(40)]
    conference: dict[str, Any] = {"starts": "2024-07-08", "ends": "2024-07-14", "sessions": sessions}
    for id, organizer in ((CONFERENCE, "olga"), (FAR, "otto")):
        await ok(api.put(f"/conferences/{id}", json=conference | {"name": f"PyConf {id}"}))
        named = {"organizers": [{"email": emails[organizer]}]}
        await ok(api.put(f"/conferences/{id}/organizers", json=named))
    await ok(api.put("/connections/hall", json={"system": "standard", "conference_id": CONFERENCE}))
    crowd = [f"{id_of(f'att{number:04}')}@example.org" for number in range(people)]
    for number, email in enumerate([*emails.values(), *crowd]):
        person = {"email": email, "name": "Ada Lovelace", "skills": ["Git", f"skill {number % 90}"], "consent": AGREES}
        await kafka.attend("checked_in", {"conference_id": CONFERENCE, "attendee": person})
        for place_of in range(4):
            session = f"s{(number + 7 * place_of) % 40}"
            scan = {"conference_id": CONFERENCE, "session_id": session, "attendee": {"email": email}}
            await kafka.attend("session_attended", scan)
    for session in ("s1", "s2"):  # with the same id, so the second one becomes a dead letter
        late = {"conference_id": CONFERENCE, "session_id": session, "attendee": {"email": emails["ben"]}}
        event = cloud_event("attendance.session_attended.v1", id="late", source="test")
        await kafka.send("attendance.inbound", late, event, partition=0)
    await kafka.no_lag("attendance.inbound", "registration", seconds=600)
    await kafka.read("registration.dead-letters")
    for id in ("p1", "p2"):
        await place(kafka, ids["ada"], id=id, title="Maps of stars")
    key = (await ok(api.post(f"/attendees/{ids['ada']}/keys")))["key"]
    own = {"authorization": f"Bearer {key}"}
    await ok(api.put("/me/portfolio", json={"handle": "ada"}, headers=own))
    await ok(api.put("/me/portfolio/placements/p2/publication", json={"version": 1, "parts": ["skills"]}, headers=own))
    values = {"conference": CONFERENCE, "connection": "hall", "placement": "p1"}
    return Site(values, ids)
