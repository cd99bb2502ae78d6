"""The course of an application in plain words: its state, its history, and the attendee's possible actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from matching.applications.domain.application import Application, ApplicationStep
from matching.applications.domain.transitions import Command, Reason, State, commands_of
from matching.attendee_pages.reading import Voice
from shared.wording.languages import translatable

BADGES: Final[dict[State, tuple[str, str]]] = {
    "submitted": (translatable("Sent"), ""),
    "screening": (translatable("Being read"), ""),
    "interview": (translatable("Interview"), "strong"),
    "offered": (translatable("Offered to you"), "strong"),
    "accepted": (translatable("You have the place"), "good"),
    "declined": (translatable("You declined"), ""),
    "lapsed": (translatable("The offer lapsed"), "warn"),
    "rescinded": (translatable("The offer was withdrawn"), "bad"),
    "rejected": (translatable("Not accepted this time"), "bad"),
    "withdrawn": (translatable("You withdrew"), ""),
    "closed": (translatable("Ended without an answer"), "warn"),
    "superseded": (translatable("Ended: you have another place"), ""),
}
"""What each state is called, and the tone in which."""

_STEPS: Final[dict[State, str]] = {
    "submitted": translatable("You applied."),
    "screening": translatable("The organization started to read your application."),
    "interview": translatable("The organization invited you to an interview."),
    "offered": translatable("The organization offered you a place."),
    "accepted": translatable("You accepted. The place is yours."),
    "declined": translatable("You declined the offer."),
    "lapsed": translatable("The offer lapsed without an answer."),
    "rescinded": translatable("The organization withdrew the offer."),
    "rejected": translatable("The organization chose others this time."),
    "withdrawn": translatable("You withdrew your application."),
    "closed": translatable("The organization did not answer in time, so your application ended."),
    "superseded": translatable("You got another place that leaves no hours for this one, so your application ended."),
}
_REASONS: Final[dict[Reason, str]] = {
    "no_answer": translatable("The organization did not answer in time, so your application ended."),
    "listing_closed": translatable("The organization closed the internship, so your application ended."),
    "accepted_elsewhere": translatable(
        "You accepted another place that leaves no hours for this one, so your application ended."
    ),
    "match_day": translatable("You got a place on a match day that leaves no hours for this one, so your application ended."),
}
_AFTER_INTERVIEW: Final = translatable("The organization called off the interview, and is reading your application.")
_ENDED: Final[tuple[State, ...]] = ("rejected", "rescinded", "lapsed", "closed")


@dataclass(frozen=True, slots=True)
class CourseStep:
    """A step of a timeline: what happened, when, and how it looks."""

    words: str
    at: datetime | None = None
    tone: str = "good"


def possible(application: Application, now: datetime) -> list[Command]:
    """What its attendee can do now: the commands that its state allows, if they would change anything."""
    there_is: dict[Command, bool] = {
        "accept": application.offer is not None and application.offer.deadline > now,
        "pick-slot": any(slot.starts > now for slot in application.slots),
        "confirm-terms": bool(application.changed_terms),
    }
    return [command for command in commands_of("attendee", application.state) if there_is.get(command, True)]


def standing(application: Application, says: Voice) -> str:
    """Where it stands, with the outcome, or until when something happens."""
    gettext, dates = says.gettext, says.reader.dates
    offer, meeting = application.offer, application.interview
    if application.state == "offered" and offer is not None:
        return gettext("Answer by %(moment)s.") % {"moment": dates.until(offer.deadline)}
    if application.state == "interview" and meeting is not None:
        return gettext("Your interview is on %(moment)s.") % {"moment": dates.moment(meeting.starts)}
    if application.state == "interview" and application.slots:
        return gettext("Pick one of the times for the interview.")
    if application.answer_by is not None:
        return gettext("The organization answers by %(day)s.") % {"day": dates.last_day(application.answer_by)}
    return gettext(_words(application.history[-1]))


def steps_of(application: Application, says: Voice) -> Iterator[CourseStep]:
    """Past steps, the newest last, and the next ones."""
    before: State | None = None
    for step in application.history:
        called_off = step.state == "screening" and before == "interview"
        words = _AFTER_INTERVIEW if called_off else _words(step)
        if step.state == "submitted" and before is not None:
            words = translatable("You applied again.")
        yield CourseStep(says.gettext(words), step.at, "bad" if step.state in _ENDED else "good")
        before = step.state
    if application.live:
        yield CourseStep(standing(application, says), None, "")


def _words(step: ApplicationStep) -> str:
    return _REASONS[step.reason] if step.reason else _STEPS[step.state]
