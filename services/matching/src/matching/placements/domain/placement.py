"""A placement: an attendee in a seat, as of its last change. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final, Literal

from matching.model.commitments import commitment_of
from matching.model.listings import Listing
from shared.commitments import Commitment
from shared.contract.events.matching import FeedbackRequest, GainedSkill, Hire, PlacementChanged, PlacementMade

State = Literal["confirmed", "started", "completed", "ended"]
EndReason = Literal["no_show", "by_host", "by_attendee", "agreed"]
Side = Literal["attendee", "host"]
Moment = Literal["middle", "end"]
By = Literal["attendee", "host", "operator", "organizer", "round"]
"""Who caused a change."""

LIVE: Final[tuple[State, ...]] = ("confirmed", "started")
"""The states in which a placement takes the attendee's time."""
SIDES: Final[tuple[Side, ...]] = ("attendee", "host")
MAX_MENTORS: Final = 200


@dataclass(frozen=True, slots=True)
class PlacementStep:
    """A change of a placement's state."""

    state: State
    at: datetime
    by: By
    reason: str | None = None
    """The explanation that was given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One side's feedback at one moment. If the moment's due day changes, it is requested again."""

    moment: Moment
    side: Side
    due: date | None
    at: datetime
    rating: int
    """From 1 (badly) to 5 (very well)."""
    completed: bool | None = None
    ended_early: bool | None = None
    extend: bool | None = None
    pay: bool | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """An attendee in a seat of a listing. ``version`` counts its published changes.

    Details of listing and host are as of the beginning of the placement.
    """

    id: str
    attendee_id: str
    listing_id: str
    organization_id: str = ""
    title: str = ""
    organization: str = ""
    version: int = 0
    application_id: str | None = None
    round_id: str | None = None
    reverted_from: str | None = None
    """The listing from which the seat moved on a match day, if it did."""
    state: State = "confirmed"
    starts: date | None = None
    ends: date | None = None
    hours_per_week: int | None = None
    mentor_person_ids: tuple[str, ...] = ()
    end_reason: EndReason | None = None
    start_said: Mapping[Side, bool] = field(default_factory=dict)
    """Each side's report whether it started."""
    due: Mapping[Moment, date] = field(default_factory=dict)
    """When feedback is due."""
    answers: tuple[Answer, ...] = ()
    skills: tuple[GainedSkill, ...] = ()
    remark: str | None = None
    hire: Hire | None = None
    history: tuple[PlacementStep, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it takes the attendee's time, now or later."""
        return self.state in LIVE

    @property
    def over_since(self) -> datetime | None:
        """When it ended, or was due to end; None if unknown."""
        if not self.live:
            return self.history[-1].at if self.history else None
        return end_of(self.ends) if self.ends else None

    @property
    def detailed(self) -> bool:
        """Whether it has the data that ``course_only`` removes."""
        return bool(self.due or self.answers or any(step.reason for step in self.history))

    @property
    def commitment(self) -> Commitment:
        return Commitment(self.starts, self.ends, self.hours_per_week)


def pair_id(listing_id: str, attendee_id: str, began: datetime) -> str:
    """The id of the attendee's application for the listing that began at ``began``, or of a manual placement.

    Somebody who was erased may return under the same attendee id, but gets other ids here, so that earlier events and mails are
    not attributed to them.
    """
    return sha256(f"{listing_id}\n{attendee_id}\n{began.isoformat()}".encode()).hexdigest()[:32]


def round_placement_id(round_id: str, attendee_id: str) -> str:
    """The id of the placement that a round gives an attendee."""
    return f"{round_id}:{attendee_id}"


def placement_of(
    listing: Listing,
    attendee_id: str,
    id: str,
    *,
    application_id: str | None = None,
    round_id: str | None = None,
    reverted_from: str | None = None,
) -> Placement:
    """A new placement of the attendee in the listing, with the listing's dates, hours and mentors."""
    commitment = commitment_of(listing.conditions)
    return Placement(
        id=id,
        attendee_id=attendee_id,
        listing_id=listing.id,
        organization_id=listing.organization_id,
        title=listing.title,
        organization=listing.organization,
        application_id=application_id,
        round_id=round_id,
        reverted_from=reverted_from,
        starts=commitment.starts,
        ends=commitment.ends,
        hours_per_week=commitment.hours_per_week,
        mentor_person_ids=tuple(listing.mentor_ids[:MAX_MENTORS]),
    )


def without_mentors(placement: Placement, away: Collection[str]) -> Placement:
    """The placement without mentors who are not taking anybody new."""
    return replace(placement, mentor_person_ids=tuple(id for id in placement.mentor_person_ids if id not in away))


def confirmed(placement: Placement, at: datetime, by: By, reason: str | None = None) -> Placement:
    """The placement, confirmed."""
    return with_due_dates(replace(placement, state="confirmed", history=(PlacementStep("confirmed", at, by, reason),)))


def with_due_dates(placement: Placement) -> Placement:
    """The placement with feedback due in the middle and at the end, if its dates are known. A single day has no middle."""
    if placement.ends is None:
        return replace(placement, due={})
    due: dict[Moment, date] = {"end": placement.ends}
    if placement.starts is not None and placement.starts < placement.ends:
        due["middle"] = placement.starts + (placement.ends - placement.starts) / 2
    return replace(placement, due=due)


def course_only(placement: Placement) -> Placement:
    """The placement without explanations and feedback, which is no longer requested. Skills and remark stay: they belong to the
    attendee."""
    return replace(placement, due={}, answers=(), history=tuple(replace(step, reason=None) for step in placement.history))


def end_of(day: date) -> datetime:
    """When the day is over in every time zone."""
    return datetime.combine(day, time(), UTC) + timedelta(days=2)


def to_be_given(placement: Placement) -> list[FeedbackRequest]:
    """The feedback that is still to be given, sorted by due date."""
    given = {(answer.moment, answer.side, answer.due) for answer in placement.answers}
    return [
        FeedbackRequest(moment=moment, side=side, due=due)
        for moment, due in sorted(placement.due.items(), key=lambda item: (item[1], item[0] == "end"))
        for side in SIDES
        if (moment, side, due) not in given
    ]


def event_of(placement: Placement) -> PlacementMade | PlacementChanged:
    """The event that publishes this version. The first event of a match-day seat is ``PlacementMade``."""
    if placement.version == 1 and placement.round_id is not None:
        return PlacementMade(
            placement_id=placement.id,
            version=1,
            attendee_id=placement.attendee_id,
            listing_id=placement.listing_id,
            round_id=placement.round_id,
            reverted_from=placement.reverted_from,
        )
    return PlacementChanged(
        placement_id=placement.id,
        version=placement.version,
        attendee_id=placement.attendee_id,
        listing_id=placement.listing_id,
        application_id=placement.application_id,
        state=placement.state,
        starts=placement.starts,
        ends=placement.ends,
        mentor_person_ids=list(placement.mentor_person_ids),
        round_id=placement.round_id,
        reverted_from=placement.reverted_from,
        hours_per_week=placement.hours_per_week,
        title=placement.title or None,
        organization_id=placement.organization_id or None,
        organization=placement.organization or None,
        end_reason=placement.end_reason,
        feedback=to_be_given(placement),
        skills=list(placement.skills),
        remark=placement.remark,
        hire=placement.hire,
    )
