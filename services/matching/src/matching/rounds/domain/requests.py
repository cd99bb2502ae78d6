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

MAX_CLEAN_UPS: Final = 5
"""How many clean-up rounds may follow a round."""

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

DistinctIds = Annotated[list[Id], AfterValidator(_each_once)]


class CleanUp(RequestBody):
    """How many clean-up rounds may follow, and how long each is open."""

    rounds: int = Field(strict=True, ge=0, le=MAX_CLEAN_UPS)
    hours: float = Field(strict=True, gt=0, le=24 * 31)


class RoundSettings(RequestBody):
    """What an operator decides about a round."""

    name: PlainLine
    conference_id: Id | None = Field(default=None, description="the conference that runs it")
    listing_ids: DistinctIds = Field(min_length=1, max_length=5000)
    closes_at: Annotated[Moment, AfterValidator(whole_milliseconds)] | None = Field(
        default=None, description="when it is locked automatically"
    )
    seed: PlainLine | None = Field(default=None, description="breaks ties; drawn when the round is created if not given")
    clean_up: CleanUp | None = None


class AttendeeRanking(RequestBody):
    """An attendee's ranking."""

    listing_ids: DistinctIds = Field(min_length=1, max_length=MAX_CHOICES, description="best first")


class Limit(RequestBody):
    """The most seats that several of a host's listings give together, such as those of one supervisor."""

    listing_ids: DistinctIds = Field(min_length=1, max_length=1000)
    seats: int = Field(strict=True, ge=0, le=1_000_000)


class HostLimits(RequestBody):
    """An organization's limits in a round."""

    limits: list[Limit] = Field(max_length=1000, description="each listing has at most one")

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        _each_once([id for limit in self.limits for id in limit.listing_ids])
        return self


class HostRanking(RequestBody):
    """A host's ranking for one listing: named attendees, or everybody who ranks it, by score."""

    attendee_ids: DistinctIds | None = Field(
        default=None, max_length=MAX_RANKED_ATTENDEES, description="the attendees it would take, best first"
    )
    ties: list[DistinctIds] = Field(
        default=[],
        max_length=MAX_RANKED_ATTENDEES,
        description="groups of adjacent attendee_ids that share a rank; the round's seed decides between them",
    )
    by: Literal["score"] | None = Field(default=None, description="ranks everybody who ranks the listing, best score first")
    caps: dict[Discipline, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default={}, description="the most seats for attendees of each discipline"
    )
    reserves: dict[Discipline, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default={},
        description="the fewest seats for attendees of each discipline, if there are enough whom the host ranks; the others get "
        "the seats that are left",
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

    @model_validator(mode="after")
    def _reserves(self) -> Self:
        for discipline, least in self.reserves.items():
            if (most := self.caps.get(discipline)) is not None and least > most:
                raise ValueError(f"reserves: {discipline!r} must be at most its cap of {most}")
        return self

    @model_validator(mode="after")
    def _ties(self) -> Self:
        places = {id: place for place, id in enumerate(self.attendee_ids or ())}
        for tie in self.ties:
            if foreign := [id for id in tie if id not in places]:
                raise ValueError(f"ties: {foreign[0]!r} is not in attendee_ids, or in two ties; name it there, and in one tie")
            group = sorted(places.pop(id) for id in tie)
            if group and group[-1] - group[0] >= len(group):
                raise ValueError(f"ties: {tie[0]!r} and others are apart in attendee_ids; put all of a tie next to each other")
        return self

    def ranks(self) -> dict[str, int]:
        """The rank of each named attendee, from 1 for the best. Those in a tie share one."""
        tie_of = {id: number for number, tie in enumerate(self.ties) for id in tie}
        ranks: dict[str, int] = {}
        rank, before = 0, None
        for id in self.attendee_ids or ():
            tie = tie_of.get(id)
            if tie is None or tie != before:
                rank += 1
            ranks[id], before = rank, tie
        return ranks
