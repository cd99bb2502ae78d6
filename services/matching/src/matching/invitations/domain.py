"""An invitation to apply for a listing: once for each attendee and listing. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from matching.applications.domain.profile import HostProfile
from matching.applications.domain.transitions import State
from matching.model.listings import Listing
from shared.contract.events.matching import InvitationSent, Match

PER_SEAT: Final = 10
"""How many invitations a host may send for each seat of a listing, within ``PERIOD``."""
PERIOD: Final = timedelta(days=30)
WAITS: Final = timedelta(days=30)
"""How long an invitation is shown to the attendee."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A host asked an attendee, whose name it does not know, to apply."""

    id: str
    attendee_id: str
    listing_id: str
    organization_id: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A suitable candidate for a listing: the details its host sees, and the reasons."""

    id: str
    """For this listing only: see ``candidate_id``."""
    place: int
    """In the order of the scores, from 1."""
    profile: HostProfile
    match: Match
    application: tuple[str, State] | None
    """The id and state of their application for the listing, if they sent one."""
    invited_at: datetime | None
    """When they were invited to apply; None if they were not."""


def candidate_id(listing_id: str, attendee_id: str) -> str:
    """A candidate's id for one listing's host: different for each listing, so nobody can be traced."""
    return sha256(f"candidate\n{listing_id}\n{attendee_id}".encode()).hexdigest()[:32]


def invitation_of(attendee_id: str, listing: Listing, now: datetime) -> Invitation:
    """A new invitation. Somebody who was erased and returns under the same id gets another one."""
    id = sha256(f"invitation\n{listing.id}\n{attendee_id}\n{now.isoformat()}".encode()).hexdigest()[:32]
    return Invitation(id, attendee_id, listing.id, listing.organization_id, now)


def most_invitations(listing: Listing) -> int:
    """How many invitations to this listing its host may send within ``PERIOD``."""
    return PER_SEAT * max(listing.capacity or listing.seats, 1)


def event_of(invitation: Invitation) -> InvitationSent:
    return InvitationSent(
        invitation_id=invitation.id,
        version=1,
        attendee_id=invitation.attendee_id,
        listing_id=invitation.listing_id,
        organization_id=invitation.organization_id,
    )
