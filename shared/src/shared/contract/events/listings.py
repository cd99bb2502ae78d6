"""What the listings service publishes. Only ``StaffChanged`` carries personal data."""

from datetime import date
from typing import Final, Literal

from pydantic import Field

from shared.contract.events.fields import (
    Country,
    Currency,
    Day,
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

MOST_DECLINED: Final = 200
"""How many declined organizations an event names: the latest, because each host is told once."""


class StaffPost(Payload):
    """A member of a host organization's staff, and their posts there."""

    person_id: Id = Field(description="the same id as on `listings.contacts`, where their address is")
    admin: bool = Field(description="whether the person manages the organization and its listings")
    contact: bool = Field(description="whether the person gets the mails to the organization itself, such as applications")
    mentor: bool = Field(description="whether the person is one of its mentors")
    away_until: Day | None = Field(
        default=None, description="the last day on which the person, as a mentor, takes nobody new; null: they are not away"
    )


class OrganizationChanged(Payload):
    """A host organization or its staff was added or changed. The event is complete as of this version."""

    organization_id: Id
    version: Version
    name: Line
    url: Link
    conference_ids: list[Id]
    approved: bool = Field(default=True, description="whether its listings may be recommended")
    staff: list[StaffPost] = Field(default=[], description="its staff, each person once")


class Requirement(Payload):
    """The level that a listing asks for in one of its skills, and the skill's weight among them."""

    term: Term = Field(description="one of the listing's `skills`")
    level: Level | None = Field(default=None, description="the level that is enough; null: the higher, the better")
    weight: float = Field(
        default=1,
        gt=0,
        le=10,
        allow_inf_nan=False,
        description="how much the skill counts; one with 2 counts as much as two with 1",
    )


class Research(Payload):
    """The subject of a research internship."""

    lab: Line | None = None
    interests: Terms = Field(default=[], description="the research questions")
    equipment: Terms = Field(default=[], description="the methods that interns learn")


class Conditions(Payload):
    """When, where and how much an intern works. A condition that is left out excludes nobody."""

    starts: date | None = Field(default=None, description="the first day")
    ends: date | None = Field(default=None, description="the last day")
    hours_per_week: int | None = Field(default=None, ge=1, le=80)
    country: Country | None = None
    place: Line | None = Field(default=None, description="the town or campus, to show to people")
    remote: bool = Field(default=False, description="whether the work can be done from anywhere")
    work_permission: bool = Field(default=False, description="whether interns need a work permit for `country` before they start")


class Pay(Payload):
    """What an intern is paid. An amount of 0 says openly that the internship is unpaid."""

    amount: float = Field(ge=0, le=1e9, allow_inf_nan=False, description="0: unpaid")
    currency: Currency | None = Field(default=None, description="ISO 4217; null: unpaid")
    period: Id | None = Field(
        default=None, description="one of `hour`, `week`, `month` and `once`; null: unpaid; more may be added"
    )
    eligibility: Line | None = Field(
        default=None, description="who gets it, in the host's words, such as `enrolled students only`; null: every intern"
    )


class ListingPublished(Payload):
    """A listing is open for matching. The event is complete as of this version."""

    listing_id: Id
    version: Version
    organization_id: Id
    organization: Line = Field(description="the organization's name")
    title: Line
    skills: Terms
    topics: Terms
    mentor_person_ids: list[Id]
    conference_ids: list[Id] = Field(description="conferences that the organization takes part in")
    seats: int = Field(ge=1, description="seats that are still free")
    deadline: Moment | None
    url: Link
    description: str | None = Field(default=None, max_length=10_000, description="plain text; skills are also found in it")
    requirements: list[Requirement] = Field(default=[], max_length=200, description="levels and weights of some of the skills")
    research: Research | None = None
    disciplines: list[Discipline] = Field(default=[], max_length=26, description="the disciplines of its work (ISCED-F 2013)")
    crossing: bool = Field(default=False, description="whether it also looks for people from other disciplines than its own")
    conditions: Conditions | None = None
    approved: bool = Field(default=True, description="whether the host is approved; if not, the listing is not recommended")
    capacity: int | None = Field(
        default=None, ge=1, description="the seats that the host offers, free and taken, without those that moved; null: unknown"
    )
    pay: Pay | None = Field(default=None, description="null: unknown")
    answer_days: int | None = Field(
        default=None, ge=1, le=90, description="how many days the host has to answer an application; null: the platform's default"
    )
    kind: Id = Field(default="internship", description="`internship`, or `leadership`: open to the nominated only")
    opens_at: Moment | None = Field(
        default=None, description="of a leadership programme: when mentors can start to nominate; null: at its publication"
    )
    idea_author_id: Id | None = Field(
        default=None, description="the attendee whose idea it was, and who may apply first; null: the host's own idea"
    )
    author_only_until: Moment | None = Field(
        default=None, description="until when only the author may apply; null: everybody may"
    )


class ListingWithdrawn(Payload):
    """A listing is no longer open: it was closed, its seats are filled, or its deadline passed."""

    listing_id: Id
    version: Version
    reason: Literal["closed", "filled", "expired"]
    capacity: int | None = Field(default=None, ge=1, description="as in `listings.listing.published`; null: unchanged")


class IdeaChanged(Payload):
    """An attendee's idea for a project was proposed or changed, or a host asked to adopt it. Complete as of this version."""

    idea_id: Id
    version: Version
    attendee_id: Id = Field(description="its author")
    state: Id = Field(
        description="one of `proposed`, `asked` (at least one host asks to adopt it), `adopted` (it is now a host's draft), "
        "`withdrawn` (by the author) and `expired`; more may be added"
    )
    title: Line
    conference_ids: list[Id] = Field(max_length=200, description="hosts of these conferences can see it")
    asked_by: list[Id] = Field(default=[], max_length=20, description="the organizations that ask to adopt it")
    organization_id: Id | None = Field(default=None, description="the organization that adopted it")
    listing_id: Id | None = Field(default=None, description="the listing that it became")
    expires_at: Moment = Field(description="when hosts stop seeing it, unless it is adopted")
    declined: list[Id] = Field(
        default=[],
        max_length=MOST_DECLINED,
        description="the latest organizations that its author declined since it was proposed",
    )


class Post(Payload):
    """A person's posts at a host organization."""

    organization_id: Id
    mentor: bool = Field(description="whether the person is one of its mentors; listings name their own mentors")
    contact: bool = Field(
        description="whether the person gets the mails to the organization itself: applications, the weekly summary"
    )


class StaffChanged(Payload):
    """How to reach a member of hosts' staff, and their posts there. The event is complete as of this version.

    A person has one record, however many organizations name their address. A person whose last post ends is erased.
    """

    person_id: Id = Field(description="the same id as in the listings' `mentor_person_ids`")
    version: Version
    email: Email
    name: Line
    locale: Locale | None = Field(description="the language of their mails (BCP 47); null: unknown")
    posts: list[Post] = Field(min_length=1, description="one for each organization")
    time_zone: TimeZone | None = Field(default=None, description="their time zone (IANA); null: unknown")
