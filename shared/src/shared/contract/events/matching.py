"""What the matching service publishes."""

from datetime import date
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.contract.events.fields import Id, Line, Link, Moment, Payload, Term, TimeZone, Version, given

WITHOUT_TERM: Final = ("met", "conference")
"""The kinds of reasons without a term. All other kinds have one."""


class Reason(Payload):
    """Why an attendee and a listing match, and how much that counts."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"properties": {"kind": {"enum": list(WITHOUT_TERM)}}}, given("term")]}
    )

    kind: Id = Field(
        description="one of `skill`, `topic`, `research`, `demand`, `met`, `discipline`, `conference`; more may be added"
    )
    term: Term | None = Field(
        default=None, description="the skill, topic, research interest or discipline that the reason is about"
    )
    contribution: float = Field(ge=0, description="its part of the score; the contributions of a match add up to its score")
    conference_id: Id | None = Field(
        default=None, description="the conference of the session, or the conference that both have in common"
    )
    session_id: Id | None = Field(default=None, description="the attended session that is the evidence")
    session_title: Line | None = None
    person_id: Id | None = Field(default=None, description="the mentor whom the attendee met")
    declared: bool = Field(default=False, description="whether the attendee named this skill")

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
        default=0, ge=0, lt=1, description="how much was taken off the score because the listing is recommended to many"
    )


class RecommendationsChanged(Payload):
    """An attendee's list of best matches changed. The event has the whole list: at most ten matches, best first."""

    attendee_id: Id
    version: Version
    matches: list[Match] = Field(max_length=10)


RoundState = Literal["draft", "open", "locked", "matched", "published", "cancelled"]


class RoundChanged(Payload):
    """A match-day round entered its next state, or its settings changed."""

    round_id: Id
    version: Version
    name: Line
    state: RoundState
    conference_id: Id | None = Field(default=None, description="the conference that runs it")
    listing_ids: list[Id] = Field(max_length=5000)
    closes_at: Moment | None = Field(default=None, description="when ranking ends")
    seed: Line = Field(description="breaks ties; it is public from the start, so that everybody can check the result")
    clean_up_of: Id | None = Field(default=None, description="the round whose unmatched attendees take part in this one")
    attendees: int = Field(default=0, ge=0, description="how many attendees ranked listings")
    matched: int = Field(default=0, ge=0, description="how many of them have a seat; 0 until the round is matched")


class Choice(Payload):
    """What became of one listing that an attendee ranked."""

    listing_id: Id
    result: Id = Field(
        description="one of `matched`, `not_needed` (the attendee got a better one), `filled` (by candidates ranked higher), "
        "`discipline_full` (its seats for the attendee's discipline are taken), `not_ranked` (by the host), `withdrawn`, "
        "`ineligible`; more may be added"
    )


class OutcomeDecided(Payload):
    """An attendee's result of a match-day round, with the result of each choice."""

    round_id: Id
    attendee_id: Id
    version: Version
    listing_id: Id | None = Field(description="the listing in which the attendee has a seat; null: none")
    choices: list[Choice] = Field(max_length=100, description="the attendee's ranking, best first")


class RankingChanged(Payload):
    """An attendee ranked the listings of a match-day round, changed the ranking or took it back."""

    round_id: Id
    attendee_id: Id
    version: Version
    listings: int = Field(ge=0, le=100, description="how many listings are ranked; 0: the ranking was taken back")


class Interview(Payload):
    """When and where host and attendee talk: at a place, over a link, or both."""

    starts: Moment
    ends: Moment
    place: Line | None = None
    url: Link = Field(default=None, description="the link to the call")
    time_zone: TimeZone | None = Field(default=None, description="the time zone in which it was agreed (IANA)")


class Offer(Payload):
    """What the host offers the attendee, and until when the attendee can accept it."""

    deadline: Moment = Field(description="until when the attendee may answer")
    starts: date | None = Field(default=None, description="the first day of the placement")
    ends: date | None = Field(default=None, description="the last day of the placement")


class ApplicationChanged(Payload):
    """An attendee applied for a listing, or the application changed. The event is complete as of this version."""

    application_id: Id
    version: Version
    attendee_id: Id
    listing_id: Id
    state: Id = Field(
        description="one of `submitted`, `interview`, `offered`, `accepted` and `declined` (by the attendee), `rejected` (by the "
        "host), `withdrawn` (by the attendee), `lapsed` (the offer's deadline passed); more may be added"
    )
    interview: Interview | None = Field(
        default=None, description="the current appointment; null: there is none, or it was cancelled"
    )
    offer: Offer | None = Field(default=None, description="the current offer; null: there is none, or it was withdrawn")


class PlacementMade(Payload):
    """An attendee got a seat of a listing."""

    placement_id: Id
    version: Version
    attendee_id: Id
    listing_id: Id
    round_id: Id | None = Field(default=None, description="the match-day round that assigned the seat")
    reverted_from: Id | None = Field(
        default=None,
        description="the listing of the same organization whose seat was not filled: the seat moved from there to this listing",
    )


class PlacementChanged(Payload):
    """A placement's state, dates or mentors changed. It is complete as of this version and replaces `matching.placement.made`."""

    placement_id: Id
    version: Version = Field(description="continues the version of `matching.placement.made`")
    attendee_id: Id
    listing_id: Id
    application_id: Id | None = Field(default=None, description="the application that led to it")
    state: Id = Field(
        description="one of `confirmed`, `started`, `completed`, `ended` (early: the seat is free again); more may be added"
    )
    starts: date | None = Field(default=None, description="the first day")
    ends: date | None = Field(default=None, description="the last day")
    mentor_person_ids: list[Id] = Field(max_length=200, description="the mentors on the host's staff who look after the attendee")
    round_id: Id | None = Field(default=None, description="the match-day round that assigned the seat")
    reverted_from: Id | None = Field(default=None, description="as in `matching.placement.made`")
