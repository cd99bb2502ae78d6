"""Types and rules of host organizations, their mentors and their staff. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from shared.contract.events.fields import EARLIEST
from shared.contract.events.listings import OrganizationChanged, Post, StaffChanged, StaffPost
from shared.refusals import Invalid
from shared.web.access.roles import Role
from shared.worded import Worded

LONGEST_ABSENCE: Final = timedelta(days=730)
MOST_MENTORS: Final = 1000
"""Of one organization, because each of its events names all of them."""


@dataclass(frozen=True, slots=True)
class Organization:
    """A host organization."""

    id: str
    version: int
    name: str
    url: str | None
    conference_ids: list[str]
    approved: bool = True
    """Its listings may be recommended."""
    staff: list[StaffPost] = field(default_factory=list)
    """The posts of its staff, as last published."""

    def changed(self) -> OrganizationChanged:
        """The event that publishes it."""
        return OrganizationChanged(
            organization_id=self.id,
            version=self.version,
            name=self.name,
            url=self.url,
            conference_ids=self.conference_ids,
            approved=self.approved,
            staff=self.staff,
        )


@dataclass(frozen=True, slots=True)
class Mentor:
    """A mentor of an organization. Other services know the ``person_id`` only; ``id`` is unique within the organization."""

    organization_id: str
    id: str
    name: str
    email: str
    person_id: str
    contact: bool = False
    """Gets the mails to the organization itself."""
    admin: bool = False
    """Manages the organization and its listings, once signed in."""
    locale: str | None = None
    time_zone: str | None = None
    changed_at: datetime = EARLIEST
    named: bool = False
    """Agreed to be named on the pages of their listings."""
    away_until: date | None = None
    """Until when they look after nobody new, this day included; None: they do. It may have passed."""

    def is_away(self, today: date) -> bool:
        """Whether they look after nobody new on this day."""
        return self.away_until is not None and today <= self.away_until

    @property
    def roles(self) -> list[Role]:
        """What they may do in the services, for this organization."""
        has: dict[Role, bool] = {"admin": self.admin, "contact": self.contact, "mentor": True}
        return [role for role in has if has[role]]


@dataclass(frozen=True, slots=True)
class Staff:
    """One person at host organizations: whoever has one address, however many organizations name it."""

    person_id: str
    version: int = 0
    """How often they were published."""
    published: StaffChanged | None = None
    """The state that readers have; None if they have none."""


def staff_of(mentors: Iterable[Mentor]) -> list[StaffPost]:
    """What the people of one organization do there, each once: of several mentors with one address, all that any of them does."""
    posts: dict[str, StaffPost] = {}
    for mentor in mentors:
        known = posts.get(mentor.person_id)
        away = [day for day in (mentor.away_until, known.away_until if known else None) if day]
        posts[mentor.person_id] = StaffPost(
            person_id=mentor.person_id,
            admin=mentor.admin or (known is not None and known.admin),
            contact=mentor.contact or (known is not None and known.contact),
            mentor=True,
            away_until=max(away, default=None),
        )
    return [posts[id] for id in sorted(posts)]


def check_absence(until: date | None, today: date) -> None:
    """Raises ``Invalid`` unless a mentor may say that they are away until this day."""
    if until is None:
        return
    if until < today:
        raise Invalid("until", Worded("is in the past; choose a later day"))
    if until > today + LONGEST_ABSENCE:
        raise Invalid("until", Worded("is too far ahead; choose a day within two years"))


def with_posts(staff: Staff, mentors: Iterable[Mentor]) -> Staff:
    """The person with the posts of all these mentors, who share the address. The latest change of any organization wins.

    Without any, there is nothing left to publish. The version is kept and continues if they come back.
    """
    by_time = sorted(mentors, key=lambda mentor: (mentor.changed_at, mentor.organization_id, mentor.id))
    if not by_time:
        return replace(staff, published=None)
    last = by_time[-1]
    contact = {mentor.organization_id: False for mentor in by_time}
    for mentor in by_time:
        contact[mentor.organization_id] |= mentor.contact
    changed = StaffChanged(
        person_id=staff.person_id,
        version=staff.version + 1,
        email=last.email,
        name=last.name,
        locale=next((mentor.locale for mentor in reversed(by_time) if mentor.locale), None),
        posts=[Post(organization_id=id, mentor=True, contact=contact[id]) for id in sorted(contact)],
        time_zone=next((mentor.time_zone for mentor in reversed(by_time) if mentor.time_zone), None),
    )
    if staff.published == changed.model_copy(update={"version": staff.version}):
        return staff
    return Staff(staff.person_id, changed.version, changed)
