"""What the matching service publishes."""

from datetime import date
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.contract.events.fields import Id, Line, Link, Moment, Payload, Term, TimeZone, Version, given

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
    url: Link
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


class RankingChanged(Payload):
    """An attendee ranked the listings of a match-day round, changed that ranking or took it back."""

    round_id: Id
    attendee_id: Id
    version: Version
    listings: int = Field(ge=0, le=100, description="how many are ranked; 0: the ranking was taken back")


class Interview(Payload):
    """When and where host and attendee talk: in a place, by a link, or both."""

    starts: Moment
    ends: Moment
    place: Line | None = None
    url: Link = Field(default=None, description="the link to the call")
    time_zone: TimeZone | None = Field(default=None, description="the zone in which it was agreed (IANA)")


class Offer(Payload):
    """What the host offers the attendee, and until when it can be accepted."""

    deadline: Moment = Field(description="until when the attendee may answer")
    starts: date | None = Field(default=None, description="the first day of the placement")
    ends: date | None = Field(default=None, description="its last day")


class ApplicationChanged(Payload):
    """An attendee's application to a listing was made or went on: complete as of this version."""

    application_id: Id
    version: Version
    attendee_id: Id
    listing_id: Id
    state: Id = Field(
        description="one of `submitted`, `interview`, `offered`, `accepted` and `declined` (by the attendee), `rejected` (by the "
        "host), `withdrawn` (by the attendee), `lapsed` (the offer's deadline passed); there may come more"
    )
    interview: Interview | None = Field(default=None, description="as agreed now; null: there is none, or it was called off")
    offer: Offer | None = Field(default=None, description="as it is now; null: there is none, or it was taken back")


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


class PlacementChanged(Payload):
    """A placement went on, or its dates or mentors changed: complete as of this version, in the place of ``PlacementMade``."""

    placement_id: Id
    version: Version = Field(description="counts on from that of `matching.placement.made`")
    attendee_id: Id
    listing_id: Id
    application_id: Id | None = Field(default=None, description="the application that led to it")
    state: Id = Field(
        description="one of `confirmed`, `started`, `completed`, `ended` (before its time: the seat is free again); "
        "there may come more"
    )
    starts: date | None = Field(default=None, description="the first day")
    ends: date | None = Field(default=None, description="the last day")
    mentor_person_ids: list[Id] = Field(max_length=200, description="the host's people who go with the attendee")
    round_id: Id | None = Field(default=None, description="the match-day round that gave it")
    reverted_from: Id | None = Field(default=None, description="as in `matching.placement.made`")
