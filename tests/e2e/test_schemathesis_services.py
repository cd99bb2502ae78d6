"""Listings and matching keep to their own OpenAPI: Schemathesis calls every operation with good and bad data.

Seeds are fixed; ``SCHEMATHESIS_SEED`` tries another, and ``SCHEMATHESIS_EXAMPLES`` more examples in the proof.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from listings.main import create_app as listings_app
from listings.settings import Settings as ListingsSettings
from matching.main import create_app as matching_app
from matching.settings import Settings as MatchingSettings
from support.copied_keys import keyed
from support.kafka import Kafka
from support.published import publish_listing, publish_organization, publish_profile, publish_seats
from support.schemathesis import PHASES, schemathesis
from support.serving import serving

COMMON = """
continue-on-failure = true
warnings = false
[auth.openapi.key]
bearer = "{key}"
[generation]
max-examples = {examples}
database = "none"
[cache]
enabled = false
# Not all that is wrong shows in a schema: a state that does not allow it, an id of nothing, a deadline that has passed.
[checks.positive_data_acceptance]
enabled = false
# What is sent about an old version, or about none, is refused before it is looked at.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 406, 412, 413, 422, 428]
"""


def config(client: httpx.AsyncClient, examples: int, known: Mapping[str, Mapping[str, list[str]]]) -> str:
    """``known``: for the paths that begin so, the values of their parameters."""
    text = COMMON.format(key=client.headers["authorization"].removeprefix("Bearer "), examples=examples)
    for number, (prefix, parameters) in enumerate(known.items()):
        lines = []
        for name, values in parameters.items():
            text += f"[dictionaries.{name}{number}]\nvalues = {values}\n"
            lines.append(f'"path.{name}" = {{ dictionary = "{name}{number}", probability = 0.9 }}')
        text += f'[[operations]]\ninclude-path-regex = "^{prefix}"\nparameters = {{ {", ".join(lines)} }}\n'
    return text


async def put(client: httpx.AsyncClient, path: str, body: Any) -> None:
    (await client.put(path, json=body)).raise_for_status()


@pytest.mark.parametrize(("phases", "examples"), PHASES)
async def test_listings_answers_as_it_is_documented_whatever_it_is_sent(
    environment: dict[str, str], kafka: Kafka, tmp_path: Path, phases: str, examples: int
) -> None:
    async with serving(listings_app(ListingsSettings())) as client:
        await keyed(client, "listings")
        await put(client, "/organizations/acme", {"name": "Acme", "conference_ids": ["c1"]})
        await put(client, "/organizations/acme/mentors/ada", {"name": "Ada", "email": "ada@example.org"})
        for id in ("draft", "open", "full"):
            await put(client, f"/listings/{id}", {"organization_id": "acme", "title": id, "capacity": 1})
        for id in ("open", "full"):
            (await client.post(f"/listings/{id}/publish")).raise_for_status()
        await publish_seats(kafka, "full", placed=1)
        await kafka.no_lag("matching.seats", "listings")
        await publish_profile(kafka, "a1", conference_ids=["c1"])
        await kafka.no_lag("registration.profiles", "listings.authors")
        await put(client, "/attendees/a1/ideas/stars", {"title": "Star maps", "text": "Tile.", "conference_ids": ["c1"]})
        idea = (await client.get("/attendees/a1/ideas/stars")).json()["id"]
        known = {
            "/attendees/": {"attendee_id": ["a1", "a2"], "key": ["stars", "maps"]},
            "/organizations/": {"id": ["acme", "new"], "mentor_id": ["ada"], "idea_id": [idea]},
            "/listings/": {"id": ["draft", "open", "full", "new"]},
        }
        assert await schemathesis(client, tmp_path, config(client, examples, known), "--phases", phases) >= 22


@pytest.mark.parametrize(("phases", "examples"), PHASES)
async def test_matching_answers_as_it_is_documented_whatever_it_is_sent(
    environment: dict[str, str], kafka: Kafka, tmp_path: Path, phases: str, examples: int
) -> None:
    async with serving(matching_app(MatchingSettings())) as client:
        await keyed(client, "matching")
        await learn(kafka)
        for round, listing in (("draft", "l1"), ("open", "l2"), ("matched", "l3"), ("published", "l4")):
            await put(client, f"/rounds/{round}", {"name": round, "listing_ids": [listing]})
            if round == "draft":
                continue
            (await client.post(f"/rounds/{round}/open")).raise_for_status()
            await put(client, f"/rounds/{round}/rankings/attendees/a1", {"listing_ids": [listing]})
            await put(client, f"/rounds/{round}/rankings/listings/{listing}", {"by": "score"})
        for round, steps in (("matched", ["lock"]), ("published", ["lock", "publish"])):
            for step in steps:
                await repeat_until_answered(client, "POST", f"/rounds/{round}/{step}")
            await repeat_until_answered(client, "GET", f"/rounds/{round}/check")
        nomination = {"listing_id": "p1", "attendee_id": "a1", "organization_id": "o1", "mentor_person_id": "m1"}
        nominated = (await client.post("/nominations", json=nomination)).raise_for_status().json()["id"]
        ids = {"attendee_id": ["a1", "a2"], "listing_id": ["l1", "l2", "l3", "l4"]}
        known = {
            "/attendees/": {"id": ["a1", "a2"], "listing_id": ids["listing_id"]},
            "/conferences/": {"id": ["c1"]},
            "/rounds/": {"id": ["draft", "open", "matched", "published", "new"], **ids},
            "/placements/": {"id": ["published:a1"]},
            "/nominations/": {"id": [nominated]},
        }
        assert await schemathesis(client, tmp_path, config(client, examples, known), "--phases", phases) >= 20


async def learn(kafka: Kafka) -> None:
    """The matching service hears of two attendees, four internships, and a programme for which the mentor m1 nominates."""
    for id in ("a1", "a2"):
        interest = {"kind": "skill", "term": "python", "declared": True, "evidence": []}
        await publish_profile(kafka, id, conference_ids=["c1"], interests=[interest])
    for id in ("l1", "l2", "l3", "l4"):
        await publish_listing(kafka, id, skills=["python"], conference_ids=["c1"])
    await publish_listing(kafka, "p1", kind="leadership", organization_id="o1")
    await publish_organization(kafka, "o1", 1, ("c1",), m1="mentor")
    await kafka.no_lag("listings.organizations", "matching.roles")
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")


async def repeat_until_answered(client: httpx.AsyncClient, method: str, path: str) -> None:
    async with asyncio.timeout(30):
        while not (await client.request(method, path)).is_success:
            await asyncio.sleep(0.2)
