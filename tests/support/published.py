"""What registration and listings publish, for tests of the services that read it."""

from typing import Any

from support.kafka import Kafka, cloud_event


def attendee_profiled(id: str = "a1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """An attendee's profile, with nothing in it but the changes."""
    return {"attendee_id": id, "version": version, "conference_ids": [], "interests": [], "met": []} | changes


def listing_published(id: str = "l1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """An open listing with one seat that asks for nothing but the changes."""
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


async def withdraw_listing(kafka: Kafka, id: str = "l1", version: int = 2) -> None:
    """Publish that a listing is closed."""
    data = {"listing_id": id, "version": version, "reason": "closed"}
    await kafka.send("listings.listings", data, cloud_event("listings.listing.withdrawn.v1"), key=id)
