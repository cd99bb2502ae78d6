"""The people of host organizations: one for each address, however many organizations name it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from listings.domain import Mentor
from shared.contract.events.listings import Post, StaffChanged


@dataclass(frozen=True, slots=True)
class Staff:
    """One person. ``version`` counts what was published of them, ``told`` is what readers have, None where they have nothing."""

    person_id: str
    version: int = 0
    told: StaffChanged | None = None


def with_posts(staff: Staff, mentors: Iterable[Mentor]) -> Staff:
    """The person as told by these: all mentors with their address. The latest word of any organization wins.

    Without any they are forgotten. The version stays, for it goes on from there if they come back.
    """
    by_time = sorted(mentors, key=lambda mentor: (mentor.changed_at, mentor.organization_id, mentor.id))
    if not by_time:
        return replace(staff, told=None)
    last = by_time[-1]
    contact = {mentor.organization_id: False for mentor in by_time}
    for mentor in by_time:
        contact[mentor.organization_id] |= mentor.contact
    told = StaffChanged(
        person_id=staff.person_id,
        version=staff.version + 1,
        email=last.email,
        name=last.name,
        locale=next((mentor.locale for mentor in reversed(by_time) if mentor.locale), None),
        posts=[Post(organization_id=id, mentor=True, contact=contact[id]) for id in sorted(contact)],
        time_zone=next((mentor.time_zone for mentor in reversed(by_time) if mentor.time_zone), None),
    )
    if staff.told == told.model_copy(update={"version": staff.version}):
        return staff
    return Staff(staff.person_id, told.version, told)
