"""The page of a listing: who can read it, what it says, and what search engines are told."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.sessions import sign_in

STRANGER = {"authorization": "", "accept": "text/html"}
DEADLINE = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
HOSTILE = "</script><script>alert(1)</script> \"'"
OFFER: dict[str, Any] = {
    "organization_id": "acme",
    "title": "Plots in 3D",
    "description": "Draw them.\n\nThen turn them.",
    "skills": ["Python", "NumPy"],
    "requirements": [{"term": "NumPy", "level": 3}],
    "mentor_ids": ["ada", "ben"],
    "capacity": 2,
    "deadline": DEADLINE.isoformat(),
    "conditions": {"starts": "2027-03-01", "ends": "2027-05-31", "hours_per_week": 20, "country": "DE", "place": "Potsdam"},
    "pay": {"amount": 1250, "currency": "EUR", "period": "month", "eligibility": "enrolled students only"},
}


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service knows one organization with two mentors, of whom one agreed to be named."""
    await ok(api.put("/organizations/acme", json={"name": "Acme", "url": "https://acme.example/", "conference_ids": ["c1"]}))
    await ok(api.put("/organizations/acme/mentors/ada", json={"name": "Ada", "email": "ada@example.org", "named": True}))
    await ok(api.put("/organizations/acme/mentors/ben", json={"name": "Benedict", "email": "ben@example.org"}))
    return api


async def opened(api: httpx.AsyncClient, id: str = "plots", **changes: Any) -> None:
    await ok(api.put(f"/listings/{id}", json=OFFER | {"public": True} | changes))
    await ok(api.post(f"/listings/{id}/publish"))


async def shown(api: httpx.AsyncClient, status: int = 200, id: str = "plots", who: dict[str, str] = STRANGER) -> str:
    answer = await api.get(f"/internships/{id}", headers=STRANGER | who)
    assert answer.status_code == status, answer.text
    return answer.text


def posting(page: str) -> dict[str, Any]:
    """What search engines read in the page."""
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found: dict[str, Any] = json.loads(data)
    return found


async def test_everybody_reads_what_a_public_listing_offers(api: httpx.AsyncClient) -> None:
    await opened(api)
    page = await shown(api)
    for said in (
        "Plots in 3D",
        "Acme",
        "Potsdam",
        "1,250 EUR a month",
        "20 hours a week",
        "NumPy (competent)",
        "enrolled students",
    ):
        assert said in page
    assert "Ada" in page
    assert "Benedict" not in page  # did not agree to be named
    assert 'href="/my/matches/plots/apply"' in page
    assert "noindex" not in page
    assert "2 places are free" in page
    assert "2 Plätze sind frei" in await shown(api, who={"accept-language": "de"})


async def test_search_engines_read_it_as_a_job_posting(api: httpx.AsyncClient) -> None:
    await opened(api, title=HOSTILE, description=f"{HOSTILE}\n\nSecond.")
    page = await shown(api)
    assert "<script>alert" not in page
    data = posting(page)
    assert data["@type"] == "JobPosting"
    assert data["title"] == HOSTILE
    assert data["description"].endswith("<p>Second.</p>")
    assert "<script" not in data["description"]
    assert data["hiringOrganization"] == {"@type": "Organization", "name": "Acme", "sameAs": "https://acme.example/"}
    assert data["baseSalary"]["value"] == {"@type": "QuantitativeValue", "value": 1250, "unitText": "MONTH"}
    assert data["jobLocation"]["address"] == {"@type": "PostalAddress", "addressLocality": "Potsdam", "addressCountry": "DE"}
    assert datetime.fromisoformat(data["validThrough"]) == DEADLINE
    assert datetime.fromisoformat(data["datePosted"]) <= datetime.now(UTC)


async def test_what_is_not_public_is_there_only_for_people_who_are_signed_in(api: httpx.AsyncClient) -> None:
    await opened(api, public=False)
    hidden = await shown(api, 404)
    assert hidden.replace("nothing", "plots") == (await shown(api, 404, "nothing")).replace("nothing", "plots")
    page = await shown(api, who=await sign_in("listings", "a" * 32))
    assert 'hx-get="/my/matches/plots/why"' in page
    assert 'href="/my/matches/plots"' in page  # without scripts
    assert "noindex" in page
    assert "ld+json" not in page


async def test_a_draft_and_a_host_that_is_not_approved_are_not_shown_to_anybody(api: httpx.AsyncClient) -> None:
    await ok(api.put("/listings/draft", json=OFFER | {"public": True}))
    await opened(api)
    await ok(api.put("/organizations/acme", json={"name": "Acme", "conference_ids": ["c1"], "approved": False}))
    ada = await sign_in("listings", "a" * 32)
    for id in ("draft", "plots"):
        await shown(api, 404, id)
        await shown(api, 404, id, ada)


async def test_a_closed_listing_says_so(api: httpx.AsyncClient) -> None:
    await opened(api)
    await ok(api.post("/listings/plots/close"))
    page = await shown(api, 410)
    assert "Plots in 3D" in page
    assert "closed" in page
    assert "Potsdam" not in page
    assert "noindex" in page
    mine = await shown(api, who=await sign_in("listings", "a" * 32))
    assert "Potsdam" in mine
    assert "closed" in mine
    assert "/apply" not in mine
    await ok(api.put("/listings/plots", json=OFFER | {"public": False}))  # its page can be taken away after its end, too
    await shown(api, 404)


async def test_nobody_applies_for_a_leadership_programme(api: httpx.AsyncClient) -> None:
    await opened(api, kind="leadership")
    page = await shown(api)
    assert "nominates" in page
    assert "/apply" not in page
