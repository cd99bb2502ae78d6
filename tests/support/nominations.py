"""Programmes, mentors, and nominations in any state, created by the real commands."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from matching.model.candidates import Candidate
from matching.model.listings import Listing
from matching.nominations.domain import nomination as rules
from matching.nominations.domain.nomination import Nomination
from matching.nominations.domain.requests import Proposal
from matching.nominations.domain.transitions import State
from matching.roles.domain import RoleHolders

NOW: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
NOTE: Final = "She led the sprint."


def programme(id: str = "p1", **changes: Any) -> Listing:
    """An open leadership programme of the organization ``host``."""
    usual: dict[str, Any] = {"title": "Leaders", "organization": "Observatory", "organization_id": "host", "kind": "leadership"}
    return Listing(id, **{"version": 1, "open": True} | usual | changes)


def nominee(id: str = "a1", **changes: Any) -> Candidate:
    """An attendee of the conference c1, where they met the mentor m1."""
    usual: dict[str, Any] = {"shard": 0, "version": 1, "conference_ids": {"c1"}, "met": {"m1": "c1"}}
    return Candidate(id, **usual | changes)


def employer(id: str = "o1", *conferences: str, **changes: Any) -> RoleHolders:
    """An organization with the mentor m1 and the contact k1 that takes part in these conferences, by default c1."""
    roles: dict[str, Any] = {"m1": frozenset({"mentor"}), "k1": frozenset({"contact"})}
    usual: dict[str, Any] = {"roles": roles, "conference_ids": frozenset(conferences or ["c1"])}
    return RoleHolders("organization", id, 1, **usual | changes)


def proposal(**changes: Any) -> Proposal:
    """The request of the mentor m1 of o1 to nominate a1 for p1."""
    return Proposal(**{"listing_id": "p1", "attendee_id": "a1", "organization_id": "o1", "note": NOTE} | changes)


def proposed(known: Nomination | None = None, now: datetime = NOW, **changes: Any) -> Nomination:
    """A nomination that was just created, or renewed."""
    return rules.nominate(known, "n1", proposal(**changes), "m1", programme(), now)


def in_state(state: State) -> Nomination:
    """A nomination in this state; agreed before, if it is withdrawn."""
    new = proposed()
    agreed = rules.obey(new, "agree", 1, NOW)
    made: dict[State, Nomination] = {
        "proposed": new,
        "agreed": agreed,
        "declined": rules.obey(new, "decline", 1, NOW),
        "withdrawn": rules.obey(agreed, "withdraw", 2, NOW),
        "expired": rules.obey(new, "expire", None, NOW),
    }
    return made[state]
