"""Events of registration, listings and matching, for tests of the services that read them."""

from collections.abc import Sequence
from typing import Any

from support.kafka import Kafka, cloud_event


def attendee_profiled(id: str = "a1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """An attendee's profile, empty except for the changes."""
    return {"attendee_id": id, "version": version, "conference_ids": [], "interests": [], "met": []} | changes


def listing_published(id: str = "l1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """An open listing with one seat, without requirements except for the changes."""
    listing = {
        "listing_id": id,
        "version": version,
        "organization_id": "o1",
        "organization": "Observatory",
        "title": f"Project {id}",
        "skills": [],
        "topics": [],
        "mentor_person_ids": [],
        "conference_ids": [],
        "seats": 1,
        "deadline": None,
        "url": None,
    }
    return listing | changes


async def publish_profile(
    kafka: Kafka, id: str = "a1", version: int = 1, *, partition: int | None = None, **changes: Any
) -> None:
    """Publish an attendee's profile."""
    headers = cloud_event("registration.attendee.profiled.v1")
    await kafka.send("registration.profiles", attendee_profiled(id, version, **changes), headers, key=id, partition=partition)


async def publish_listing(kafka: Kafka, id: str = "l1", version: int = 1, **changes: Any) -> None:
    """Publish an open listing."""
    headers = cloud_event("listings.listing.published.v1")
    await kafka.send("listings.listings", listing_published(id, version, **changes), headers, key=id)


async def publish_conference(
    kafka: Kafka, id: str = "c1", version: int = 1, *organizers: str, brand: dict[str, Any] | None = None
) -> None:
    """Publish a conference without sessions, organized by these people."""
    conference = {"conference_id": id, "version": version, "name": f"Conference {id}", "sessions": [], "organizers": organizers}
    conference |= {"brand": brand}
    dates = {"starts": "2026-07-08", "ends": "2026-07-10"}
    await kafka.send("registration.conferences", conference | dates, cloud_event("registration.conference.scheduled.v1"), key=id)


async def publish_organization(
    kafka: Kafka, id: str = "o1", version: int = 1, conference_ids: Sequence[str] = (), away: str = "", **posts: str
) -> None:
    """Publish an organization with its staff. ``posts``: each person's roles, such as ``admin mentor``.

    ``away``: the mentors who take nobody new for years.
    """
    staff = [
        {"person_id": person, **{post: post in held.split() for post in ("admin", "contact", "mentor")}}
        | ({"away_until": "2199-12-31"} if person == away else {})
        for person, held in posts.items()
    ]
    taking_part = {"conference_ids": list(conference_ids)}
    organization = {"organization_id": id, "version": version, "name": id, "url": None, "staff": staff} | taking_part
    await kafka.send("listings.organizations", organization, cloud_event("listings.organization.changed.v1"), key=id)


async def withdraw_listing(kafka: Kafka, id: str = "l1", version: int = 2) -> None:
    """Publish that a listing is closed."""
    data = {"listing_id": id, "version": version, "reason": "closed"}
    await kafka.send("listings.listings", data, cloud_event("listings.listing.withdrawn.v1"), key=id)


async def publish_seats(kafka: Kafka, id: str = "l1", version: int = 1, placed: int = 0, **changes: int) -> None:
    """Publish how many of a listing's seats are promised."""
    seats = {"listing_id": id, "version": version, "placed": placed} | changes
    await kafka.send(
        "matching.seats", seats, cloud_event("matching.seats.changed.v1", id=f"matching.seats/{id}@{version}"), key=id
    )
