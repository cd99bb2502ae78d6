"""An idea and its rules. Pure: each function takes an idea and returns the changed one."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from listings.ideas.domain.proposal import Proposal
from listings.ideas.domain.transitions import LIVE, Command, State, check
from listings.organizations.domain import Organization
from shared.clock import whole_milliseconds
from shared.contract.events.listings import MOST_DECLINED, IdeaChanged
from shared.refusals import Conflict, Stale
from shared.worded import Worded

MOST_ASKING: Final = 20
"""How many hosts can ask to adopt one idea at a time."""
MOST_CHANGES: Final = 1000
"""After this many changes, an idea can only be answered and ended, so nobody goes round in circles for ever."""


@dataclass(frozen=True, slots=True)
class Done:
    """The last command with a version, so that a repeated request gets the same response."""

    command: Command
    organization_id: str
    seen: int


@dataclass(frozen=True, slots=True)
class Origin:
    """An idea's author and key before the author was merged into another attendee."""

    attendee_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Idea:
    """A project that an attendee proposes."""

    id: str
    attendee_id: str
    """Its author."""
    key: str
    """The author's own name for it."""
    proposal: Proposal
    state: State
    version: int
    """Counts its changes; each is published."""
    proposed_at: datetime
    expires_at: datetime
    shown_in: tuple[str, ...] = ()
    """Those of its conferences whose hosts see it: where its author took part, as long as they agree to be matched."""
    asked_by: tuple[str, ...] = ()
    """The organizations that ask to adopt it."""
    declined: tuple[str, ...] = ()
    """The organizations that the author has declined since it was proposed."""
    organization_id: str | None = None
    """The organization that adopted it."""
    listing_id: str | None = None
    """The listing that it became."""
    gave_way: bool = False
    """Whether the author lets everybody apply for that listing from its publication on."""
    origin: Origin | None = None
    """None: its author is the attendee who proposed it."""
    done: Done | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE

    def changed(self) -> IdeaChanged:
        """The event that publishes it."""
        return IdeaChanged(
            idea_id=self.id,
            version=self.version,
            attendee_id=self.attendee_id,
            state=self.state,
            title=self.proposal.title,
            conference_ids=list(self.shown_in),
            asked_by=list(self.asked_by),
            organization_id=self.organization_id,
            listing_id=self.listing_id,
            expires_at=self.expires_at,
            declined=list(self.declined[-MOST_DECLINED:]),
        )


def idea_id(attendee_id: str, key: str, began: datetime) -> str:
    """The id under which others know the idea that was first proposed then.

    An author who was erased and comes back gets other ids: events and mails of before are not about the new ideas.
    """
    return hashlib.sha256(f"{attendee_id}\n{key}\n{began.isoformat()}".encode()).hexdigest()[:32]


def is_visible_to(idea: Idea, organization: Organization) -> bool:
    """Whether a host sees the idea: it is approved and takes part in a conference where it is shown, or it adopted the idea."""
    if not idea.live:
        return idea.organization_id == organization.id
    return organization.approved and not set(organization.conference_ids).isdisjoint(idea.shown_in)


def propose(known: Idea | None, attendee_id: str, key: str, proposal: Proposal, now: datetime, lifetime: timedelta) -> Idea:
    """Propose an idea, change it, or propose it again. The same proposal again changes nothing while it is live."""
    if known and known.live and known.proposal == proposal:
        return known
    check("propose", known.state if known else None)
    expires_at, shown_in = whole_milliseconds(now + lifetime), tuple(proposal.conference_ids)
    new = Idea(idea_id(attendee_id, key, now), attendee_id, key, proposal, "proposed", 1, now, expires_at, shown_in)
    if known is None:
        return new
    _check_changes(known)
    return replace(new, id=known.id, version=known.version + 1, origin=known.origin)


def withdraw(idea: Idea) -> Idea:
    """Take the idea back. One that has been withdrawn, or has expired, stays as it is."""
    return idea if idea.state in ("withdrawn", "expired") else _ended(idea, "withdraw")


def expire(idea: Idea, now: datetime) -> Idea:
    """End the idea if its time is up."""
    return _ended(idea, "expire") if idea.live and idea.expires_at <= now else idea


def is_repeated(idea: Idea, command: Command, organization_id: str, seen: int) -> bool:
    """Whether this same command was the last one, so that the idea is already as its sender wanted.

    Raises ``Stale`` if it was not, and the idea has changed since its sender saw it.
    """
    if idea.done == Done(command, organization_id, seen):
        return True
    if idea.version != seen:
        raise Stale("idea", seen, idea.version)
    return False


def ask(idea: Idea, organization_id: str) -> Idea:
    """Let a host ask to adopt the idea."""
    check("ask", idea.state)
    _check_changes(idea)
    if organization_id in idea.declined:
        raise Conflict(Worded("the author declined this organization; it can ask again once the author proposes the idea again"))
    if organization_id in idea.asked_by:
        raise Conflict(Worded("this organization has already asked; wait for the author's answer"))
    if len(idea.asked_by) >= MOST_ASKING:
        raise Conflict(
            Worded("%(most)s hosts have asked to adopt it; wait until its author has answered some of them", most=MOST_ASKING)
        )
    return _asked(idea, "ask", organization_id, (*idea.asked_by, organization_id))


def take_back(idea: Idea, organization_id: str) -> Idea:
    """Let a host no longer ask to adopt the idea."""
    return _asked(idea, "take-back", organization_id, _without(idea, "take-back", organization_id))


def decline(idea: Idea, organization_id: str) -> Idea:
    """Let the author decline a host's request."""
    declined = _asked(idea, "decline", organization_id, _without(idea, "decline", organization_id))
    return replace(declined, declined=(*idea.declined, organization_id))


def agree(idea: Idea, organization_id: str, listing_id: str) -> Idea:
    """Let a host that asked adopt the idea, as this listing. That also declines the other hosts."""
    _without(idea, "agree", organization_id)
    adopted = _ended(idea, "agree")
    done = Done("agree", organization_id, idea.version)
    return replace(adopted, organization_id=organization_id, listing_id=listing_id, done=done)


def give_way(idea: Idea) -> Idea:
    """Let everybody apply for the listing that the idea became. Given again, it changes nothing."""
    if idea.listing_id is None:
        raise Conflict(Worded("the idea is %(state)s: there is no listing to apply for yet", state=idea.state))
    return idea if idea.gave_way else replace(idea, gave_way=True, version=idea.version + 1)


def follow(idea: Idea, attendee_id: str, attended: Collection[str], taken: Collection[str]) -> Idea:
    """Let the idea be this attendee's, as whom its author is known now, and show it to the hosts of those of its conferences that
    the author ``attended``: to none if they do not agree to be matched. ``taken``: the keys of other ideas of theirs.

    Whoever is known by their own id again has it under its own key again.
    """
    shown_in = tuple(id for id in idea.proposal.conference_ids if id in attended)
    after = replace(idea, shown_in=shown_in)
    if attendee_id != idea.attendee_id:
        origin = idea.origin or Origin(idea.attendee_id, idea.key)
        key = f"{origin.key[:110]}~{idea.id[:12]}" if origin.key in taken else origin.key
        back = origin.attendee_id == attendee_id
        after = replace(after, attendee_id=attendee_id, key=key, origin=None if back else origin)
    return idea if after == idea else replace(after, version=idea.version + 1)


def _check_changes(idea: Idea) -> None:
    if idea.version >= MOST_CHANGES:
        raise Conflict(
            Worded("this idea has changed %(most)s times; propose another one under another key", most=f"{MOST_CHANGES:,}")
        )


def _without(idea: Idea, command: Command, organization_id: str) -> tuple[str, ...]:
    """The hosts that ask, without this one."""
    check(command, idea.state)
    if organization_id not in idea.asked_by:
        raise Conflict(
            Worded("organization %(organization_id)s has not asked to adopt the idea", organization_id=repr(organization_id))
        )
    return tuple(id for id in idea.asked_by if id != organization_id)


def _asked(idea: Idea, command: Command, organization_id: str, asked_by: tuple[str, ...]) -> Idea:
    state: State = "asked" if asked_by else check(command, idea.state).target
    done = Done(command, organization_id, idea.version)
    return replace(idea, state=state, version=idea.version + 1, asked_by=asked_by, done=done)


def _ended(idea: Idea, command: Command) -> Idea:
    return replace(idea, state=check(command, idea.state).target, version=idea.version + 1, asked_by=(), done=None)
