"""What the listings service publishes. Only ``StaffChanged`` carries personal data."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.contract.events.fields import (
    Country,
    Discipline,
    Email,
    Id,
    Level,
    Line,
    Link,
    Locale,
    Moment,
    Payload,
    Term,
    Terms,
    TimeZone,
    Version,
)


class OrganizationChanged(Payload):
    """A host organization was added or changed."""

    organization_id: Id
    version: Version
    name: Line
    url: Link
    conference_ids: list[Id]
    approved: bool = Field(default=True, description="its listings may be recommended")


class Requirement(Payload):
    """How well one of a listing's skills is to be mastered, and how much it counts among them."""

    term: Term = Field(description="one of the listing's `skills`")
    level: Level | None = Field(default=None, description="the level that suffices; none: the more the better")
    weight: float = Field(default=1, gt=0, le=10, allow_inf_nan=False, description="how much it counts: 2 as two others")


class Research(Payload):
    """What a research internship is about."""

    lab: Line | None = None
    interests: Terms = Field(default=[], description="the questions that it works on")
    equipment: Terms = Field(default=[], description="what one learns to work with there")


class Conditions(Payload):
    """When, where and how much is to be worked. What is not given excludes nobody."""

    starts: date | None = Field(default=None, description="the first day")
    ends: date | None = Field(default=None, description="the last day")
    hours_per_week: int | None = Field(default=None, ge=1, le=80)
    country: Country | None = None
    place: Line | None = Field(default=None, description="the town or campus, for people to read")
    remote: bool = Field(default=False, description="may be done from anywhere")
    work_permission: bool = Field(default=False, description="needs a permission to work in `country` beforehand")


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
    url: Link
    description: str | None = Field(default=None, max_length=10_000, description="plain text; skills are found in it, too")
    requirements: list[Requirement] = Field(default=[], max_length=200, description="of those skills where there is more to say")
    research: Research | None = None
    disciplines: list[Discipline] = Field(default=[], max_length=26, description="where its work belongs (ISCED-F 2013)")
    crossing: bool = Field(default=False, description="asks for people of other disciplines than its own")
    conditions: Conditions | None = None
    approved: bool = Field(default=True, description="the host was approved; else it is not recommended")


class ListingWithdrawn(Payload):
    """A listing is no longer open: an operator closed it, its seats are filled, or its deadline passed."""

    listing_id: Id
    version: Version
    reason: Literal["closed", "filled", "expired"]


class Post(Payload):
    """What a person does at a host organization."""

    organization_id: Id
    mentor: bool = Field(description="one of its mentors; which listings are theirs is in these")
    contact: bool = Field(description="gets the mails to the organization itself: applications, the weekly summary")


class StaffChanged(Payload):
    """How to reach a person of host organizations, and what they do there: complete as of this version.

    One person has one document, however many organizations name their address. Whoever has no post left is erased.
    """

    person_id: Id = Field(description="as in the listings' `mentor_person_ids`")
    version: Version
    email: Email
    name: Line
    locale: Locale | None = Field(description="the language for their mails (BCP 47); null: not known")
    posts: list[Post] = Field(min_length=1, description="one for each organization")
    time_zone: TimeZone | None = Field(default=None, description="the zone that their days go by (IANA); null: not known")
