"""The course of a placement in plain words, and what its attendee can say about it now."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final

from matching.attendee_pages.courses import CourseStep
from matching.attendee_pages.reading import Voice
from matching.placements.domain import course, results
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import EndReason, Placement, State, to_be_given
from matching.placements.domain.requests import End, Hiring
from shared.contract.events.matching import FeedbackRequest
from shared.refusals import Conflict, Invalid
from shared.wording.languages import translatable

SPEAKER: Final = Speaker("attendee", "attendee")
BADGES: Final[dict[State, tuple[str, str]]] = {
    "confirmed": (translatable("Agreed"), "strong"),
    "started": (translatable("Under way"), "strong"),
    "completed": (translatable("Completed"), "good"),
    "ended": (translatable("Ended early"), "warn"),
}
REASONS: Final = {
    "by_attendee": translatable("I do"),
    "agreed": translatable("Both of us, by agreement"),
}
RATINGS: Final = {
    "5": translatable("Very well"),
    "4": translatable("Well"),
    "3": translatable("It is all right"),
    "2": translatable("Not so well"),
    "1": translatable("Badly"),
}
FEEDBACK_OUTCOMES: Final = {
    "completed": translatable("It was completed as planned"),
    "ended_early": translatable("It ended, or is to end, early"),
}
_STEPS: Final[dict[State, str]] = {
    "confirmed": translatable("You got the place."),
    "started": translatable("It started."),
    "completed": translatable("It was completed."),
    "ended": translatable("It ended early."),
}
_ENDS: Final[dict[EndReason, str]] = {
    "no_show": translatable("The organization reported that you did not come."),
    "by_host": translatable("The organization ended it early."),
    "by_attendee": translatable("You ended it early."),
    "agreed": translatable("It ended early, as you both agreed."),
}


def possible(placement: Placement, now: datetime) -> set[str]:
    """What the attendee can do: each command that the rules of placements let pass now."""
    rules: dict[str, Callable[[], Placement]] = {
        "complete": lambda: course.complete(placement, SPEAKER, now),
        "end": lambda: course.end_early(placement, SPEAKER, End(reason="by_attendee"), now),
        "hire": lambda: results.hire(placement, SPEAKER, Hiring(role="?", starts=placement.starts or now.date())),
    }
    found = {command for command, rule in rules.items() if _passes(rule, placement)}
    return found | ({"start"} if "attendee" in course.start_asked(placement, now.date()) else set())


def due_feedback(placement: Placement, today: date) -> FeedbackRequest | None:
    """The feedback that the attendee is asked for now; of several, the last one."""
    asked = [one for one in to_be_given(placement) if one.side == "attendee" and one.due <= today]
    return asked[-1] if asked and course.started_ever(placement) else None


def to_confirm(placement: Placement) -> bool:
    """Whether the attendee has said nothing yet about the skills that the host named."""
    return bool(placement.skills) and not any(skill.confirmed for skill in placement.skills)


def steps_of(placement: Placement, says: Voice) -> Iterator[CourseStep]:
    """Past steps, the newest last, and the next ones."""
    for step in placement.history:
        ended = _ENDS[placement.end_reason] if step.state == "ended" and placement.end_reason else ""
        words = says.gettext(ended or _STEPS[step.state])
        yield CourseStep(
            f"{words} “{step.reason}”" if step.reason else words, step.at, "bad" if step.state == "ended" else "good"
        )
    dates = says.reader.dates
    if placement.state == "confirmed" and placement.starts:
        yield CourseStep(says.gettext("The first day is %(day)s.") % {"day": dates.day(placement.starts)}, None, "")
    if placement.live and placement.ends:
        yield CourseStep(says.gettext("The last day is %(day)s.") % {"day": dates.day(placement.ends)}, None, "")
    if placement.hire:
        words = says.gettext("The organization employs you as %(role)s from %(day)s on.")
        yield CourseStep(words % {"role": placement.hire.role, "day": dates.day(placement.hire.starts)})


def _passes(rule: Callable[[], Placement], placement: Placement) -> bool:
    try:
        return rule() != placement
    except (Conflict, Invalid):
        return False
