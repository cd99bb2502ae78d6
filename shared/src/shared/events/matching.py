"""What the matching service publishes."""

from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.events.fields import Id, Line, Moment, Payload, Term, Url, Version, given

WITHOUT_TERM: Final = ("met", "conference")
"""The kinds of reasons that name no term; all others do."""


class Reason(Payload):
    """Why an attendee and a listing match, and how much that counts."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"properties": {"kind": {"enum": list(WITHOUT_TERM)}}}, given("term")]}
    )

    kind: Id = Field(
        description="one of `skill`, `topic`, `research`, `demand`, `met`, `discipline`, `conference`; there may come more"
    )
    term: Term | None = Field(default=None, description="what it is about: the skill, topic, research interest or discipline")
    contribution: float = Field(ge=0, description="its share of the score: the contributions of a match sum up to its score")
    conference_id: Id | None = Field(default=None, description="the conference of the session, or the one in common")
    session_id: Id | None = Field(default=None, description="a session attended that is the evidence")
    session_title: Line | None = None
    person_id: Id | None = Field(default=None, description="the mentor who was met")
    declared: bool = Field(default=False, description="the attendee named this skill")

    @model_validator(mode="after")
    def _names_its_term(self) -> Self:
        if self.kind not in WITHOUT_TERM and self.term is None:
            raise ValueError(f"a reason of kind {self.kind!r} must name the {self.kind} in 'term'")
        return self


class Match(Payload):
    """One listing recommended to an attendee."""

    listing_id: Id
    title: Line
    organization: Line
    url: Url | None
    score: float = Field(ge=0, le=1)
    reasons: list[Reason]
    crowding: float = Field(
        default=0, ge=0, lt=1, description="the part that was taken off the score because this listing is recommended to many"
    )


class RecommendationsChanged(Payload):
    """An attendee's list of best matches changed: the whole list, best first, at most ten."""

    attendee_id: Id
    version: Version
    matches: list[Match] = Field(max_length=10)


class OpeningChanged(Payload):
    """Work for one shard of candidates: a listing opened, changed or closed. Read by the matching service itself.

    A shard is a partition: the topic has as many as the profiles' topic, so that the instance that holds a partition's
    candidates gets both, one after the other.
    """

    listing_id: Id
    version: Version
    after: Id | None = Field(default=None, description="go on after this candidate: the ones before are done")


class ScheduleChanged(Payload):
    """Work for one shard of candidates, as ``OpeningChanged``: a conference's sessions are others than before."""

    conference_id: Id
    version: Version
    after: Id | None = Field(default=None, description="go on after this candidate: the ones before are done")


RoundState = Literal["draft", "open", "locked", "matched", "published", "cancelled"]


class RoundChanged(Payload):
    """A match-day round went on to its next state."""

    round_id: Id
    version: Version
    name: Line
    state: RoundState
    conference_id: Id | None = Field(default=None, description="the conference that runs it")
    listing_ids: list[Id] = Field(max_length=5000)
    closes_at: Moment | None = Field(default=None, description="until when rankings are taken")
    seed: Line = Field(description="breaks ties: published from the start, so that everybody can check them")
    clean_up_of: Id | None = Field(default=None, description="the round whose unmatched take part in this one")
    attendees: int = Field(default=0, ge=0, description="how many ranked listings")
    matched: int = Field(default=0, ge=0, description="how many of them have a seat; 0 until it is matched")


class Choice(Payload):
    """What became of one listing that an attendee ranked."""

    listing_id: Id
    result: Id = Field(
        description="one of `matched`, `not_needed` (a better one was had), `filled` (by candidates it ranked higher), "
        "`discipline_full` (its seats for the attendee's discipline are), `not_ranked` (by the host), `withdrawn`, "
        "`ineligible`; there may come more"
    )


class OutcomeDecided(Payload):
    """What a match-day round brought an attendee, and why."""

    round_id: Id
    attendee_id: Id
    version: Version
    listing_id: Id | None = Field(description="the seat; null where there is none")
    choices: list[Choice] = Field(max_length=100, description="the attendee's ranking, best first")


class PlacementMade(Payload):
    """An attendee has a seat of a listing."""

    placement_id: Id
    version: Version
    attendee_id: Id
    listing_id: Id
    round_id: Id | None = Field(default=None, description="the match-day round that gave it")
    reverted_from: Id | None = Field(
        default=None,
        description="the listing of the same organization whose unfilled seat it is: that seat moves to this listing",
    )


class ReasonV1(Payload):
    """Why an attendee and a listing match, as it was told before there were more kinds."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"properties": {"kind": {"enum": ["met", "conference"]}}}, given("term")]}
    )

    kind: Literal["skill", "topic", "met", "conference"]
    term: Term | None = Field(default=None, description="the skill or topic, for these kinds")
    contribution: float = Field(ge=0, description="its share of the score: the contributions of a match sum up to its score")
    session_id: Id | None = None
    session_title: Line | None = Field(default=None, description="a session attended that is the evidence")
    declared: bool = Field(default=False, description="the attendee named this skill")

    @model_validator(mode="after")
    def _names_its_term(self) -> Self:
        if self.kind in ("skill", "topic") and self.term is None:
            raise ValueError(f"a reason of kind {self.kind!r} must name the {self.kind} in 'term'")
        return self


class MatchV1(Payload):
    """One listing recommended to an attendee."""

    listing_id: Id
    title: Line
    organization: Line
    url: Url | None
    score: float = Field(ge=0, le=1)
    reasons: list[ReasonV1]


class RecommendationsChangedV1(Payload):
    """An attendee's list of best matches changed: the whole list, best first, at most ten."""

    attendee_id: Id
    version: Version
    matches: list[MatchV1] = Field(max_length=10)
