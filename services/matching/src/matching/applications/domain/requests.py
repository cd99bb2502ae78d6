"""Requests of attendees and hosts about applications. Pure."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from matching.model.requests import RequestBody
from shared import free_text
from shared.clock import whole_milliseconds
from shared.contract.events.fields import Day, Moment, PlainLine, TimeZone, Url

MAX_NOTE: Final = 2000
MAX_LINKS: Final = 5
MAX_SLOTS: Final = 20


def _paragraphs(text: str, validation: ValidationInfo) -> str:
    return text if validation.context is free_text.STORED else free_text.paragraphs(text, MAX_NOTE)


def _each_once(links: list[str]) -> list[str]:
    return list(dict.fromkeys(links))


Time = Annotated[Moment, AfterValidator(whole_milliseconds)]


class Letter(RequestBody):
    """What an attendee writes to the host. With it, they agree that this host sees it, and their profile."""

    name: PlainLine = Field(description="the name for the host to use")
    note: Annotated[str, AfterValidator(_paragraphs)] = Field(
        default="",
        description=f"plain text of at most {MAX_NOTE:,} characters, with line breaks",
        json_schema_extra={"maxLength": MAX_NOTE, "pattern": free_text.PARAGRAPHS},
    )
    links: Annotated[list[Url], AfterValidator(_each_once)] = Field(
        default=[], max_length=MAX_LINKS, description="such as to a portfolio or code"
    )


class Slot(RequestBody):
    """A time for an interview: at a place, over a link, or both."""

    starts: Time
    ends: Time
    place: PlainLine | None = None
    url: Url | None = Field(default=None, description="the link to the call")
    time_zone: TimeZone | None = Field(default=None, description="the time zone in which it was agreed (IANA)")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError("ends: must be after starts")
        if self.place is None and self.url is None:
            raise ValueError("place: is missing; give a place or a url")
        return self


class Slots(RequestBody):
    """The times that a host offers for an interview. A single one is the appointment; from several, the attendee picks."""

    slots: list[Slot] = Field(min_length=1, max_length=MAX_SLOTS)


class PickedSlot(RequestBody):
    """The time that the attendee picks."""

    slot: int = Field(strict=True, ge=0, lt=MAX_SLOTS, description="its index in `slots`, from 0")


class OfferRequest(RequestBody):
    """What a host offers."""

    deadline: Time = Field(description="when the attendee must answer by: from 24 hours to 30 days ahead")
    starts: Day | None = Field(default=None, description="the first day; null: as the listing says")
    ends: Day | None = Field(default=None, description="the last day; null: as the listing says")
