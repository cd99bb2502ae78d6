"""What the listings service publishes."""

from typing import Literal

from pydantic import Field

from shared.events.fields import Id, Line, Moment, Payload, Terms, Url, Version


class OrganizationChanged(Payload):
    """A host organization was added or changed."""

    organization_id: Id
    version: Version
    name: Line
    url: Url | None
    conference_ids: list[Id]


class ListingPublished(Payload):
    """A listing is open for matching, complete as of this version."""

    listing_id: Id
    version: Version
    organization_id: Id
    organization: Line = Field(description="the organization's name")
    title: Line
    skills: Terms
    topics: Terms
    mentor_person_ids: list[Id]
    conference_ids: list[Id] = Field(description="conferences that the organization takes part in")
    seats: int = Field(ge=1, description="seats not yet taken")
    deadline: Moment | None
    url: Url | None


class ListingWithdrawn(Payload):
    """A listing is no longer open: an operator closed it, its seats are filled, or its deadline passed."""

    listing_id: Id
    version: Version
    reason: Literal["closed", "filled", "expired"]
