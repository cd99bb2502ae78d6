"""A nomination and its rules. Pure. Each function takes a nomination and returns it as it is afterwards."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from matching.model.listings import Listing
from matching.nominations.domain.requests import Proposal
from matching.nominations.domain.transitions import RULES, STANDING, Actor, Command, State, check
from shared.contract.events.matching import NominationChanged
from shared.refusals import Conflict, Stale
from shared.worded import Worded

MAX_STEPS: Final = 50
"""After this many state changes, it cannot be made again, so nobody goes round in circles for ever."""

Ids = Collection[str] | None
"""None: all."""


@dataclass(frozen=True, slots=True)
class NominationStep:
    """A change of a nomination's state."""

    state: State
    at: datetime
    by: Actor


@dataclass(frozen=True, slots=True)
class Nomination:
    """A mentor's nomination of an attendee for a programme: one for each three of them."""

    id: str
    """Drawn at random, so that it does not reveal whom it is about."""
    attendee_id: str
    """The nominee."""
    listing_id: str
    title: str
    """Of the programme when the mentor nominated."""
    host_id: str
    """The organization whose programme it is."""
    host: str
    organization_id: str
    """The organization for which the mentor speaks."""
    mentor_person_id: str | None
    """None: they have left the organization."""
    note: str
    state: State
    version: int
    """Counts its changes."""
    history: tuple[NominationStep, ...]

    @property
    def changed_at(self) -> datetime:
        """When its state last changed."""
        return self.history[-1].at


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom somebody looks at nominations, and gives commands."""

    nominees: Ids = ()
    mentors: Ids = ()
    """The mentors themselves."""
    organizations: Ids = ()
    """The organizations for all of whose mentors a program acts."""
    hosts: Ids = ()

    def is_nominee(self, nomination: Nomination) -> bool:
        return _among(nomination.attendee_id, self.nominees)

    def is_mentor(self, nomination: Nomination) -> bool:
        if nomination.mentor_person_id is None:  # nobody acts for it any longer
            return self.mentors is None
        return _among(nomination.mentor_person_id, self.mentors) or _among(nomination.organization_id, self.organizations)

    def sees(self, nomination: Nomination) -> bool:
        """Whether the nomination exists for them. The host sees it only as long as the nominee agrees."""
        as_host = nomination.state == "agreed" and _among(nomination.host_id, self.hosts)
        return self.is_nominee(nomination) or self.is_mentor(nomination) or as_host


EVERYBODY: Final = Viewer(None, None, None, None)
"""For a program or an operator who may act for all."""


def nominate(
    known: Nomination | None, id: str, proposal: Proposal, mentor_person_id: str, listing: Listing, now: datetime
) -> Nomination:
    """Nominate, or nominate again. The same again changes nothing while the nomination stands."""
    if known and is_repeated(known, proposal):
        return known
    rule = check("nominate", known.state if known else None)
    if known and len(known.history) >= MAX_STEPS:
        raise Conflict(Worded("this nomination has changed %(most)s times; it cannot be made again", most=MAX_STEPS))
    return Nomination(
        id=known.id if known else id,
        attendee_id=proposal.attendee_id,
        listing_id=listing.id,
        title=listing.title,
        host_id=listing.organization_id,
        host=listing.organization,
        organization_id=proposal.organization_id,
        mentor_person_id=mentor_person_id,
        note=proposal.note,
        state=rule.target,
        version=known.version + 1 if known else 1,
        history=(*(known.history if known else ()), NominationStep(rule.target, now, rule.by)),
    )


def is_repeated(known: Nomination, proposal: Proposal) -> bool:
    """Whether the nomination stands as the mentor proposes it."""
    same = (known.organization_id, known.note) == (proposal.organization_id, proposal.note)
    return known.state in STANDING and same


def obey(nomination: Nomination, command: Command, seen: int | None, now: datetime) -> Nomination:
    """The nomination after this command by somebody who saw the version ``seen`` (None: any). Given again, it changes nothing.

    Raises:
        Stale: it has changed since.
        Conflict: its state does not allow this.
    """
    if nomination.state == RULES[command].target:
        return nomination
    if seen is not None and seen != nomination.version:
        raise Stale("nomination", seen, nomination.version)
    rule = check(command, nomination.state)
    step = NominationStep(rule.target, now, rule.by)
    return replace(nomination, state=rule.target, version=nomination.version + 1, history=(*nomination.history, step))


def without_mentor(nomination: Nomination, now: datetime) -> Nomination:
    """The nomination once its mentor has left: withdrawn if the nominee has not answered, and without a word of the mentor."""
    if nomination.state == "proposed":
        nomination = replace(obey(nomination, "withdraw", None, now), version=nomination.version)
    return replace(nomination, mentor_person_id=None, note="", version=nomination.version + 1)


def event_of(nomination: Nomination) -> NominationChanged:
    """The event that publishes this version. It quotes nothing."""
    return NominationChanged(
        nomination_id=nomination.id,
        version=nomination.version,
        attendee_id=nomination.attendee_id,
        listing_id=nomination.listing_id,
        organization_id=nomination.organization_id,
        mentor_person_id=nomination.mentor_person_id,
        state=nomination.state,
    )


def _among(id: str, ids: Ids) -> bool:
    return ids is None or id in ids
