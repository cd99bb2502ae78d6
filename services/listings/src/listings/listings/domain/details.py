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
        default=None, description="the level that is enough; none: the higher, the better"
    )
    weight: Annotated[float, Strict(), Field(gt=0, le=10, allow_inf_nan=False)] = Field(
        default=1, description="its weight; a skill with 2 counts as much as two with 1"
    )


class Research(_Part):
    """The subject of a research internship."""

    lab: PlainLine | None = None
    interests: DistinctTerms = Field(default=[], description="the research questions")
    equipment: DistinctTerms = Field(default=[], description="the methods that interns learn")


class Conditions(_Part):
    """When, where and how much the work is. Omitted fields exclude nobody."""

    starts: Day | None = Field(default=None, description="the first day")
    ends: Day | None = Field(default=None, description="the last day")
    hours_per_week: Annotated[int, Strict(), Field(ge=1, le=80)] | None = None
    country: Country | None = None
    place: PlainLine | None = Field(default=None, description="the town or campus, to show to people")
    remote: StrictBool = Field(default=False, description="whether the work can be done from anywhere")
    work_permission: StrictBool = Field(
        default=False, description="whether interns need a work permit for `country` before they start"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends: {self.ends} is before starts, {self.starts}")
        if self.work_permission and self.country is None:
            raise ValueError("country: is missing; name the country of the work permit")
        return self


class Pay(_Part):
    """An intern's pay; an amount of 0 means unpaid."""

    amount: Annotated[float, Strict(), Field(ge=0, le=1e9, allow_inf_nan=False)] = Field(
        description="for each `period`, before taxes, with at most two decimals; 0: unpaid"
    )
    currency: Currency | None = None
    period: Literal["hour", "week", "month", "once"] | None = Field(
        default=None, description="the period that `amount` is for; `once`: the whole internship"
    )
    eligibility: PlainLine | None = Field(
        default=None, description="who gets it, if not every intern, such as `enrolled students only`"
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
                    raise ValueError(f"{name}: is missing; only an amount of 0 (unpaid) does not need it")
            return self
        for name in ("currency", "period", "eligibility"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: leave it out, as an amount of 0 means that the internship is unpaid")
        return self


class ListingDetails(_Part):
    """What an organization writes into a listing."""

    organization_id: Id
    title: PlainLine
    description: Description = ""
    skills: DistinctTerms = []
    topics: DistinctTerms = []
    requirements: list[Requirement] = Field(default=[], max_length=200, description="levels and weights of some of the `skills`")
    research: Research | None = Field(default=None, description="for a research internship")
    disciplines: list[Discipline] = Field(default=[], max_length=26, description="the disciplines of its work (ISCED-F 2013)")
    crossing: StrictBool = Field(
        default=False, description="whether it also looks for people from other disciplines than its own"
    )
    conditions: Conditions | None = None
    mentor_ids: DistinctIds = Field(default=[], description="mentors of this organization")
    conference_ids: DistinctIds = Field(default=[], description="conferences in addition to those of the organization")
    capacity: int = Field(strict=True, ge=1, le=1000, description="how many seats there are")
    deadline: Deadline | None = Field(
        default=None,
        description="when it closes automatically; if left out, when its first day begins; at the latest on its last day",
    )
    url: Url | None = None
    pay: Pay | None = Field(default=None, description="if left out, unknown")
    answer_days: Annotated[int, Strict(), Field(ge=1, le=90)] | None = Field(
        default=None, description="how many days the host has to answer an application; if left out, the platform's default"
    )
    kind: Literal["internship", "leadership"] = Field(
        default="internship", description="`leadership`: a programme that is open to nominated people only; fixed once published"
    )

    opens_at: Deadline | None = Field(
        default=None,
        description="of a leadership programme: when mentors can start to nominate; if left out, at its publication",
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
                raise ValueError(f"{requirement.term!r} is not one of the skills; add it there, spelled the same")
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
            raise ValueError("needs `disciplines`: name those of the work")
        return crossing

    @field_validator("opens_at")
    @classmethod
    def _of_programmes(cls, opens_at: datetime | None, others: ValidationInfo) -> datetime | None:
        if opens_at is None:
            return None
        if others.data.get("kind") == "internship":
            raise ValueError("leave it out: only leadership programmes have nominations")
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
