"""The figures about a conference, or about all of them.

Nobody can be identified: there are no ids of people, and a group of one or two people is only shown as smaller than
``SMALLEST_GROUP`` (the threshold rule of statistical offices; Hundepool et al. 2012, Statistical Disclosure Control).
"""

from datetime import datetime
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.contract.events.fields import Discipline

SMALLEST_GROUP: Final = 3
"""Smaller groups are not shown with their size, because somebody might be recognised."""

MOST_ROWS: Final = 100
"""How many rows a ranking has at most. ``Totals`` has the full numbers."""

Count = int | Literal["<3"]
"""A number of people, or the fact that there are one or two."""


def shown(people: int) -> Count:
    """A number of people in the form that may be shown."""
    return "<3" if 0 < people < SMALLEST_GROUP else people


def at_most(count: Count) -> int:
    """The largest number that a count may stand for."""
    return SMALLEST_GROUP - 1 if count == "<3" else count


def share(part: Count, whole: Count) -> float:
    """The largest share, from 0 to 1, that the counts allow. 0 if the whole is 0."""
    return min(1.0, at_most(part) / at_most(whole)) if whole else 0.0


def largest_first(*counts: Count) -> tuple[int, ...]:
    """A sort key, largest first, by the counts as shown: the order must not reveal more than the numbers."""
    return tuple(-at_most(count) for count in counts)


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True)


class Totals(_Figures):
    """Totals. A listing counts while it is open, and once somebody is placed in it."""

    attendees: Count = Field(description="people who agreed to be matched")
    matched: Count = Field(description="people to whom a listing is recommended, or who reached a later stage")
    ranked: Count = Field(description="people who ranked listings in a match-day round, or have a seat")
    placed: Count = Field(description="people who have a seat")
    hosts: int
    listings: int
    seats: int = Field(description="free and taken seats")
    skills: int = Field(description="different skills that are asked for")
    sessions: int = Field(description="sessions that led to a match, of those with three attendees or more")
    comparable: Count = Field(
        description="matched people whose field of study is known, as is that of a listing recommended to them"
    )
    crossing: Count = Field(description="those of them to whom a listing outside their own field is recommended")


class Skill(_Figures):
    """A skill that listings ask for, and how many people have it: they say so, or heard about it in a session.

    Skills that somebody took out of their matching do not count as theirs.
    """

    name: str
    listings: int = Field(description="listings that ask for it")
    attendees: Count = Field(description="attendees who have it")
    asked: float = Field(ge=0, le=1, description="the share of the listings that ask for it")
    held: float = Field(
        ge=0, le=1, description="the share of the attendees who have it; for a count below 3, the highest that it can be"
    )
    gap: float = Field(ge=-1, le=1, description="`asked` minus `held`; scarce from 0")


class SessionFigures(_Figures):
    """A session that is about something that a listing asks for, which is recommended to people who were there."""

    conference_id: str
    conference: str
    session_id: str
    title: str
    attended: Count = Field(description="people who were there")
    matched: Count = Field(description="those to whom a listing is recommended that asks for its subject")
    applied: Count = Field(default=0, description="those who applied for such a listing, or ranked it in a match-day round")
    placed: Count = Field(description="those who have a seat in such a listing")


class Crossing(_Figures):
    """People of one field, and listings of one field (ISCED-F 2013) that are recommended to them or where they have a seat."""

    attendees: Discipline
    listings: Discipline
    matched: Count
    placed: Count


class HostAnswers(_Figures):
    """How a host answers applications, among those that are kept. Somebody who applied twice may count in both numbers."""

    answered: Count = Field(description="people who got its answer in time, an offer or a rejection")
    unanswered: Count = Field(description="people whose application was closed because it did not answer")
    rate: float | None = Field(
        ge=0,
        le=1,
        description="the share answered; a count below 3 is taken as 2. null: both numbers are below 3",
    )

    @classmethod
    def of(cls, answered: int, unanswered: int) -> Self:
        """The figures that may be shown for these counts."""
        told = shown(answered), shown(unanswered)
        most = [at_most(count) for count in told]
        rate = round(most[0] / sum(most), 4) if max(most) >= SMALLEST_GROUP else None
        return cls(answered=told[0], unanswered=told[1], rate=rate)


class HostFigures(_Figures):
    """How far a host's listings got."""

    organization_id: str
    name: str
    listings: int
    seats: int
    recommended: Count = Field(description="people to whom one is recommended, or who reached a later stage with one")
    applied: Count = Field(default=0, description="people who applied for one, or ranked it in a match-day round")
    ranked: Count = Field(description="people who ranked one in a match-day round, or have a seat")
    placed: Count = Field(description="people who have a seat")
    answers: HostAnswers | None = Field(default=None, description="null: counted by an earlier version")


class ConferenceFigures(_Figures):
    """The main figures of one conference."""

    conference_id: str
    name: str
    attendees: Count
    matched: Count
    applied: Count = 0
    placed: Count


class Steps(_Figures):
    """How many people came how far, from the history: who was interviewed and then rejected counts in both."""

    came: Count | None = Field(description="people who were there, as registration counts them; null: not counted")
    agreed: Count | None = Field(description="those who agreed to be matched; null: not counted")
    recommended: Count = Field(description="people to whom a listing is recommended, or who reached a later stage")
    opened: Count = Field(description="people who previewed an application, or reached a later stage")
    applied: Count = Field(description="people who applied, or ranked listings in a match-day round")
    interviewed: Count
    offered: Count = Field(description="people who were offered a seat, or got one on a match day")
    accepted: Count = Field(description="people who got a seat")
    started: Count
    completed: Count
    hired: Count = Field(description="people whom a host employed after their placement")


class FunnelRow(_Figures):
    """The funnel of one group of people, from attendance to a hire."""

    by: Literal["all", "discipline", "host", "session"]
    id: str = Field(description="of the discipline, organization or session; empty: all")
    conference_id: str | None = Field(description="of the session; else null")
    name: str
    steps: Steps
    answers: HostAnswers | None = Field(default=None, description="of a host; else null")


class Insight(_Figures):
    """The figures of a conference, or of all together, at a time. Rankings begin with what matters most.

    A conference that one or two people attended has no rankings.
    """

    conference_id: str | None = Field(description="null: all conferences")
    name: str
    as_of: datetime
    totals: Totals
    skills: list[Skill] = Field(max_length=MOST_ROWS, description="the scarcest first")
    sessions: list[SessionFigures] = Field(max_length=MOST_ROWS, description="by the people placed, then applying, then matched")
    crossings: list[Crossing] = Field(
        description="of the fields that people and listings named; fields of one or two people are left out"
    )
    hosts: list[HostFigures] = Field(max_length=MOST_ROWS, description="by the people placed, then applying, then recommended to")
    funnel: list[FunnelRow] = Field(
        default=[],
        description="all people first, then those of each discipline, those who dealt with each host, and those of each session "
        "who came so far with a listing that asks for what it is about; at most 100 of each kind",
    )
    conferences: list[ConferenceFigures] = Field(
        max_length=MOST_ROWS, description="by the people placed, then applying, then matched; none for a single one"
    )
