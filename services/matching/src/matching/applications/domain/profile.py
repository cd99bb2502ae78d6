"""An attendee's profile as shown to the host they apply to. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from matching.model.candidates import Candidate, Interest

MAX_SKILLS: Final = 100
MAX_SESSIONS: Final = 20
MAX_CONFERENCES: Final = 100


class ShownSkill(BaseModel):
    """A skill, topic or interest, with what speaks for it."""

    model_config = ConfigDict(frozen=True)

    term: str
    level: int | None = Field(default=None, description="according to the attendee, from 1 (novice) to 5 (expert)")
    declared: bool = Field(default=False, description="whether the attendee named it")
    sessions: list[str] = Field(default=[], description="titles of attended sessions about it")


class HostProfile(BaseModel):
    """The profile as of the application. It names nobody: neither the attendee, nor whom they met."""

    model_config = ConfigDict(frozen=True)

    skills: list[ShownSkill] = Field(default=[], description="the most certain first, at most 100")
    discipline: str | None = None
    conference_ids: list[str] = []
    starts: date | None = Field(default=None, description="the first day on which they can work")
    ends: date | None = None
    hours_per_week: int | None = None
    countries: list[str] | None = Field(default=None, description="where they can work; null: unknown")
    remote: bool | None = None
    work_permission: list[str] | None = Field(default=None, description="the countries in which they may work; null: unknown")


def shown_profile(candidate: Candidate, interests: Mapping[str, Interest], name: Callable[[str], str]) -> HostProfile:
    """What a host sees of this candidate. ``interests``: from the profile and attended sessions; ``name``: names a term."""
    surest = sorted(interests.items(), key=lambda item: (-item[1].mastery, item[0]))[:MAX_SKILLS]
    availability = candidate.availability
    return HostProfile(
        skills=[
            ShownSkill(
                term=name(key),
                level=interest.level,
                declared=interest.declared,
                sessions=sorted(set(interest.sessions.values()))[:MAX_SESSIONS],
            )
            for key, interest in surest
        ],
        discipline=candidate.discipline,
        conference_ids=sorted(candidate.conference_ids)[:MAX_CONFERENCES],
        starts=availability.starts,
        ends=availability.ends,
        hours_per_week=availability.hours_per_week,
        countries=None if availability.countries is None else sorted(availability.countries),
        remote=availability.remote,
        work_permission=None if availability.work_permission is None else sorted(availability.work_permission),
    )
