"""Field types that several events share. Their limits are part of the contract."""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
)

from shared import free_text, text_patterns
from shared.persons import normalise_email
from shared.urls import kept_address, web_address
from shared.worded import Worded

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Payload(BaseModel):
    """The data of an event. Readers ignore unknown fields, so a publisher may add more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def given(field: str) -> JsonValue:
    """JSON Schema that requires this field, as a string."""
    return {"required": [field], "properties": {field: {"type": "string"}}}


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}, not in {moment.year}")
    return moment.astimezone(UTC)


def _written_day(value: Any) -> Any:
    # Otherwise pydantic takes a number for seconds since 1970, and the midnight of a day for the day.
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError(Worded("must be a date, such as 2026-07-08"))


@cache
def _time_zones() -> set[str]:
    return available_timezones() - {"Factory", "localtime"}  # these two differ between machines


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError(Worded("must be a time zone (IANA), such as Europe/Prague or UTC"))
    return name


def _no_control_characters(text: str) -> str:
    # Names and titles end up in mail headers and logs, where a line break would start a new header or line.
    if _CONTROL.search(text):
        raise ValueError(Worded("must not contain control characters or line breaks"))
    return text


def _plain_line(text: str, validation: ValidationInfo) -> str:
    if validation.context is not free_text.STORED:
        free_text.check_line(text)
    return text


# For JSON Schema only: what stripping and validating accept.
_PRINTABLE = Field(json_schema_extra={"pattern": text_patterns.ONE_LINE})

Email = Annotated[
    str,
    AfterValidator(normalise_email),
    Field(description="an e-mail address", json_schema_extra={"format": "email", "maxLength": 254}),
]
"""An e-mail address in its normal form: ``Ada@Example.ORG`` becomes ``ada@example.org``."""

Id = Annotated[str, StringConstraints(pattern=text_patterns.ID)]
"""An id chosen by a publisher or an operator: at most 128 letters, digits and ``. _ : ~ -``, of which the first is no sign."""

Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300, strip_whitespace=True),
    AfterValidator(_no_control_characters),
    _PRINTABLE,
]
"""One line of text in an event: a name or a title."""

PlainLine = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300, strip_whitespace=True),
    AfterValidator(_plain_line),
    Field(json_schema_extra={"pattern": free_text.LINE}),
]
"""One line of text in a request, without characters that nobody sees. Events may have these: earlier releases took them."""

Account = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_no_control_characters),
    _PRINTABLE,
]
"""A publisher's id for somebody: of a ticket, a badge or an account."""

Term = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_no_control_characters),
    _PRINTABLE,
]
"""A skill or a topic in an event, as people write it."""

PlainTerm = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_plain_line),
    Field(json_schema_extra={"pattern": free_text.LINE}),
]
"""A skill or a topic in a request, without characters that nobody sees."""

# Reports only the first wrong term: a conference may have two million.
Terms = Annotated[list[Term], Field(max_length=200), FailFast()]

Locale = Annotated[
    str,
    StringConstraints(pattern=text_patterns.LOCALE, max_length=64),
    Field(description="a language tag (BCP 47), such as `de` or `pt-BR`"),
]
"""A language tag (BCP 47), such as ``de`` or ``pt-BR``."""

TimeZone = Annotated[
    str,
    StringConstraints(pattern=text_patterns.TIME_ZONE, max_length=64),
    AfterValidator(_known_time_zone),
    Field(
        description="a time zone by its IANA name, such as `Europe/Prague`",
        json_schema_extra={"format": "time-zone"},
    ),
]
"""A time zone by its IANA name, such as ``Europe/Prague``."""

Moment = Annotated[
    AwareDatetime,
    AfterValidator(_plausible),
    Field(
        description="a time with its offset (RFC 3339), between the years 2000 and 2100",
        json_schema_extra={"pattern": "^20[0-9]{2}-"},
    ),
]
"""A time with its offset, between the years 2000 and 2100; kept in UTC."""

Day = Annotated[date, BeforeValidator(_written_day)]
"""A day in a request, in the form of ISO 8601."""


def _as_parsed(url: str) -> str:
    return web_address(url).href


_WrittenUrl = Annotated[
    str,
    StringConstraints(pattern=text_patterns.URL, max_length=2000),
    Field(description="a web address, `http` or `https`"),
]

Url = Annotated[_WrittenUrl, AfterValidator(_as_parsed)]
"""A web address in a request, stored as it was parsed: ``https://Example.org`` becomes ``https://example.org/``."""

Link = Annotated[_WrittenUrl | None, AfterValidator(kept_address)]
"""A web address in an event, as it was parsed. It is None if browsers and libraries could read it differently: such events were
once valid, and an event is worth more than its link."""

Version = Annotated[
    int,
    Field(
        ge=1,
        description="counts the changes from 1 without a gap; readers ignore a version that is not newer than the one they have",
    ),
]
"""Counts an aggregate's changes from 1 without a gap. Readers ignore a version that is not newer than the one they have."""

Country = Annotated[
    str,
    StringConstraints(pattern=text_patterns.COUNTRY),
    Field(description="a country by its two-letter code (ISO 3166-1), such as `DE` or `BR`"),
]
"""A country by its two-letter code (ISO 3166-1 alpha-2)."""

Currency = Annotated[
    str,
    StringConstraints(pattern=text_patterns.CURRENCY),
    Field(description="a currency by its three-letter code (ISO 4217), such as `EUR` or `BRL`"),
]
"""A currency by its three-letter code (ISO 4217)."""

Level = Annotated[int, Field(ge=1, le=5, description="1 novice, 2 beginner, 3 competent, 4 proficient, 5 expert")]
"""How well a skill is mastered: the five stages of Dreyfus and Dreyfus (1980)."""

Discipline = Literal[
    "education",
    "arts",
    "humanities",
    "languages",
    "social-sciences",
    "journalism",
    "business",
    "law",
    "biology",
    "environment",
    "physical-sciences",
    "mathematics",
    "ict",
    "engineering",
    "manufacturing",
    "architecture",
    "agriculture",
    "forestry",
    "fisheries",
    "veterinary",
    "health",
    "welfare",
    "personal-services",
    "occupational-health",
    "security",
    "transport",
]
"""What somebody studied or works in: the narrow fields of UNESCO's ISCED-F 2013."""
