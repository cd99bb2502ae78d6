"""The content of a listing, validated. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self

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
from shared import free_text
from shared.clock import whole_milliseconds
from shared.contract.events.fields import Country, Currency, Day, Discipline, Id, Level, Moment, PlainLine, PlainTerm, Url


def _text(text: str, validation: ValidationInfo) -> str:
    text = text.replace("\r\n", "\n")
    if validation.context is not free_text.STORED:
        free_text.check_text(text)
    return text


Description = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_text)]
"""Some paragraphs of plain text."""

Deadline = Annotated[Moment, AfterValidator(whole_milliseconds)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(_Part):
    """The level a skill requires, and its weight among the listing's skills."""

    term: PlainTerm = Field(description="one of `skills`")
    level: Annotated[Level, Strict()] | None = Field(
        default=None, description="the level that suffices; none: the more the better"
    )
    weight: Annotated[float, Strict(), Field(gt=0, le=10, allow_inf_nan=False)] = Field(
        default=1, description="how much it counts: 2 as two others"
    )


class Research(_Part):
    """The subject of a research internship."""

    lab: PlainLine | None = None
    interests: DistinctTerms = Field(default=[], description="the research questions")
    equipment: DistinctTerms = Field(default=[], description="what one learns to work with there")


class Conditions(_Part):
    """When, where and how much the work is. Omitted fields exclude nobody."""

    starts: Day | None = Field(default=None, description="the first day")
    ends: Day | None = Field(default=None, description="the last day")
    hours_per_week: Annotated[int, Strict(), Field(ge=1, le=80)] | None = None
    country: Country | None = None
    place: PlainLine | None = Field(default=None, description="the town or campus, for people to read")
    remote: StrictBool = Field(default=False, description="may be done from anywhere")
    work_permission: StrictBool = Field(default=False, description="needs a permission to work in `country` beforehand")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends: {self.ends} is before starts, {self.starts}")
        if self.work_permission and self.country is None:
            raise ValueError("country: say in which one the permission to work is needed")
        return self


class Pay(_Part):
    """An intern's pay; an amount of 0 means unpaid."""

    amount: Annotated[float, Strict(), Field(ge=0, le=1e9, allow_inf_nan=False)] = Field(
        description="for each `period`, before taxes, with at most two decimals; 0: unpaid"
    )
    currency: Currency | None = None
    period: Literal["hour", "week", "month", "once"] | None = Field(
        default=None, description="for what time the `amount` is; `once`: for the whole internship"
    )
    eligibility: PlainLine | None = Field(
        default=None, description="who gets it, if not every intern does: `enrolled students only`"
    )

    @field_validator("amount")
    @classmethod
    def _in_cents(cls, amount: float) -> float:
        if round(amount, 2) != amount:
            raise ValueError("must have at most two decimals")
        return amount

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.amount > 0:
            for name in ("currency", "period"):
                if getattr(self, name) is None:
                    raise ValueError(f"{name}: is missing; only an amount of 0, unpaid, has none")
            return self
        for name in ("currency", "period", "eligibility"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: leave it out; an amount of 0 says that the internship is unpaid")
        return self


class ListingDetails(_Part):
    """What an organization writes into a listing."""

    organization_id: Id
    title: PlainLine
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
    capacity: int = Field(strict=True, ge=1, le=1000, description="how many seats there are")
    deadline: Deadline | None = Field(
        default=None, description="when it closes by itself; left out, when its first day begins; never later than its last day"
    )
    url: Url | None = None
    pay: Pay | None = Field(default=None, description="left out, nothing is said about it")
    answer_days: Annotated[int, Strict(), Field(ge=1, le=90)] | None = Field(
        default=None, description="within how many days an application is answered; left out, within those of the platform"
    )
    kind: Literal["internship", "leadership"] = Field(
        default="internship", description="`leadership`: a programme that is open to nominated people only; fixed once published"
    )

    opens_at: Deadline | None = Field(
        default=None,
        description="of a leadership programme: from when on mentors can nominate; left out, once it is published",
    )
    public: StrictBool = Field(
        default=False, description="whether everybody may read its page, signed in or not, and search engines may list it"
    )

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

    @field_validator("opens_at")
    @classmethod
    def _of_programmes(cls, opens_at: datetime | None, others: ValidationInfo) -> datetime | None:
        if opens_at is None:
            return None
        if others.data.get("kind") == "internship":
            raise ValueError("leave it out: only a leadership programme has a time from when on mentors can nominate")
        deadline = others.data.get("deadline")
        if deadline is not None and opens_at >= deadline:
            raise ValueError("must be before the deadline")
        return opens_at

    @property
    def closes_at(self) -> datetime | None:
        """When the listing closes by itself: its deadline, or else its first day, and no later than its last.

        Days begin at midnight UTC. None: it stays open until its host closes it.
        """
        days = self.conditions or Conditions()
        chosen = self.deadline or (_midnight(days.starts) if days.starts else None)
        over = _midnight(days.ends + timedelta(days=1)) if days.ends else None
        return min((one for one in (chosen, over) if one), default=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
