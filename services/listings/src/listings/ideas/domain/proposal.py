"""The content of an idea, validated. Pure."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from listings.field_types import DistinctTerms, distinct
from listings.listings.domain.details import Description
from shared.contract.events.fields import Id, PlainLine


class Inspiration(BaseModel):
    """The session that inspired an idea."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conference_id: Id
    session_id: Id


class Proposal(BaseModel):
    """The content of an idea. Hosts see all of it, but not its author."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: PlainLine
    text: Annotated[Description, Field(min_length=1, description="plain text")]
    skills: DistinctTerms = []
    session: Inspiration | None = Field(default=None, description="the session that inspired it")
    conference_ids: Annotated[list[Id], Field(min_length=1, max_length=200), AfterValidator(distinct)] = Field(
        description="hosts of these conferences may see it; the author attended each of them"
    )

    @field_validator("text")
    @classmethod
    def _not_blank(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("must not be blank: say what the project is about")
        return text
