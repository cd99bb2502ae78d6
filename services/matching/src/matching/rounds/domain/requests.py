"""Requests for match-day rounds: the settings of a round, and rankings. Pure."""

from collections import Counter
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from matching.model.requests import RequestBody
from shared.clock import whole_milliseconds
from shared.contract.events.fields import Discipline, Id, Moment, PlainLine
from shared.text_patterns import ROUND_ID

MAX_ATTENDEE_ID: Final = 64
"""Limits attendee ids, so that a placement's id, made of the round's and the attendee's, is a valid id."""

MAX_CHOICES: Final = 100
"""How many listings an attendee may rank."""

MAX_RANKED_ATTENDEES: Final = 20_000
"""How many attendees a host may name for a listing. A ranking by score has no limit."""


def _each_once(ids: list[str]) -> list[str]:
    if twice := [id for id, count in Counter(ids).items() if count > 1]:
        raise ValueError(f"must name each once; {', '.join(twice[:5])} occurs more than once")
    return ids


RoundId = Annotated[
    str,
    StringConstraints(pattern=ROUND_ID),
    Field(description="letters, digits and . _ -, at most 48; a clean-up round has ~1, ~2 and so on after its round's"),
]
"""A round's id. It has no colon, so that the key of an outcome, ``round:attendee``, is unambiguous."""

ListingIds = Annotated[list[Id], AfterValidator(_each_once)]


class CleanUp(RequestBody):
    """How many clean-up rounds may follow, and how long each is open."""

    rounds: int = Field(strict=True, ge=0, le=5)
    hours: float = Field(strict=True, gt=0, le=24 * 31)


class RoundSettings(RequestBody):
    """What an operator decides about a round."""

    name: PlainLine
    conference_id: Id | None = Field(default=None, description="the conference that runs it")
    listing_ids: ListingIds = Field(min_length=1, max_length=5000)
    closes_at: Annotated[Moment, AfterValidator(whole_milliseconds)] | None = Field(
        default=None, description="when it is locked automatically"
    )
    seed: PlainLine | None = Field(default=None, description="breaks ties; drawn when the round is created, unless given")
    clean_up: CleanUp | None = None


class AttendeeRanking(RequestBody):
    """An attendee's ranking."""

    listing_ids: ListingIds = Field(min_length=1, max_length=MAX_CHOICES, description="best first")


class HostRanking(RequestBody):
    """A host's ranking for one listing: named attendees, or all who apply, by score."""

    attendee_ids: Annotated[list[Id], AfterValidator(_each_once)] | None = Field(
        default=None, max_length=MAX_RANKED_ATTENDEES, description="the attendees whom it takes, best first"
    )
    by: Literal["score"] | None = Field(default=None, description="takes all who apply, the best score first")
    caps: dict[Discipline, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default={}, description="the most seats for attendees of each discipline"
    )
    reverts_to: Id | None = Field(default=None, description="another listing of the organization, which gets the unfilled seats")
    seats: int | None = Field(
        default=None, strict=True, ge=1, le=1000, description="how many of the listing's seats this round assigns"
    )

    @model_validator(mode="after")
    def _ranks(self) -> Self:
        if (self.attendee_ids is None) == (self.by is None):
            raise ValueError('attendee_ids: give either these, or "by": "score"')
        return self
