"""Who has which roles at a conference or an organization. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shared.contract.events.listings import OrganizationChanged
from shared.contract.events.registration import ConferenceScheduled
from shared.web.access.roles import Role

Place = Literal["conference", "organization"]


@dataclass(frozen=True, slots=True)
class RoleHolders:
    """Everybody who has a role at one conference or organization, as of a version of it."""

    place: Place
    id: str
    version: int
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    """By the id of the person."""
    conference_ids: frozenset[str] = frozenset()
    """The conferences in which the organization takes part."""
    approved: bool = True
    """Whether the organization is."""
    name: str = ""
    """The organization's name; "" for conferences, and for documents from before names were stored."""
    away: Mapping[str, date] = field(default_factory=dict)
    """Until when these mentors look after nobody new, the day included, by the id of the person. It may have passed."""

    def mentors_away(self, today: date) -> set[str]:
        """The ids of the mentors who look after nobody new on this day."""
        return {id for id, until in self.away.items() if today <= until}

    def holders(self, role: Role) -> set[str]:
        """The ids of everybody who has this role here."""
        return {id for id, held in self.roles.items() if role in held}


def role_holders_of(data: ConferenceScheduled | OrganizationChanged) -> RoleHolders:
    """Those whom the event names."""
    if isinstance(data, ConferenceScheduled):
        organizers: dict[str, frozenset[Role]] = dict.fromkeys(data.organizers, frozenset({"organizer"}))
        return RoleHolders("conference", data.conference_id, data.version, organizers)
    staff: dict[str, frozenset[Role]] = {}
    for post in data.staff:
        posts: dict[Role, bool] = {"admin": post.admin, "contact": post.contact, "mentor": post.mentor}
        held = {role for role, has in posts.items() if has}
        staff[post.person_id] = staff.get(post.person_id, frozenset()) | held
    taking_part = frozenset(data.conference_ids)
    away = {post.person_id: post.away_until for post in data.staff if post.mentor and post.away_until}
    return RoleHolders("organization", data.organization_id, data.version, staff, taking_part, data.approved, data.name, away)
