"""An application, as of its last change. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from matching.applications.domain.profile import HostProfile
from matching.applications.domain.requests import Letter, OfferRequest, Slots
from matching.applications.domain.terms import ListingTerms
from matching.applications.domain.transitions import AWAITING, LIVE, Actor, BulkCommand, Reason, State
from matching.model.listings import Listing
from matching.placements.domain.placement import Placement, end_of, placement_of
from shared.commitments import Commitment
from shared.contract.events.matching import ApplicationChanged, Interview, Offer

MAX_STEPS: Final = 200
"""After this many state changes, an application can only end, so that nobody can go round in circles forever."""
MAX_REQUESTS: Final = 20
"""How many commands an application remembers, to answer repeated ones as it did the first time."""
MAX_OPENED: Final = 1_000
"""For how many listings an attendee's previews of an application are recorded. Later ones do not count."""
PRIVATE: Final[tuple[State, ...]] = ("withdrawn", "closed")
"""The states in which the host no longer sees what the attendee shared. Only the attendee can reopen the application."""

REFUSED: Final[tuple[State, ...]] = ("withdrawn", "rejected", "declined")
"""The states in which one side has refused."""
NOT_RECOMMENDED: Final[tuple[State, ...]] = (*LIVE, "accepted", *REFUSED)
"""The states in which the listing is not recommended to the attendee. After a refusal, it is again if its terms change."""


@dataclass(frozen=True, slots=True)
class ApplicationStep:
    """A change of an application's state."""

    state: State
    at: datetime
    by: Actor
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An attendee's application for a listing: one for each pair. ``version`` counts its changes, all of them published."""

    id: str
    attendee_id: str
    listing_id: str
    organization_id: str
    title: str
    organization: str
    listing_version: int
    """The version of the listing when the attendee last said that they want it."""
    terms: ListingTerms
    """The listing's terms at that time."""
    letter: Letter | None
    """The letter; None if it ended so long ago that letter and profile have been deleted."""
    profile: HostProfile
    submitted_at: datetime
    answer_days: int
    """How many days the host has to answer."""
    version: int = 1
    state: State = "submitted"
    reason: Reason | None = None
    attempt: int = 1
    """How often the attendee has applied."""
    answer_by: datetime | None = None
    """When the host's answer is due; None if it has answered, or the application has ended."""
    slots: tuple[Interview, ...] = ()
    """The times from which the attendee may pick."""
    interview: Interview | None = None
    """The appointment."""
    offer: Offer | None = None
    changed_terms: tuple[str, ...] = ()
    placement_id: str | None = None
    history: tuple[ApplicationStep, ...] = ()
    requests: tuple[str, ...] = ()
    """Digests of the last commands that were carried out."""

    @property
    def live(self) -> bool:
        """Whether it may still succeed without being reopened."""
        return self.state in LIVE

    @property
    def due(self) -> datetime | None:
        """When ``pass_time`` must process it next; None: never."""
        if self.state == "offered" and self.offer:
            return self.offer.deadline
        return self.answer_by if self.state in AWAITING else None

    @property
    def over_since(self) -> datetime | None:
        """When it ended, or its placement was due to end; None while it is still open."""
        if self.live:
            return None
        ended = self.history[-1].at
        if self.state == "accepted" and self.offer and self.offer.ends:
            return max(ended, end_of(self.offer.ends))
        return ended


@dataclass(frozen=True, slots=True)
class Answers:
    """How often a host answered, and how often it missed the deadline."""

    answered: int = 0
    unanswered: int = 0

    @property
    def rate(self) -> float | None:
        """The share of answered applications, from 0 to 1; None if none needed an answer yet."""
        all = self.answered + self.unanswered
        return round(self.answered / all, 3) if all else None


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """A host's command that has not been carried out yet, so the host can undo it."""

    application_id: str
    organization_id: str
    version: int
    """The version of the application that the host saw."""
    at: datetime
    """When it is carried out, and the attendee is told."""
    command: BulkCommand
    body: Slots | OfferRequest | None = None
    """The times of an interview, or the offer."""


def answers(history: tuple[ApplicationStep, ...]) -> Answers:
    """How many attempts in this history the host answered, and how many it did not. Each attempt counts once."""
    answered = unanswered = 0
    open_attempt = False
    for step in history:
        if step.state == "submitted":
            open_attempt = True
        elif open_attempt and step.state in ("offered", "rejected"):
            answered, open_attempt = answered + 1, False
        elif open_attempt and step.reason == "no_answer":
            unanswered, open_attempt = unanswered + 1, False
    return Answers(answered, unanswered)


def course_only(application: Application) -> Application:
    """The application without the letter and shared profile. States and times stay, because insight counts them."""
    return replace(application, letter=None, profile=HostProfile(), slots=(), interview=None, requests=())


def commitment_of(application: Application, listing: Listing) -> Commitment:
    """The time that the placement would take: as offered, or else as the listing says now."""
    conditions = listing.conditions
    offer = application.offer
    starts, ends = (offer.starts, offer.ends) if offer else (conditions.starts, conditions.ends)
    return Commitment(starts, ends, conditions.hours_per_week)


def offered_placement(application: Application, listing: Listing) -> Placement:
    """The placement that results when the attendee accepts the offer."""
    placement = placement_of(listing, application.attendee_id, application.id, application_id=application.id)
    offer = application.offer
    return replace(placement, starts=offer.starts, ends=offer.ends) if offer else placement


def event_of(application: Application) -> ApplicationChanged:
    """The event that publishes this version. It names nobody and quotes nothing."""
    return ApplicationChanged(
        application_id=application.id,
        version=application.version,
        attendee_id=application.attendee_id,
        listing_id=application.listing_id,
        state=application.state,
        reason=application.reason,
        attempt=application.attempt,
        answer_by=application.answer_by,
        slots=list(application.slots) if application.interview is None else [],
        interview=application.interview,
        offer=application.offer,
        changed_terms=list(application.changed_terms),
    )
