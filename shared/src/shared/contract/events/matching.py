"""What the matching service publishes."""

from datetime import date
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.contract.events.fields import Id, Level, Line, Link, Moment, Payload, Term, TimeZone, Version, given

WITHOUT_TERM: Final = ("met", "conference")
"""The kinds of reasons without a term. All other kinds have one."""


class Reason(Payload):
    """Why an attendee and a listing match, and how much that counts."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"properties": {"kind": {"enum": list(WITHOUT_TERM)}}}, given("term")]}
    )

    kind: Id = Field(
        description="one of `skill`, `topic`, `research`, `demand`, `met`, `discipline`, `conference`, `nomination`, "
        "`similarity`; more may be added"
    )
    term: Term | None = Field(
        default=None,
        description="the skill, topic, research interest or discipline that the reason is about; of a nomination, the kind of "
        "listing: `leadership`; of similarity, a word that the listing's text shares with the attendee's profile and sessions",
    )
    contribution: float = Field(ge=0, description="its share of the score; the contributions of a match add up to its score")
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
        default=0, ge=0, lt=1, description="how much was deducted from the score because the listing is recommended to many"
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
    seed: Line = Field(description="breaks ties; public from the start, so that everybody can check the result")
    clean_up_of: Id | None = Field(default=None, description="the round whose unmatched attendees take part in this one")
    attendees: int = Field(default=0, ge=0, description="how many attendees ranked listings")
    matched: int = Field(default=0, ge=0, description="how many of them have a seat; 0 until the round is matched")


class Choice(Payload):
    """What became of one listing that an attendee ranked."""

    listing_id: Id
    result: Id = Field(
        description="one of `matched`, `not_needed` (the attendee got a better one), `filled` (by candidates ranked higher), "
        "`discipline_full` (its seats for the attendee's discipline are taken), `filled_by_lot` and `discipline_full_by_lot` "
        "(the last of them were drawn by lot among candidates ranked the same), `limit_full` and `limit_full_by_lot` (the host "
        "takes only so many people over several listings), `reserved` and `reserved_by_lot` (the last seats went to candidates "
        "of other disciplines, for which the host reserved them), `not_together` (the attendee would have got it alone, but not "
        "with whom they want to go together), `not_ranked` (by the host), `withdrawn`, "
        "`ineligible`, `placed_elsewhere` (the attendee has another placement at that time, or one of this listing); more may "
        "be added"
    )


class OutcomeDecided(Payload):
    """An attendee's result of a match-day round, with the result of each choice."""

    round_id: Id
    attendee_id: Id
    version: Version
    listing_id: Id | None = Field(description="the listing in which the attendee has a seat; null: none")
    choices: list[Choice] = Field(max_length=100, description="the attendee's ranking, best first")
    free_listing_ids: list[Id] = Field(
        default=[],
        max_length=10,
        description="for who has no seat: listings of the round with seats left that suit them, best first",
    )


class RankingChanged(Payload):
    """An attendee ranked the listings of a match-day round, or changed or withdrew the ranking."""

    round_id: Id
    attendee_id: Id
    version: Version
    listings: int = Field(ge=0, le=100, description="how many listings are ranked; 0: the ranking was withdrawn")


class Interview(Payload):
    """When and where host and attendee talk: at a place, over a link, or both."""

    starts: Moment
    ends: Moment
    place: Line | None = None
    url: Link = Field(default=None, description="the link to the call")
    time_zone: TimeZone | None = Field(default=None, description="the time zone in which it was agreed (IANA)")


class Offer(Payload):
    """What the host offers the attendee, and until when the attendee can accept it."""

    deadline: Moment = Field(description="when the attendee must answer by")
    starts: date | None = Field(default=None, description="the first day of the placement")
    ends: date | None = Field(default=None, description="the last day of the placement")


class ApplicationChanged(Payload):
    """An attendee applied for a listing, or the application changed. The event is complete as of this version."""

    application_id: Id
    version: Version
    attendee_id: Id
    listing_id: Id
    state: Id = Field(
        description="one of `submitted`, `screening` and `interview` (the host looks at it), `offered`, `accepted` and "
        "`declined` (by the attendee), `rejected` and `rescinded` (the offer was taken back; both by the host), `withdrawn` (by "
        "the attendee), `lapsed` (the offer's deadline passed), `closed` (without an answer), `superseded` (the attendee "
        "accepted another placement at that time); more may be added"
    )
    reason: Id | None = Field(
        default=None,
        description="of `closed`: `no_answer` or `listing_closed`; of `superseded`: `accepted_elsewhere` or `match_day`; more "
        "may be added",
    )
    attempt: int = Field(default=1, ge=1, description="how often the attendee has applied: 2 after applying again")
    answer_by: Moment | None = Field(default=None, description="when the host must answer by; null: it has answered")
    slots: list[Interview] = Field(
        default=[], max_length=20, description="the times for an interview from which the attendee can choose"
    )
    interview: Interview | None = Field(
        default=None, description="the current appointment; null: there is none, or it was cancelled"
    )
    offer: Offer | None = Field(default=None, description="the current offer; null: there is none, or it was withdrawn")
    changed_terms: list[Id] = Field(
        default=[],
        max_length=20,
        description="listing changes that await the attendee's confirmation: `dates`, `hours`, `place`, `pay`; more may be added",
    )


class NominationChanged(Payload):
    """A nomination for a leadership programme changed. Complete as of this version.

    Until the nominee agrees, readers tell only the nominee and the mentor of it.
    """

    nomination_id: Id
    version: Version
    attendee_id: Id = Field(description="the nominee")
    listing_id: Id = Field(description="the programme")
    organization_id: Id = Field(description="the organization whose mentor nominated them")
    mentor_person_id: Id | None = Field(default=None, description="the mentor; null: they have left that organization")
    state: Id = Field(
        description="one of `proposed`, `agreed`, `declined` (also once agreed), `withdrawn` (by the mentor), `expired` (the "
        "programme closed); more may be added"
    )


class InvitationSent(Payload):
    """A host invited an attendee to apply for a listing that suits them. The host does not know who the attendee is.

    Readers tell only the attendee of it. It never changes.
    """

    invitation_id: Id
    version: Version
    attendee_id: Id
    listing_id: Id
    organization_id: Id = Field(description="the host")


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


class GainedSkill(Payload):
    """A skill that a mentor says the attendee gained."""

    term: Term
    level: Level | None = Field(default=None, description="the level reached; null: not stated")
    confirmed: bool = Field(default=False, description="whether the attendee agreed")


class FeedbackRequest(Payload):
    """Feedback that has not been given yet."""

    moment: Id = Field(description="`middle` or `end`; more may be added")
    side: Id = Field(description="who gives it: `attendee` or `host`; more may be added")
    due: date


class Hire(Payload):
    """The host employed the attendee after, or during, the placement."""

    role: Line
    starts: date
    said_by: Id = Field(description="`attendee` or `host`; more may be added")


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
    hours_per_week: int | None = Field(default=None, ge=1, le=80)
    title: Line | None = Field(default=None, description="the listing's title when the placement began")
    organization_id: Id | None = None
    organization: Line | None = Field(default=None, description="the host's name when the placement began")
    end_reason: Id | None = Field(
        default=None, description="of `ended`: `no_show`, `by_host`, `by_attendee` or `agreed`; more may be added"
    )
    feedback: list[FeedbackRequest] = Field(default=[], max_length=20, description="the feedback that is still to be given")
    skills: list[GainedSkill] = Field(default=[], max_length=200)
    remark: str | None = Field(
        default=None, max_length=500, description="the mentor's sentence about the attendee, if others may read it"
    )
    hire: Hire | None = None


class SeatsChanged(Payload):
    """How many of a listing's seats are promised or taken. Matching alone decides who has a seat."""

    listing_id: Id
    version: Version
    placed: int = Field(ge=0, description="seats that attendees have")
    offered: int = Field(default=0, ge=0, description="seats that offers, or a match-day round being matched, hold")
    moved: int = Field(
        default=0, description="seats moved here from other listings of the host on a match day; negative if some moved away"
    )
