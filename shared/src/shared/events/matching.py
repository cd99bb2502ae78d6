"""What the matching service publishes."""

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.events.fields import Id, Line, Payload, Term, Url, Version, given

ReasonKind = Literal["skill", "topic", "met", "conference"]


class Reason(Payload):
    """Why an attendee and a listing match, and how much that counts."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"properties": {"kind": {"enum": ["met", "conference"]}}}, given("term")]}
    )

    kind: ReasonKind
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


class Match(Payload):
    """One listing recommended to an attendee."""

    listing_id: Id
    title: Line
    organization: Line
    url: Url | None
    score: float = Field(ge=0, le=1)
    reasons: list[Reason]


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
