"""Registration's projection of placements. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, Self, get_args

from registration.attendees.domain.attendance import Skills
from shared.contract.events.matching import PlacementChanged

COMPLETED: Final = "completed"
ENDED: Final = "ended"

Part = Literal["hours", "skills", "remark"]
"""The parts of a placement that may be published besides its title, host, days and state."""
PARTS: Final[tuple[Part, ...]] = get_args(Part)


class GainedSkill(NamedTuple):
    """A skill that a mentor says the attendee gained."""

    term: str
    level: int | None
    confirmed: bool
    """Whether the attendee agreed. Until then, the skill is not used."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A placement as it was when its person published it, with the parts that they chose."""

    at: datetime
    parts: tuple[Part, ...]
    title: str
    organization: str
    state: str
    starts: date | None
    ends: date | None
    hours_per_week: int | None
    skills: Skills
    remark: str | None


@dataclass(frozen=True, slots=True)
class Credential:
    """A signed credential of a placement, issued to its person."""

    id: str
    issued_at: datetime
    token: str
    """The credential itself, as VC-JWT."""
    skills: tuple[str, ...]
    """The skills in it."""
    list_id: str
    """The status list that says whether it was revoked."""
    index: int
    """Its place there."""


@dataclass(slots=True)
class Placement:
    """An attendee's placement as matching last published it, with the person's publication and credential."""

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
    publication: Publication | None = None
    """What the person published, if anything."""
    credential: Credential | None = None
    """The credential; None if there is none, or it was revoked."""
    issued: int = 0
    """How often a credential of it was issued."""
    to_be_reissued: bool = False
    """Whether its credential was revoked together with the key that signed it."""

    @classmethod
    def of(cls, data: PlacementChanged, before: Self | None) -> Self:
        """This version of the placement, with the publication and credential of the previous one."""
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
            publication=before.publication if before else None,
            credential=before.credential if before else None,
            issued=before.issued if before else 0,
            to_be_reissued=before is not None and before.to_be_reissued and data.state == COMPLETED,
        )

    @property
    def gained(self) -> Skills:
        """The skills that the attendee confirmed, with their levels."""
        return tuple((skill.term, skill.level) for skill in self.skills if skill.confirmed)

    @property
    def has_outdated_credential(self) -> bool:
        """Whether its credential is no longer true: the placement is not completed, or a skill in it was withdrawn."""
        if self.credential is None:
            return False
        return self.state != COMPLETED or not set(self.credential.skills) <= {term for term, _ in self.gained}
