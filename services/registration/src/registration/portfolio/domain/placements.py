"""Registration's projection of placements. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, Self

from registration.attendees.domain.attendance import Skills
from shared.contract.events.matching import PlacementChanged

COMPLETED: Final = "completed"


class GainedSkill(NamedTuple):
    """A skill that a mentor says the attendee gained."""

    term: str
    level: int | None
    confirmed: bool
    """Whether the attendee agreed. Nothing is made of the skill before."""


@dataclass(slots=True)
class Placement:
    """A placement of an attendee, as matching last published it."""

    id: str
    version: int
    attendee_id: str
    state: str
    title: str | None
    organization_id: str | None
    organization: str | None
    starts: date | None
    ends: date | None
    hours_per_week: int | None
    skills: tuple[GainedSkill, ...]
    remark: str | None

    @classmethod
    def of(cls, data: PlacementChanged) -> Self:
        return cls(
            id=data.placement_id,
            version=data.version,
            attendee_id=data.attendee_id,
            state=data.state,
            title=data.title,
            organization_id=data.organization_id,
            organization=data.organization,
            starts=data.starts,
            ends=data.ends,
            hours_per_week=data.hours_per_week,
            skills=tuple(GainedSkill(skill.term, skill.level, skill.confirmed) for skill in data.skills),
            remark=data.remark,
        )

    @property
    def gained(self) -> Skills:
        """The skills that the attendee confirmed, with their levels."""
        return tuple((skill.term, skill.level) for skill in self.skills if skill.confirmed)
