"""The schemas of what people declare about themselves."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, model_validator

from registration.attendees.domain.people import Person
from shared.contract.events.fields import Country, Day, Discipline, Level, PlainTerm
from shared.contract.events.registration import MOST_EXCLUDED_SKILLS, Availability


class Skill(BaseModel):
    """A skill, and how well it is mastered."""

    model_config = ConfigDict(extra="forbid")

    term: PlainTerm
    level: Annotated[Level, Strict()] | None = None


class Times(BaseModel):
    """When, where and how much somebody can work. Anything left out is unknown, and excludes nothing."""

    model_config = ConfigDict(extra="forbid")

    starts: Day | None = Field(default=None, description="the first day")
    ends: Day | None = Field(default=None, description="the last day")
    hours_per_week: Annotated[int, Strict(), Field(ge=1, le=80, description="the most")] | None = None
    countries: list[Country] | None = Field(
        default=None, max_length=250, description="the countries in which they can work on site"
    )
    remote: StrictBool | None = Field(default=None, description="whether they can also work remotely")
    work_permission: list[Country] | None = Field(
        default=None, max_length=250, description="the countries in which they may work"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends: {self.ends} is before starts, {self.starts}")
        return self


ShortList = Annotated[list[PlainTerm], Field(max_length=25)]


class ProfileSpec(BaseModel):
    """What a person declares. Omitted fields stay unchanged; an empty list or null withdraws what was declared."""

    model_config = ConfigDict(extra="forbid")

    skills: list[Skill] = Field(default=[], max_length=200)
    excluded_skills: list[PlainTerm] = Field(
        default=[],
        max_length=MOST_EXCLUDED_SKILLS,
        description="skills by which they do not want to be matched, whatever these come from; one that is in `skills` again, "
        "without this field, is no longer excluded",
    )
    research_interests: ShortList = Field(default=[], description="the questions that they want to work on")
    equipment: ShortList = Field(default=[], description="instruments and machines that they work with, or want to learn")
    discipline: Discipline | None = Field(default=None, description="what they studied or work in (ISCED-F 2013)")
    availability: Times | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"name at least one of: {', '.join(ProfileSpec.model_fields)}")
        seen: set[str] = set()
        for skill in self.skills:
            if skill.term.casefold() in seen:
                raise ValueError(f"skills: {skill.term!r} occurs more than once")
            seen.add(skill.term.casefold())
        if both := next((term for term in self.excluded_skills if term.casefold() in seen), None):
            raise ValueError(f"excluded_skills: {both!r} is in skills, too")
        return self

    def details(self) -> dict[str, Any]:
        """The given details, in the form that ``People.declare`` takes."""
        details = self.model_dump(mode="json", include=self.model_fields_set)
        if "skills" in details:
            details["skills"] = [skill.term for skill in self.skills]
            details["levels"] = [[skill.term, skill.level] for skill in self.skills if skill.level]
        return details


class ProfileView(BaseModel):
    """What a person declared, in the form of ``PUT``."""

    skills: list[Skill]
    excluded_skills: list[str]
    research_interests: list[str]
    equipment: list[str]
    discipline: Discipline | None
    availability: Availability | None

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(
            skills=[Skill(term=term, level=level) for term, level in person.skills()],
            excluded_skills=person.excluded_skills(),
            research_interests=person.detail("research_interests") or [],
            equipment=person.detail("equipment") or [],
            discipline=person.detail("discipline"),
            availability=person.detail("availability"),
        )
