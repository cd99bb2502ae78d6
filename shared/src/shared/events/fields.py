"""Field types that several events share: their limits are part of the contract."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.persons import normalise_email

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Payload(BaseModel):
    """The data of an event. A reader ignores fields that it does not know, so that a publisher may add some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}, not in {moment.year}")
    return moment.astimezone(UTC)


def _no_control_characters(text: str) -> str:
    # Names and titles end up in mail headers and logs, where a line break would start a new header or line.
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters or line breaks")
    return text


Email = Annotated[str, AfterValidator(normalise_email)]
"""An e-mail address in its normal form: ``Ada@Example.ORG`` becomes ``ada@example.org``."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}$")]
"""An id chosen by a publisher or an operator: letters, digits and ``. _ : ~ -``, at most 128, the first one no sign."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(_no_control_characters)
]
"""One line of text: a name or a title."""

Account = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_no_control_characters)
]
"""How a publishing system knows somebody: the id of a ticket, a badge, an account there."""

Term = Annotated[
    str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True), AfterValidator(_no_control_characters)
]
"""A skill or a topic, as people write it."""

Terms = Annotated[list[Term], Field(max_length=200)]

Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]
"""A language tag (BCP 47), such as ``de`` or ``pt-BR``."""

Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A time with its offset, between the years 2000 and 2100; kept in UTC."""

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\"'<>]+$", max_length=2000)]

Version = Annotated[int, Field(ge=1)]
"""Counts an aggregate's changes from 1 without a gap: a reader ignores what is not newer than what it has."""
