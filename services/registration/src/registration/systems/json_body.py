"""Reading other systems' JSON: the base of all models, and types for ids, times and lists."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from registration.time_parser import TimeRefused, from_unix, read_time
from shared.contract.envelope import Rejected
from shared.contract.events.fields import EARLIEST, LATEST


class Body(BaseModel):
    """The fields that we need of another system's JSON. Other fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:=+-]{0,49}$")]
"""Another system's id. It becomes part of paths and of our ids, so characters with a meaning there are not allowed."""

_UNIX: Final = re.compile(r"\d{9,13}(?:\.\d{1,9})?", re.ASCII)


def _as_time(value: object) -> object:
    # pydantic alone would take a number for Unix seconds of any size, and a date for its midnight.
    try:
        if isinstance(value, str):
            return from_unix(float(value)) if _UNIX.fullmatch(value) else read_time(value, UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return from_unix(value)
    except TimeRefused as refused:
        raise ValueError(refused.reason) from None
    return value


def _in_utc(time: datetime) -> datetime:
    if not EARLIEST <= time < LATEST:
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}")
    return time.astimezone(UTC)


Time = Annotated[datetime, BeforeValidator(_as_time), AfterValidator(_in_utc)]
"""A time in UTC, in any form that ``read_time`` knows. Without an offset it is in UTC: these systems mean that."""

Model = TypeVar("Model")
BoundedList = Annotated[list[Model], Field(max_length=1_000)]
"""A list in another system's JSON. One that is longer than any real one is refused."""


def parse(model: type[Model], body: bytes) -> Model:
    """Read JSON. Raises ``Rejected`` with the fields at fault, but without their values, which may be personal."""
    try:
        return TypeAdapter(model).validate_json(body)
    except ValidationError as error:
        faults = [
            (".".join(map(str, fault["loc"])) or "body", fault["msg"].removeprefix("Value error, "))
            for fault in error.errors(include_url=False, include_input=False, include_context=False)[:5]
        ]
        raise Rejected("; ".join(f"{field}: {detail}" for field, detail in faults), faults) from None


_MAX_SHOWN: Final = 60


def shown(text: str) -> str:
    """Another system's text as it is quoted in a reason, cut if it is long."""
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}...")
