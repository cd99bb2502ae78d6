"""Whoever makes a request: a program by its API key, or a person by their session. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.web.access.keys import Refused
from shared.web.access.roles import ROLES, Binding, Grant, Role, opening
from shared.web.access.scopes import Scope
from shared.web.access.sessions import SignInSession, signed_in_recently


class Caller(Protocol):
    """Who calls a route, and for which things they may act. Of each kind, None stands for all things, an empty set for none."""

    @property
    def id(self) -> str:
        """Of the key or the session."""

    @property
    def scopes(self) -> frozenset[Scope]: ...

    @property
    def conference_ids(self) -> frozenset[str] | None: ...

    @property
    def organization_ids(self) -> frozenset[str] | None: ...

    @property
    def attendee_ids(self) -> frozenset[str] | None: ...

    def check_conference(self, conference_id: str | None, /) -> None:
        """Raises ``Refused`` if they may not act for this conference. None is what belongs to no conference."""

    def check_organization(self, organization_id: str | None, /) -> None:
        """Raises ``Refused`` if they may not act for this organization. None is what belongs to no organization."""

    def check_attendee(self, attendee_id: str | None, /) -> None:
        """Raises ``Refused`` if they may not act for this attendee. None is what belongs to no attendee."""

    def check_owner(
        self, *, conference_id: str | None = None, organization_id: str | None = None, attendee_id: str | None = None
    ) -> None:
        """Raises ``Refused`` if they may not act for something that belongs to these.

        A key must fit everything that it is bound to. Of a person's roles, one that fits is enough.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCaller:
    """Somebody who is signed in, with the roles that open one route."""

    session: SignInSession
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    grants: frozenset[Grant] = frozenset()
    conference_ids: frozenset[str] | None = frozenset()
    organization_ids: frozenset[str] | None = frozenset()
    attendee_ids: frozenset[str] | None = frozenset()

    @property
    def id(self) -> str:
        return self.session.id

    def check_conference(self, conference_id: str | None, /) -> None:
        _check("conference", conference_id, self.conference_ids)

    def check_organization(self, organization_id: str | None, /) -> None:
        _check("organization", organization_id, self.organization_ids)

    def check_attendee(self, attendee_id: str | None, /) -> None:
        _check("attendee", attendee_id, self.attendee_ids)

    def check_owner(
        self, *, conference_id: str | None = None, organization_id: str | None = None, attendee_id: str | None = None
    ) -> None:
        owners = (
            (conference_id, self.conference_ids),
            (organization_id, self.organization_ids),
            (attendee_id, self.attendee_ids),
        )
        if not any(ids is None or id in ids for id, ids in owners):
            raise Refused("none of your roles allows this")


def person(
    session: SignInSession, grants: Collection[Grant], scopes: Collection[Scope], takes: Collection[Binding]
) -> PersonCaller:
    """The person, as a route with these scopes sees them, which checks things of these kinds.

    Raises:
        Refused: none of the grants opens the route.
    """
    roles = opening(scopes, takes)
    held = [grant for grant in grants if grant.role in roles]
    if not held:
        raise Refused(f"this needs the role {' or '.join(map(repr, roles))}, which you do not have here")
    opened = frozenset(grant.role for grant in held)
    its_scopes = frozenset(scope for role in opened for scope in ROLES[role].scopes)
    if any(ROLES[role].bound_to is None for role in opened):
        return PersonCaller(
            session=session,
            roles=opened,
            scopes=its_scopes,
            grants=frozenset(held),
            conference_ids=None,
            organization_ids=None,
            attendee_ids=None,
        )
    ids: dict[Binding | None, set[str]] = {}
    for grant in held:
        ids.setdefault(ROLES[grant.role].bound_to, set()).add(grant.id)
    return PersonCaller(
        session=session,
        roles=opened,
        scopes=its_scopes,
        grants=frozenset(held),
        conference_ids=frozenset(ids.get("conference", ())),
        organization_ids=frozenset(ids.get("organization", ())),
        attendee_ids=frozenset(ids.get("attendee", ())),
    )


def _check(what: Binding, id: str | None, ids: frozenset[str] | None) -> None:
    if ids is not None and id not in ids:
        raise Refused(f"none of your roles allows this for the {what} {id!r}")


def scopes_for(caller: Caller, id: str) -> frozenset[Scope]:
    """What the caller may do with the attendee, conference or organization with this id."""
    if not isinstance(caller, PersonCaller):
        return caller.scopes
    return frozenset(scope for role in roles_for(caller, id) for scope in ROLES[role].scopes)


def roles_for(caller: Caller, id: str) -> frozenset[Role]:
    """The caller's roles for the attendee, conference or organization with this id. A key has none."""
    grants = caller.grants if isinstance(caller, PersonCaller) else ()
    return frozenset(grant.role for grant in grants if grant.id in ("", id))


def own_ids(caller: Caller) -> Sequence[str]:
    """The ids of whoever asks: of somebody who is signed in, first the one that they signed in with."""
    return caller.session.person_ids if isinstance(caller, PersonCaller) else [*(caller.attendee_ids or ())]


def is_recent(caller: Caller, now: datetime) -> bool:
    """Whether the caller may do things that need a recent sign-in. A key needs no session."""
    return not isinstance(caller, PersonCaller) or signed_in_recently(caller.session, now)
