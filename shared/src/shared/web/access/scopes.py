"""The scopes of API keys: one table for all services."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Scope = Literal[
    "attendance",
    "conferences",
    "people",
    "connections",
    "keys",
    "me",
    "organizations",
    "listings",
    "ideas",
    "rounds",
    "rankings",
    "placements",
    "recommendations",
    "applications",
    "nominations",
    "insight",
    "mails",
    "operator",
]

EVERY: Final = ("registration", "listings", "matching", "notifications")


@dataclass(frozen=True, slots=True)
class ScopeInfo:
    """What a scope is for, and whether a key with it may be bound to a conference or to an organization."""

    services: tuple[str, ...]
    allows: str
    """A sentence that continues from the scope's name."""
    conference: bool = False
    organization: bool = False


SCOPES: Final[Mapping[Scope, ScopeInfo]] = MappingProxyType(
    {
        "attendance": ScopeInfo(("registration",), "publishes attendance events and files, and reads their outcomes", True),
        "conferences": ScopeInfo(
            ("registration",), "announces conferences and their schedules, and names their organizers", True
        ),
        "people": ScopeInfo(("registration",), "sees and changes everybody's data, merges people, exports and erases them"),
        "connections": ScopeInfo(("registration",), "sets up connections to ticketing and event systems", True),
        "keys": ScopeInfo(("registration",), "issues, lists and revokes keys that may do no more than this one", True, True),
        "me": ScopeInfo(("registration",), "sees and changes one attendee's own data"),
        "organizations": ScopeInfo(
            ("listings",), "changes organizations and their staff, and so who may act for them", organization=True
        ),
        "listings": ScopeInfo(("listings",), "writes, publishes and closes listings", organization=True),
        "ideas": ScopeInfo(("listings",), "proposes projects for attendees, and asks to adopt them for hosts", organization=True),
        "rounds": ScopeInfo(("matching",), "runs match-day rounds", conference=True),
        "rankings": ScopeInfo(("matching",), "ranks for attendees and for hosts, and sees outcomes", organization=True),
        "placements": ScopeInfo(("matching",), "sees placements, and updates them for attendees and hosts", organization=True),
        "recommendations": ScopeInfo(("matching",), "sees attendees' best matches"),
        "applications": ScopeInfo(
            ("matching",), "applies for attendees, answers for hosts, sees applications", organization=True
        ),
        "nominations": ScopeInfo(
            ("matching",), "nominates for leadership programmes, answers for nominees, sees nominations", organization=True
        ),
        "insight": ScopeInfo(("matching",), "sees anonymous figures about conferences", conference=True),
        "mails": ScopeInfo(("notifications",), "sees messages and templates, finds and lifts suppressions"),
        "operator": ScopeInfo(EVERY, "operates the platform: approvals, statistics, dead letters"),
    }
)
"""Every scope there is."""


def scopes_of(service: str) -> frozenset[Scope]:
    """The scopes that open routes of this service."""
    return frozenset(scope for scope, info in SCOPES.items() if service in info.services)


def known(names: list[str]) -> frozenset[Scope]:
    """Those of these names that are scopes. A newer registration may know others, which open nothing here."""
    return frozenset(scope for scope in SCOPES if scope in names)
