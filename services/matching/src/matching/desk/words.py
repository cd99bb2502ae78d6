"""States, steps and commands in a host's words. Pure; the texts are translated when they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, get_args

from matching.applications.api.views import ApplicationStepView
from matching.applications.domain.transitions import RULES, BulkCommand, Reason
from matching.applications.domain.transitions import State as ApplicationState
from matching.applications.use_cases.bulk_answers import TIME_TO_UNDO
from matching.placements.api.views import PlacementStepView
from matching.placements.domain.placement import EndReason
from matching.placements.domain.placement import State as PlacementState
from shared.refusals import Refusal, Stale
from shared.worded import Worded
from shared.wording.languages import translatable

REFUSALS: Final[Mapping[type[Refusal], str]] = {
    Stale: translatable("This has changed since you saw it. Its current state is below; please decide again."),
}
"""What pages say of a refusal, in words for hosts."""
CHANGED_MEANWHILE: Final = translatable("It has changed since you saw it. Look at it again.")
PENDING: Final = translatable("They are about to be told of another decision. Undo that first.")
NO_SEAT: Final = translatable("No seat is free. Raise the listing’s capacity, or wait until a seat is free.")
MINUTES_TO_UNDO: Final = int(TIME_TO_UNDO.total_seconds() // 60)
PLANNED: Final = Worded("You can undo this for %(minutes)s minutes. Until then, nobody is told.", minutes=MINUTES_TO_UNDO)
NOT_NOW: Final = translatable("This is not possible at the moment. What you can do is below.")


@dataclass(frozen=True, slots=True)
class Label:
    """A state as a badge shows it."""

    text: str
    tone: str = ""


APPLICATIONS: Final[Mapping[ApplicationState, Label]] = MappingProxyType(
    {
        "submitted": Label(translatable("New"), "strong"),
        "screening": Label(translatable("Being looked at")),
        "interview": Label(translatable("Interview"), "strong"),
        "offered": Label(translatable("Seat offered"), "warn"),
        "accepted": Label(translatable("Accepted your offer"), "good"),
        "declined": Label(translatable("Declined your offer"), "bad"),
        "lapsed": Label(translatable("Offer lapsed unanswered")),
        "rescinded": Label(translatable("Offer withdrawn")),
        "rejected": Label(translatable("You said no")),
        "withdrawn": Label(translatable("Withdrawn by the applicant")),
        "closed": Label(translatable("Closed without an answer")),
        "superseded": Label(translatable("Took another place")),
    }
)
_REASONS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        "no_answer": translatable("It was closed, because nobody answered in time."),
        "listing_closed": translatable("It was closed with the listing."),
        "accepted_elsewhere": translatable("They accepted another place that leaves no hours for this one."),
        "match_day": translatable("They got a place on a match day."),
    }
)
_STEPS: Final[Mapping[ApplicationState, str]] = MappingProxyType(
    {
        "submitted": translatable("They applied."),
        "screening": translatable("You began to look at it."),
        "interview": translatable("You proposed an interview."),
        "offered": translatable("You offered a seat."),
        "accepted": translatable("They accepted your offer."),
        "declined": translatable("They declined your offer."),
        "lapsed": translatable("The offer lapsed: they did not answer in time."),
        "rescinded": translatable("You withdrew the offer."),
        "rejected": translatable("You said no."),
        "withdrawn": translatable("They withdrew the application."),
        "closed": translatable("It was closed."),
        "superseded": translatable("They took another place."),
    }
)
DECIDED: Final[Mapping[BulkCommand, str]] = MappingProxyType(
    {command: _STEPS[RULES[command].target or "submitted"] for command in get_args(BulkCommand)}
)
"""What the host has decided, while the applicant has not been told yet."""
_CALLED_OFF: Final = translatable("The interview was called off.")
_TONES: Final = {"accepted": "good", "declined": "bad", "withdrawn": "bad", "closed": "bad", "rejected": "bad"}

BULK: Final[Mapping[BulkCommand, str]] = MappingProxyType(
    {
        "screen": translatable("Say that you are looking at it"),
        "interview": translatable("Invite to an interview"),
        "offer": translatable("Offer a seat"),
        "reject": translatable("Say no"),
    }
)
"""What a host may do with several applications at once."""
UNTOLD: Final[Mapping[BulkCommand, str]] = MappingProxyType(
    {
        "screen": translatable("Being looked at, not told yet"),
        "interview": translatable("Invited to an interview, not told yet"),
        "offer": translatable("Offered a seat, not told yet"),
        "reject": translatable("You said no, not told yet"),
    }
)
IMPOSSIBLE: Final[Mapping[BulkCommand, str]] = MappingProxyType(
    {
        "screen": translatable("This is possible only for new applications."),
        "interview": translatable("They already have an answer, or the application has ended."),
        "offer": translatable("They already have an offer or have answered it, or only they can reopen the application."),
        "reject": translatable("They already have an answer, or the application has ended."),
    }
)
"""Why a command is not possible in the application's state."""

PLACEMENTS: Final[Mapping[PlacementState, Label]] = MappingProxyType(
    {
        "confirmed": Label(translatable("Agreed, not started"), "strong"),
        "started": Label(translatable("Under way"), "good"),
        "completed": Label(translatable("Completed"), "good"),
        "ended": Label(translatable("Ended early")),
    }
)
ENDS: Final[Mapping[EndReason, str]] = MappingProxyType(
    {
        "no_show": translatable("They did not come."),
        "by_host": translatable("You ended it."),
        "by_attendee": translatable("They ended it."),
        "agreed": translatable("You both agreed to end it."),
    }
)
_PLACEMENT_STEPS: Final[Mapping[PlacementState, str]] = MappingProxyType(
    {
        "confirmed": translatable("The seat was agreed."),
        "started": translatable("It started."),
        "completed": translatable("It was completed."),
        "ended": translatable("It ended early."),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a timeline."""

    text: str
    at: datetime | None
    tone: str = ""
    said: str = ""
    """An explanation that somebody gave."""


def application_steps(history: Sequence[ApplicationStepView]) -> list[Step]:
    """The course of an application."""
    steps = []
    before = ""
    for step in history:
        text = _REASONS[step.reason] if step.reason else _STEPS[step.state]
        if before == "interview" and step.state == "screening":
            text = _CALLED_OFF
        steps.append(Step(text, step.at, _TONES.get(step.state, "good" if step is history[-1] else "")))
        before = step.state
    return steps


def placement_steps(history: Sequence[PlacementStepView], reason: EndReason | None) -> list[Step]:
    """The course of a placement."""
    return [
        Step(
            ENDS[reason] if step.state == "ended" and reason else _PLACEMENT_STEPS[step.state],
            step.at,
            "bad" if step.state == "ended" else "good",
            step.reason or "",
        )
        for step in history
    ]


FUNNEL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "applied": translatable("Applied"),
        "interviewed": translatable("Invited to an interview"),
        "offered": translatable("Offered a seat"),
        "accepted": translatable("Accepted an offer"),
        "placed": translatable("Got a seat, including on match days"),
        "started": translatable("Started"),
        "completed": translatable("Completed"),
        "hired": translatable("Employed"),
    }
)
"""The steps on the way from an application to a job."""
DONE: Final = {
    "screen": translatable("The applicant is told that you are looking at it."),
    "interview": translatable("The applicant is told of the interview."),
    "call-off": translatable("The interview is called off, and the applicant is told."),
    "offer": translatable("The seat is offered and held. The applicant is told."),
    "rescind": translatable("The offer is withdrawn, and its seat is free again. The applicant is told."),
    "planned": PLANNED,
    "undone": translatable("Undone: nobody is told, and everything is as before."),
    "invited": translatable("They are invited to apply. You learn who they are if they do."),
    "ranked": translatable("Your ranking is saved. You can change it until the rankings close."),
    "limited": translatable("Your limit is saved. You can change it until the rankings close."),
    "limit-ended": translatable("The limit is ended."),
    "start": translatable("Thank you. We have recorded it."),
    "no-show": translatable("We have recorded that they did not come. The seat is free again."),
    "complete": translatable("The placement is completed."),
    "end": translatable("The placement is ended. The seat is free again."),
    "extend": translatable("The new last day is set, and both sides are told."),
    "feedback": translatable("Thank you for your feedback. Only your organization and the organizers’ figures use it."),
    "skills": translatable("The skills are saved. The person confirms those that they agree with."),
    "mentors": translatable("The mentors are saved, and have been told."),
    "hire": translatable("Congratulations. We have recorded that you employ them."),
}
"""What has just been done, by the word in the address."""
