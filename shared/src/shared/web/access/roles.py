"""The roles of people who are signed in: one table for all services. Pure.

A role opens routes by the same scopes as a key. Each service decides by its own data who has which role, and for what.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol

from shared.web.access.scopes import SCOPES, Scope

Role = Literal["attendee", "organizer", "admin", "contact", "mentor", "operator"]
Binding = Literal["attendee", "conference", "organization"]


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """What a role opens, and what it is bound to: it counts for that one thing only. None: for all."""

    scopes: frozenset[Scope]
    bound_to: Binding | None
    allows: str
    """A sentence that continues from the role's name."""


ROLES: Final[Mapping[Role, RoleInfo]] = MappingProxyType(
    {
        "attendee": RoleInfo(
            frozenset({"me", "rankings", "placements", "recommendations", "applications", "nominations", "ideas"}),
            "attendee",
            "sees and changes their own data, ranks and applies for listings, answers nominations, proposes ideas, "
            "sees their own matches, applications, outcomes and placements",
        ),
        "organizer": RoleInfo(
            frozenset({"conferences", "rounds", "insight"}),
            "conference",
            "changes the conference, its schedule and its organizers, runs its match-day rounds, sees figures about it",
        ),
        "admin": RoleInfo(
            frozenset({"organizations", "listings", "rankings", "placements", "applications", "nominations", "ideas"}),
            "organization",
            "changes the organization, its mentors and its listings, ranks for them, answers applications, adopts ideas, "
            "sees agreed nominations, outcomes and placements",
        ),
        "contact": RoleInfo(
            frozenset({"rankings", "placements", "applications", "nominations"}),
            "organization",
            "ranks for the organization's listings, answers applications, sees agreed nominations, outcomes and placements, and "
            "gets its mails",
        ),
        "mentor": RoleInfo(
            frozenset({"placements", "nominations"}),
            "organization",
            "looks after attendees: sees and updates the placements of these alone; nominates for leadership programmes",
        ),
        "operator": RoleInfo(
            frozenset(SCOPES) - {"keys", "me"},
            None,
            "operates the platform; publishing events, managing keys, and other people's `me` still need a key",
        ),
    }
)
"""Every role there is."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody has a role, for the attendee, conference or organization with this id. The id is empty if it is for all."""

    role: Role
    id: str = ""


class GrantLookup(Protocol):
    """Where a service finds the roles of a person, in its own data. All signed in are attendees; this need not be among them."""

    async def grants(self, person_ids: Collection[str], /) -> Collection[Grant]: ...


class NoGrants:
    """The lookup of a service that knows no organizers and no staff."""

    async def grants(self, _person_ids: Collection[str], /) -> Collection[Grant]:
        return ()


def opening(scopes: Collection[Scope], takes: Collection[Binding]) -> list[Role]:
    """The roles that open a route with one of these scopes. Of the roles that are bound, only those to what the route checks."""
    return [
        role
        for role, info in ROLES.items()
        if not info.scopes.isdisjoint(scopes) and (info.bound_to is None or info.bound_to in takes)
    ]
