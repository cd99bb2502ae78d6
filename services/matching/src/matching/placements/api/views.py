"""Views of placements, and the sides for which a caller may speak."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from matching.placements.domain.course import Speaker, start_asked
from matching.placements.domain.placement import (
    SIDES,
    By,
    EndReason,
    Moment,
    Placement,
    Side,
    State,
    to_be_given,
)
from shared.contract.events.matching import FeedbackRequest, GainedSkill, Hire
from shared.refusals import Forbidden, Invalid
from shared.web.access.callers import Caller, own_ids, roles_for


class PlacementStepView(BaseModel):
    """A change of the state."""

    state: State
    at: datetime
    by: By
    reason: str | None = Field(description="the reason given")


class FeedbackView(BaseModel):
    """Feedback that was given. ``due``: the day it was due; if that day moves, it is asked for again."""

    moment: Moment
    side: Side
    due: date | None
    at: datetime
    rating: int
    completed: bool | None
    ended_early: bool | None
    extend: bool | None
    pay: bool | None
    comment: str | None


class PlacementView(BaseModel):
    """A placement. Listing and host are described as they were when it began."""

    id: str
    version: int
    attendee_id: str
    listing_id: str
    organization_id: str
    title: str
    organization: str
    application_id: str | None
    round_id: str | None
    reverted_from: str | None
    state: State
    starts: date | None
    ends: date | None
    hours_per_week: int | None
    mentor_person_ids: list[str]
    end_reason: EndReason | None
    start_said: dict[Side, bool] = Field(description="whether it started, according to each side that reported it")
    start_asked: list[Side] = Field(description="who is asked whether it has started")
    feedback_due: list[FeedbackRequest]
    feedback: list[FeedbackView] = Field(description="the feedback of the caller's own side")
    skills: list[GainedSkill]
    remark: str | None
    hire: Hire | None
    history: list[PlacementStepView]

    @classmethod
    def of(cls, placement: Placement, caller: Caller, today: date) -> Self:
        """The placement as this caller sees it."""
        sides = sides_of(caller, placement)
        shown = {name: getattr(placement, name) for name in cls.model_fields if hasattr(placement, name)}
        return cls.model_validate(
            shown
            | {
                "start_asked": start_asked(placement, today),
                "feedback_due": to_be_given(placement),
                "feedback": [answer for answer in placement.answers if answer.side in sides],
            },
            from_attributes=True,
        )


class PlacementPage(BaseModel):
    """A page of placements, by id. ``next`` is the ``after`` of the next page; null on the last one."""

    items: list[PlacementView]
    next: str | None


def for_all(caller: Caller) -> bool:
    """Whether the caller may act for everybody: an operator, or a key that is bound to nothing."""
    return caller.attendee_ids is None and caller.organization_ids is None


def sides_of(caller: Caller, placement: Placement) -> list[Side]:
    """The sides for which the caller may speak."""
    if for_all(caller):
        return list(SIDES)
    sides: list[Side] = []
    if caller.attendee_ids is not None and placement.attendee_id in caller.attendee_ids:
        sides.append("attendee")
    if caller.organization_ids is not None and placement.organization_id in caller.organization_ids:
        mentees_only = only_mentors(caller, placement.organization_id)
        if not mentees_only or not set(own_ids(caller)).isdisjoint(placement.mentor_person_ids):
            sides.append("host")
    return sides


def only_mentors(caller: Caller, organization_id: str) -> bool:
    """Whether the caller is a mentor of this organization and nothing else: they see only the people whom they look after."""
    return roles_for(caller, organization_id) == {"mentor"}


def speaker(caller: Caller, placement: Placement, side: Side | None, only: Side | None) -> Speaker:
    """The side for which the caller speaks. ``side``: the one that they name; ``only``: the only side that may say this.

    Raises:
        Forbidden: the caller may not speak for this side.
        Invalid: it could be either side.
    """
    sides = [one for one in sides_of(caller, placement) if only in (None, one)]
    if not sides:
        raise Forbidden(f"only the {only} can do this")
    if side is not None and side not in sides:
        raise Forbidden(f"you cannot act for the {side}")
    if side is None and len(sides) > 1:
        raise Invalid("side", "is missing; name the side for which you act, attendee or host")
    chosen = side or sides[0]
    return Speaker(chosen, "operator" if for_all(caller) else chosen)
