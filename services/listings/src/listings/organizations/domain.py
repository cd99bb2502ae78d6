"""Types and rules of host organizations, their mentors and their staff. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contract.events.fields import EARLIEST
from shared.contract.events.listings import OrganizationChanged, Post, StaffChanged


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

    def changed(self) -> OrganizationChanged:
        """The event that publishes it."""
        return OrganizationChanged(
            organization_id=self.id,
            version=self.version,
            name=self.name,
            url=self.url,
            conference_ids=self.conference_ids,
            approved=self.approved,
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
    locale: str | None = None
    time_zone: str | None = None
    changed_at: datetime = EARLIEST


@dataclass(frozen=True, slots=True)
class Staff:
    """One person at host organizations: whoever has one address, however many organizations name it."""

    person_id: str
    version: int = 0
    """How often they were published."""
    published: StaffChanged | None = None
    """What readers have; None where they have nothing."""


def with_posts(staff: Staff, mentors: Iterable[Mentor]) -> Staff:
    """The person with the posts of these mentors: all who have their address. The latest change of any organization wins.

    Without any, nothing of them is left to publish. The version stays: it goes on from there if they come back.
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
