"""Requests of attendees, hosts and operators about placements. Pure."""

from collections import Counter
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, Strict, StrictBool

from matching.model.requests import RequestBody
from matching.placements.domain.placement import MAX_MENTORS, Moment, Side
from shared import free_text
from shared.contract.events.fields import EARLIEST, LATEST, Day, Id, Level, PlainLine, PlainTerm

MAX_COMMENT: Final = 2000
MAX_SKILLS: Final = 50


def _plausible(day: date) -> date:
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}, not in {day.year}")
    return day


def _paragraphs(text: str) -> str:
    return free_text.paragraphs(text, MAX_COMMENT)


def _each_once(ids: list[str]) -> list[str]:
    if twice := [id for id, count in Counter(ids).items() if count > 1]:
        raise ValueError(f"must name each once; {', '.join(twice[:5])} occurs more than once")
    return ids


PlausibleDay = Annotated[Day, AfterValidator(_plausible)]
EndedBy = Literal["by_host", "by_attendee", "agreed"]


class SideReport(RequestBody):
    """A report by one side."""

    side: Side | None = Field(default=None, description="whose report it is; only needed from callers who may act for both sides")


class Start(SideReport):
    """Whether the placement has started. One side's word is enough."""

    started: StrictBool = Field(default=True, description="false: it has not started so far")


class NoShow(RequestBody):
    """The attendee did not come."""

    why: PlainLine | None = Field(default=None, description="both sides can read it")


class Completion(SideReport):
    """The placement came to its end as planned."""


class End(SideReport):
    """The placement ends before its last day, or before it has started."""

    reason: EndedBy = Field(description="who ends it, or that both agreed")
    last_day: PlausibleDay | None = Field(
        default=None, description="the last day of a placement that has started; if left out, today"
    )
    why: PlainLine | None = Field(default=None, description="both sides can read it")


class Release(RequestBody):
    """An organizer releases an attendee from a seat of a match day."""

    reason: EndedBy = Field(description="who wished it, or that both agreed")
    why: PlainLine = Field(description="both sides can read it")


class Extension(RequestBody):
    """The placement lasts longer than planned."""

    ends: PlausibleDay = Field(description="the new last day")


class Feedback(SideReport):
    """How it goes or went, as one side sees it. The other side does not see it."""

    moment: Moment
    rating: int = Field(strict=True, ge=1, le=5, description="from 1 (very bad) to 5 (very good)")
    completed: StrictBool | None = Field(default=None, description="at the end: whether the work was done as planned")
    ended_early: StrictBool | None = Field(default=None, description="whether it ended, or will end, before its last day")
    extend: StrictBool | None = Field(default=None, description="whether it should last longer")
    pay: StrictBool | None = Field(default=None, description="from the host: whether pay continues as agreed")
    comment: Annotated[str, AfterValidator(_paragraphs)] | None = Field(
        default=None,
        description=f"plain text of at most {MAX_COMMENT:,} characters, with line breaks",
        json_schema_extra={"maxLength": MAX_COMMENT, "pattern": free_text.PARAGRAPHS},
    )


class NamedSkill(RequestBody):
    """A skill that the attendee gained."""

    term: PlainTerm
    level: Annotated[Level, Strict()] | None = None


class Gains(RequestBody):
    """What the attendee gained, for all whom they show it to. It replaces what was said before."""

    skills: list[NamedSkill] = Field(max_length=MAX_SKILLS)
    remark: PlainLine | None = Field(
        default=None, description="a sentence about the attendee; with it, you agree that they may show it to others"
    )


class Confirmation(RequestBody):
    """The attendee confirms some of the skills that were named, and none of the others."""

    terms: Annotated[list[PlainTerm], AfterValidator(_each_once)] = Field(max_length=MAX_SKILLS)


class Hiring(SideReport):
    """The host employs the attendee."""

    role: PlainLine
    starts: PlausibleDay


class Mentors(RequestBody):
    """Who of the host's mentors looks after the attendee. It replaces earlier ones."""

    person_ids: Annotated[list[Id], AfterValidator(_each_once)] = Field(max_length=MAX_MENTORS)


class ManualPlacement(RequestBody):
    """An operator gives an attendee a seat by hand. What is left out is as in the listing."""

    attendee_id: Annotated[Id, Field(max_length=64)]
    listing_id: Id
    reason: PlainLine = Field(description="both sides can read it")
    starts: PlausibleDay | None = None
    ends: PlausibleDay | None = None
    hours_per_week: int | None = Field(default=None, strict=True, ge=1, le=80)
