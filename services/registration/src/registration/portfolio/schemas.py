"""The form in which people see and change their portfolio, and in which everybody sees what was published."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, StringConstraints

from registration.attendees.domain.attendance import Skills
from registration.portfolio.domain.handles import LONGEST, SHORTEST
from registration.portfolio.domain.placements import Credential, Part, Placement, Publication
from registration.portfolio.domain.publications import is_outdated
from registration.portfolio.use_cases.portfolios import Portfolio, PublicPortfolio
from shared.contract.events.fields import PlainLine
from shared.text_patterns import HANDLE


class PortfolioSpec(BaseModel):
    """A portfolio's handle and name."""

    model_config = ConfigDict(extra="forbid")

    handle: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST, pattern=HANDLE)] = Field(
        description="lower-case letters, digits, and hyphens between them, starting with a letter. Nobody else can ever get a "
        "handle that looks like it"
    )
    name: PlainLine | None = Field(default=None, description="the public name on the portfolio; null: none")
    indexed: StrictBool = Field(default=False, description="whether search engines may list the portfolio")


class PublicationSpec(BaseModel):
    """What to publish of a placement, besides its title, host, days and state."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Strict(), Field(ge=1, le=2**53)] = Field(
        description="the placement's `version` that you saw, so that you publish nothing unseen"
    )
    parts: list[Part] = Field(default=[], max_length=10)


class CredentialSpec(BaseModel):
    """How a credential is to be issued."""

    model_config = ConfigDict(extra="forbid")

    name: PlainLine = Field(description="your name, as it should appear in the credential")
    address: StrictBool = Field(
        default=False,
        description="whether it contains a salted hash of your address: anybody who knows the address can then check that the "
        "credential is yours",
    )
    copies_cannot_be_recalled: Literal[True] = Field(
        description="confirm that you know: copies stay with their owners, even after you revoke the credential or are erased"
    )


class CredentialView(BaseModel):
    """A credential that was issued to you."""

    id: str
    issued_at: datetime
    token: str = Field(description="the credential itself, as VC-JWT: anybody who has it can read and verify it")

    @classmethod
    def of(cls, credential: Credential) -> Self:
        return cls(id=credential.id, issued_at=credential.issued_at, token=credential.token)


class SkillView(BaseModel):
    """A gained skill, with the level that the mentor named, from 1 to 5."""

    term: str
    level: int | None


class PublishedPlacement(BaseModel):
    """A placement as its person published it. Parts that were not published are empty."""

    title: str
    organization: str
    state: str
    starts: date | None
    ends: date | None
    hours_per_week: int | None
    skills: list[SkillView]
    remark: str | None = Field(description="the mentor's sentence about the attendee, if released")

    @classmethod
    def of(cls, published: Publication) -> Self:
        return cls(
            title=published.title,
            organization=published.organization,
            state=published.state,
            starts=published.starts,
            ends=published.ends,
            hours_per_week=published.hours_per_week,
            skills=_skills(published.skills),
            remark=published.remark,
        )


class PublicPortfolioView(BaseModel):
    """What a person published."""

    handle: str
    name: str | None
    placements: list[PublishedPlacement]

    @classmethod
    def of(cls, portfolio: PublicPortfolio) -> Self:
        published = [PublishedPlacement.of(one) for one in portfolio.publications]
        return cls(handle=portfolio.handle.text, name=portfolio.handle.name, placements=published)


class PublicationView(BaseModel):
    """The published parts of a placement."""

    at: datetime
    parts: list[Part]
    outdated: bool = Field(description="whether the placement has changed since: publish it again to show the changes")


class PlacementView(BaseModel):
    """One of your placements. Only `published` is public."""

    id: str
    version: int
    state: str
    title: str | None
    organization: str | None
    starts: date | None
    ends: date | None
    hours_per_week: int | None
    skills: list[SkillView] = Field(description="those that you confirmed")
    remark: str | None
    published: PublicationView | None = Field(description="null: nobody but you sees the placement")
    credential: CredentialView | None = Field(description="null: there is none, or it was revoked")
    to_be_reissued: bool = Field(
        description="whether the credential was revoked because its signing key leaked: have a new one issued"
    )

    @classmethod
    def of(cls, placement: Placement) -> Self:
        published = placement.publication
        return cls(
            id=placement.id,
            version=placement.version,
            state=placement.state,
            title=placement.title,
            organization=placement.organization,
            starts=placement.starts,
            ends=placement.ends,
            hours_per_week=placement.hours_per_week,
            skills=_skills(placement.gained),
            remark=placement.remark,
            published=PublicationView(at=published.at, parts=list(published.parts), outdated=is_outdated(placement))
            if published
            else None,
            credential=CredentialView.of(placement.credential) if placement.credential else None,
            to_be_reissued=placement.to_be_reissued,
        )


NOTICE: Final = (
    "A credential is a signed document that anybody who has it can read. Copies cannot be recalled: if you revoke it, or are "
    "erased, anybody who verifies a copy learns that it is no longer valid, but the copy stays where it is, with all that it "
    "says about you."
)


class CredentialPreview(BaseModel):
    """A preview of a placement's credential, and the existing one."""

    notice: str
    says: dict[str, Any] = Field(description="its content, without your name")
    issued: CredentialView | None

    @classmethod
    def of(cls, placement: Placement, content: dict[str, Any]) -> Self:
        issued = CredentialView.of(placement.credential) if placement.credential else None
        return cls(notice=NOTICE, says=content, issued=issued)


class PortfolioView(BaseModel):
    """Your portfolio."""

    handle: str | None = Field(description="null: not chosen yet, so nobody can find the portfolio")
    name: str | None
    indexed: bool
    placements: list[PlacementView]

    @classmethod
    def of(cls, portfolio: Portfolio) -> Self:
        handle = portfolio.handle
        return cls(
            handle=handle.text if handle else None,
            name=handle.name if handle else None,
            indexed=handle is not None and handle.indexed,
            placements=[PlacementView.of(one) for one in portfolio.placements],
        )


def _skills(skills: Skills) -> list[SkillView]:
    return [SkillView(term=term, level=level) for term, level in skills]
