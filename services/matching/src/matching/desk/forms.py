"""The forms of a host's desk as sent by browsers: texts, and times in the reader's zone. Pure."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field

from matching.placements.domain.requests import MAX_SKILLS
from shared.web.pages.forms import Form, Seen
from shared.web.pages.local_times import LocalTime, in_zone
from shared.wording.languages import translatable


def _with_a_century_to_go(at: datetime) -> datetime:
    if at.year > LAST_YEAR:
        raise ValueError(translatable("is too far ahead"))
    return at


LAST_YEAR: Final = 9000
EarlyEnough = Annotated[LocalTime, AfterValidator(_with_a_century_to_go)]
"""A time to which days can be added: Python's last year is 9999."""
SLOTS: Final = 4
"""How many times the interview form has room for."""


class InterviewForm(Seen):
    """The proposed times of an interview, all with the same duration."""

    starts_1: EarlyEnough
    starts_2: EarlyEnough | None = None
    starts_3: EarlyEnough | None = None
    starts_4: EarlyEnough | None = None
    minutes: int = Field(ge=5, le=24 * 60)
    place: str | None = None
    url: str | None = None

    def slots(self, zone: ZoneInfo) -> dict[str, Any]:
        """The times in the form that the use case takes."""
        given = [one for one in (self.starts_1, self.starts_2, self.starts_3, self.starts_4) if one]
        length = timedelta(minutes=self.minutes)
        return {
            "slots": [
                {"starts": at, "ends": at + length, "place": self.place, "url": self.url, "time_zone": zone.key}
                for at in (in_zone(one, zone) for one in given)
            ]
        }

    def fields(self) -> dict[str, str]:
        """The form's field for each field of a slot."""
        given = [place for place in range(1, SLOTS + 1) if getattr(self, f"starts_{place}")]
        names = {"slots": "starts_1"}
        for index, place in enumerate(given):
            starts = f"starts_{place}"
            names |= {f"slots.{index}": "place", f"slots.{index}.starts": starts, f"slots.{index}.ends": "minutes"}
            names |= {f"slots.{index}.place": "place", f"slots.{index}.url": "url"}
        return names


class InterviewsForm(BaseModel):
    """Interviews with several people: one after another, or all of them together."""

    starts: EarlyEnough
    minutes: int = Field(ge=5, le=24 * 60)
    order: Literal["each", "together"] = "each"
    place: str | None = None
    url: str | None = None

    def slots(self, zone: ZoneInfo, before: int) -> dict[str, Any]:
        """The time of somebody before whom so many others come, in the form that the use case takes."""
        length = timedelta(minutes=self.minutes)
        starts = in_zone(self.starts, zone) + (before * length if self.order == "each" else timedelta())
        return {
            "slots": [{"starts": starts, "ends": starts + length, "place": self.place, "url": self.url, "time_zone": zone.key}]
        }


INTERVIEWS_FIELDS: Final = {
    "slots": "starts",
    "slots.0": "place",
    "slots.0.starts": "starts",
    "slots.0.ends": "minutes",
    "slots.0.place": "place",
    "slots.0.url": "url",
}
"""The field of ``InterviewsForm`` for each field of a slot."""


class LimitForm(BaseModel):
    """The most people whom a host takes in several of its internships of a match day together."""

    listing_ids: list[str] = Field(min_length=2)
    most: int = Field(ge=0, le=1_000_000)


class OfferForm(Seen):
    """An offer, and its deadline."""

    deadline: datetime
    starts: date | None = None
    ends: date | None = None


class OffersForm(BaseModel):
    """Offers to several people, for the dates that their listings say."""

    deadline: EarlyEnough


class WhyForm(Seen):
    """A command with an optional explanation."""

    why: str | None = None


class EndForm(WhyForm):
    """The end of a placement: who ends it, and when."""

    reason: str | None = None
    last_day: date | None = None


class ExtendForm(Seen):
    """A placement's new last day."""

    ends: date


class FeedbackForm(Seen):
    """How it goes, or went."""

    moment: str
    rating: int
    course: Literal["completed", "ended_early", "extend"] | None = None
    pay: Literal["yes", "no"] | None = None
    comment: str | None = None

    def feedback(self) -> dict[str, Any]:
        """The feedback in the form that the use case takes."""
        given: dict[str, Any] = {"moment": self.moment, "rating": self.rating, "comment": self.comment}
        if self.course:
            given[self.course] = True
        if self.course == "extend" and self.moment == "end":
            given["completed"] = False
        if self.pay:
            given["pay"] = self.pay == "yes"
        return given


FEEDBACK_FIELDS: Final = dict.fromkeys(("completed", "ended_early", "extend"), "course")
"""The form's field for each field that the use case names differently."""


class HireForm(Seen):
    """The role somebody is hired for, and their first day."""

    role: str
    starts: date


def skills_of(form: Form) -> dict[str, Any]:
    """The skills in the form, each with its level, and the sentence."""
    named = []
    for place in range(1, MAX_SKILLS + 1):
        term, level = form.get(f"skill_{place}").strip(), form.get(f"level_{place}").strip()
        if term:
            named.append({"term": term, "level": int(level) if level in ("1", "2", "3", "4", "5") else None})
    return {"skills": named, "remark": form.get("remark").strip() or None}
