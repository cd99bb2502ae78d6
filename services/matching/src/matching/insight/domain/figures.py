"""The figures: what came of a conference, or of all of them.

Whoever is counted stays unknown: there are no ids of people, and of a group of one or two only that it is smaller than
``SMALLEST_GROUP`` (what statistical offices call the threshold rule; Hundepool et al. 2012, Statistical Disclosure Control).
"""

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contract.events.fields import Discipline

SMALLEST_GROUP: Final = 3
"""Fewer people than that are not told apart: one of them might be recognised."""

MOST_ROWS: Final = 100
"""Of each ranking; ``Totals`` says how many there are in all."""

Count = int | Literal["<3"]
"""How many people: the number, or that there are one or two."""


def shown(people: int) -> Count:
    """A number of people as it may be shown."""
    return "<3" if 0 < people < SMALLEST_GROUP else people


def at_most(count: Count) -> int:
    """The most people that a count may stand for."""
    return SMALLEST_GROUP - 1 if count == "<3" else count


def share(part: Count, whole: Count) -> float:
    """A part of the whole, from 0 to 1: the most that it may be. 0 of nobody."""
    return min(1.0, at_most(part) / at_most(whole)) if whole else 0.0


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True)


class Totals(_Figures):
    """Of everything, how much there is. A listing counts while it is open and once somebody is placed in it."""

    attendees: Count = Field(description="people who agreed to be matched")
    matched: Count = Field(description="people to whom a listing is recommended, or who came further")
    ranked: Count = Field(description="people who ranked listings in a match-day round, or have a seat")
    placed: Count = Field(description="people who have a seat")
    hosts: int
    listings: int
    seats: int = Field(description="free ones and taken ones")
    skills: int = Field(description="different skills that are asked for")
    sessions: int = Field(description="sessions that led to a match, of those with three attendees or more")
    comparable: Count = Field(
        description="matched people whose field of study is known, as is that of a listing recommended to them"
    )
    crossing: Count = Field(description="those of them to whom a listing outside their own field is recommended")


class Skill(_Figures):
    """A skill that listings ask for, and how many people have it: they say so, or heard about it in a session."""

    name: str
    listings: int = Field(description="that ask for it")
    attendees: Count = Field(description="who have it")
    asked: float = Field(ge=0, le=1, description="the share of the listings that ask for it")
    held: float = Field(
        ge=0, le=1, description="the share of the attendees who have it; of a count below 3 the most that it may be"
    )
    gap: float = Field(ge=-1, le=1, description="`asked` less `held`: from 0 on it is scarce")


class SessionFigures(_Figures):
    """A session that is about something that a listing asks for, which is recommended to people who were there."""

    conference_id: str
    conference: str
    session_id: str
    title: str
    attended: Count = Field(description="people who were there")
    matched: Count = Field(description="those to whom a listing is recommended that asks for what it is about")
    placed: Count = Field(description="those who have a seat of such a listing")


class Crossing(_Figures):
    """People of one field, and listings of one field (ISCED-F 2013) that are recommended to them or where they have a seat."""

    attendees: Discipline
    listings: Discipline
    matched: Count
    placed: Count


class HostFigures(_Figures):
    """How far a host's listings came."""

    organization_id: str
    name: str
    listings: int
    seats: int
    recommended: Count = Field(description="people to whom one is recommended, or who came further with one")
    ranked: Count = Field(description="people who ranked one in a match-day round, or have a seat")
    placed: Count = Field(description="people who have a seat")


class ConferenceFigures(_Figures):
    """What came of one conference, in short."""

    conference_id: str
    name: str
    attendees: Count
    matched: Count
    placed: Count


class Insight(_Figures):
    """What came of a conference, or of all of them, as of a time. All rankings begin with what matters most.

    Of a conference that one or two people attended there are no rankings.
    """

    conference_id: str | None = Field(description="null: all conferences")
    name: str
    as_of: datetime
    totals: Totals
    skills: list[Skill] = Field(max_length=MOST_ROWS, description="the scarcest first")
    sessions: list[SessionFigures] = Field(max_length=MOST_ROWS, description="by the people placed, then matched")
    crossings: list[Crossing] = Field(
        description="of the fields that people and listings named; fields of one or two people are left out"
    )
    hosts: list[HostFigures] = Field(max_length=MOST_ROWS, description="by the people placed, then ranking, then recommended to")
    conferences: list[ConferenceFigures] = Field(
        max_length=MOST_ROWS, description="by the people placed, then matched; none for a single one"
    )
