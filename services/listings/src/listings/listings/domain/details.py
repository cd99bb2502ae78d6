"""What an organization writes into a listing: well-formed and consistent in itself. Pure."""

import unicodedata
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from listings.field_types import DistinctIds, DistinctTerms, distinct
from shared.clock import whole_milliseconds
from shared.contract.events.fields import Country, Day, Discipline, Id, Level, Line, Moment, Term, Url


def _text(text: str) -> str:
    text = text.replace("\r\n", "\n")
    if any(unicodedata.category(character) == "Cc" and character != "\n" for character in text):
        raise ValueError("must not contain control characters other than line breaks")
    return text


Description = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_text)]
"""Some paragraphs of plain text."""

Deadline = Annotated[Moment, AfterValidator(whole_milliseconds)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(_Part):
    """How well a skill is to be mastered, and how much it counts among the listing's skills."""

    term: Term = Field(description="one of `skills`")
    level: Annotated[Level, Strict()] | None = Field(
        default=None, description="the level that suffices; none: the more the better"
    )
    weight: Annotated[float, Strict(), Field(gt=0, le=10, allow_inf_nan=False)] = Field(
        default=1, description="how much it counts: 2 as two others"
    )


class Research(_Part):
    """What a research internship is about."""

    lab: Line | None = None
    interests: DistinctTerms = Field(default=[], description="the questions that it works on")
    equipment: DistinctTerms = Field(default=[], description="what one learns to work with there")


class Conditions(_Part):
    """When, where and how much is to be worked. What is not given excludes nobody."""

    starts: Day | None = Field(default=None, description="the first day")
    ends: Day | None = Field(default=None, description="the last day")
    hours_per_week: Annotated[int, Strict(), Field(ge=1, le=80)] | None = None
    country: Country | None = None
    place: Line | None = Field(default=None, description="the town or campus, for people to read")
    remote: StrictBool = Field(default=False, description="may be done from anywhere")
    work_permission: StrictBool = Field(default=False, description="needs a permission to work in `country` beforehand")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends: {self.ends} is before starts, {self.starts}")
        if self.work_permission and self.country is None:
            raise ValueError("country: say in which one the permission to work is needed")
        return self


class ListingDetails(_Part):
    """What an organization writes into a listing."""

    organization_id: Id
    title: Line
    description: Description = ""
    skills: DistinctTerms = []
    topics: DistinctTerms = []
    requirements: list[Requirement] = Field(
        default=[], max_length=200, description="of those of the `skills` where there is more to say"
    )
    research: Research | None = Field(default=None, description="for a research internship")
    disciplines: list[Discipline] = Field(default=[], max_length=26, description="where its work belongs (ISCED-F 2013)")
    crossing: StrictBool = Field(default=False, description="asks for people of other disciplines than its own `disciplines`")
    conditions: Conditions | None = None
    mentor_ids: DistinctIds = Field(default=[], description="mentors of this organization")
    conference_ids: DistinctIds = Field(default=[], description="conferences besides those of the organization")
    capacity: int = Field(ge=1, le=1000, description="how many seats there are")
    deadline: Deadline | None = Field(default=None, description="when it closes by itself")
    url: Url | None = None

    @field_validator("requirements")
    @classmethod
    def _of_skills(cls, requirements: list[Requirement], others: ValidationInfo) -> list[Requirement]:
        seen: set[str] = set()
        for requirement in requirements:
            if requirement.term in seen:
                raise ValueError(f"{requirement.term!r} occurs more than once")
            if requirement.term not in others.data.get("skills", [requirement.term]):
                raise ValueError(f"{requirement.term!r} is not one of the skills; name it there too, written the same")
            seen.add(requirement.term)
        return requirements

    @field_validator("disciplines")
    @classmethod
    def _each_once(cls, disciplines: list[Discipline]) -> list[Discipline]:
        return distinct(disciplines)

    @field_validator("crossing")
    @classmethod
    def _from_somewhere(cls, crossing: bool, others: ValidationInfo) -> bool:
        if crossing and others.data.get("disciplines") == []:
            raise ValueError("needs `disciplines`: people of others than those are asked for")
        return crossing
