"""What operators, attendees and hosts send for a match-day round. Pure."""

from collections import Counter
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.clock import whole_milliseconds
from shared.contract.events.fields import Discipline, Id, Line, Moment
from shared.patterns import ROUND_ID

MAX_ATTENDEE_ID: Final = 64
"""So that a placement's id, made of the round's and the attendee's, is an id too."""

MOST_CHOICES: Final = 100
"""How many listings an attendee may rank."""

MOST_RANKED: Final = 20_000
"""How many attendees a host may name for a listing. By score it ranks any number."""


def _each_once(ids: list[str]) -> list[str]:
    if twice := [id for id, count in Counter(ids).items() if count > 1]:
        raise ValueError(f"must name each once; {', '.join(twice[:5])} occurs more than once")
    return ids


RoundId = Annotated[
    str,
    StringConstraints(pattern=ROUND_ID),
    Field(description="letters, digits and . _ -, at most 48; a clean-up round has ~1, ~2 and so on after its round's"),
]
"""A round's id. Without a colon, so that the key of an outcome, ``round:attendee``, is that of one only."""

ListingIds = Annotated[list[Id], AfterValidator(_each_once)]


class CleanUp(BaseModel):
    """How often, and for how long each time, the seats left are offered to who stayed without."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rounds: int = Field(ge=0, le=5)
    hours: float = Field(gt=0, le=24 * 31)


class RoundSettings(BaseModel):
    """What an operator decides about a round."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    conference_id: Id | None = Field(default=None, description="the conference that runs it")
    listing_ids: ListingIds = Field(min_length=1, max_length=5000)
    closes_at: Annotated[Moment, AfterValidator(whole_milliseconds)] | None = Field(
        default=None, description="when it is locked by itself"
    )
    seed: Line | None = Field(default=None, description="breaks ties; drawn when the round is made, unless it is given")
    clean_up: CleanUp | None = None


class AttendeeRanking(BaseModel):
    """An attendee's ranking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listing_ids: ListingIds = Field(min_length=1, max_length=MOST_CHOICES, description="best first")


class HostRanking(BaseModel):
    """A host's ranking for one listing: the attendees whom it takes, or all who apply, by their score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attendee_ids: Annotated[list[Id], AfterValidator(_each_once)] | None = Field(
        default=None, max_length=MOST_RANKED, description="whom it takes, best first"
    )
    by: Literal["score"] | None = Field(default=None, description="takes all who apply, those that suit it best first")
    caps: dict[Discipline, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default={}, description="the most seats for attendees of a discipline"
    )
    reverts_to: Id | None = Field(default=None, description="another listing of the organization, which gets unfilled seats")
    seats: int | None = Field(default=None, ge=1, le=1000, description="of the listing's, how many are given in this round")

    @model_validator(mode="after")
    def _ranks(self) -> Self:
        if (self.attendee_ids is None) == (self.by is None):
            raise ValueError('attendee_ids: give either these, or "by": "score"')
        return self
