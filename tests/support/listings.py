"""Listings as their organization keeps them, promises of seats, and what readers are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from listings.listings.domain import listing as rules
from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing, Promised, Status
from listings.organizations.domain import Mentor, Organization

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
EARLIER = NOW - timedelta(days=1)
WEEK = timedelta(days=7)
ACME = Organization("acme", 1, "Acme", None, ["c1"])
ADA = Mentor("acme", "ada", "Ada", "ada@example.org", "p-ada")
ALL_OF_IT: dict[str, Any] = {
    "description": "One.\n\nTwo.",
    "skills": ["Python", "C"],
    "topics": ["plots"],
    "requirements": [{"term": "C", "level": 3, "weight": 2.5}, {"term": "Python", "level": None, "weight": 1}],
    "research": {"lab": "Optics", "interests": ["lenses"], "equipment": ["Laser"]},
    "disciplines": ["physical-sciences", "ict"],
    "crossing": True,
    "conditions": {
        "starts": "2024-10-01",
        "ends": "2024-12-31",
        "hours_per_week": 20,
        "country": "SE",
        "place": "Kiruna",
        "remote": True,
        "work_permission": True,
    },
    "url": "https://acme.example/1",
    "pay": {"amount": 1500.5, "currency": "EUR", "period": "month", "eligibility": "enrolled students only"},
    "answer_days": 14,
    "kind": "leadership",
    "opens_at": "2024-05-01T09:00:00Z",
}

PAID: dict[str, Any] = {"amount": 1500, "currency": "EUR", "period": "month"}


def details(**changes: Any) -> ListingDetails:
    return ListingDetails.model_validate({"organization_id": "acme", "title": "Plots in 3D", "capacity": 2} | changes)


def listing(status: Status = "published", placed: int = 0, offered: int = 0, moved: int = 0, **changes: Any) -> Listing:
    return Listing("l1", details(**changes), status, promised=Promised(1, placed, offered, moved))


def promise(one: Listing, placed: int, offered: int = 0, moved: int = 0, now: datetime = NOW) -> Listing:
    """The listing after matching promised that many of its seats."""
    return rules.keep_promises(one, Promised(one.promised.version + 1, placed, offered, moved), now)


def announced(one: Listing, organization: Organization = ACME) -> Listing:
    return rules.announce(one, organization, [])[0]
