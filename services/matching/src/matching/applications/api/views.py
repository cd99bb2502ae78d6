"""Applications as their attendees and hosts see them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from matching.applications.domain.application import PRIVATE, Answers, Application, ApplicationStep
from matching.applications.domain.profile import HostProfile
from matching.applications.domain.terms import ListingTerms, terms_of
from matching.applications.domain.transitions import Actor, Reason, State
from matching.applications.use_cases.applicants import Preview
from matching.applications.use_cases.obstacles import Kind
from shared.contract.events.listings import Pay
from shared.contract.events.matching import Interview, Offer
from shared.urls import kept_address
from shared.web.access.callers import Caller


class ApplicationStepView(BaseModel):
    """A change of state."""

    state: State
    at: datetime
    by: Actor
    reason: Reason | None

    @classmethod
    def of(cls, step: ApplicationStep) -> Self:
        return cls(state=step.state, at=step.at, by=step.by, reason=step.reason)


class TermsView(BaseModel):
    """When, where, how much and for what pay. null: not stated in the listing."""

    starts: date | None
    ends: date | None
    hours_per_week: int | None
    place: str | None
    country: str | None
    remote: bool
    pay: Pay | None

    @classmethod
    def of(cls, terms: ListingTerms) -> Self:
        return cls(**{name: getattr(terms, name) for name in cls.model_fields})


class ApplicationView(BaseModel):
    """An application. Its ETag is its ``version``: commands need it as If-Match."""

    id: str
    version: int
    attendee_id: str
    listing_id: str
    organization_id: str
    title: str = Field(description="the listing's title when the attendee applied")
    organization: str
    listing_version: int = Field(description="the version of the listing that the attendee last agreed to")
    terms: TermsView = Field(description="the listing's terms in that version")
    changed_terms: list[str] = Field(
        description="the terms that changed since: `dates`, `hours`, `place`, `pay`; the attendee can confirm them"
    )
    state: State
    reason: Reason | None
    attempt: int
    submitted_at: datetime
    answer_by: datetime | None = Field(description="when the host must answer by; null: it has, or the application ended")
    slots: list[Interview] = Field(description="the times for an interview from which the attendee can pick")
    interview: Interview | None
    offer: Offer | None
    placement_id: str | None = Field(description="the placement that followed")
    name: str | None = Field(
        description="null, like the next three, if the attendee no longer shares it with the host, or it is no longer kept"
    )
    note: str | None
    links: list[str] | None
    profile: HostProfile | None
    history: list[ApplicationStepView] = Field(description="its changes of state, the first one first")

    @classmethod
    def of(cls, application: Application, caller: Caller) -> Self:
        """The application as the caller sees it."""
        shares = application.letter is not None and (application.state not in PRIVATE or _is_for(application, caller))
        letter = application.letter if shares else None
        fields = {name: getattr(application, name) for name in cls.model_fields if hasattr(application, name)}
        return cls(
            **fields
            | {
                "terms": TermsView.of(application.terms),
                "history": [ApplicationStepView.of(step) for step in application.history],
                "name": letter and letter.name,
                "note": letter and letter.note,
                "links": letter and letter.links,
                "profile": application.profile if shares else None,
            }
        )


class ApplicationPage(BaseModel):
    """A page of applications, by id. ``next`` is the ``after`` of the next page; null on the last one."""

    items: list[ApplicationView]
    next: str | None

    @classmethod
    def of(cls, found: Sequence[Application], limit: int, caller: Caller) -> Self:
        """A page of the results. The query asked for one more than ``limit``."""
        more = found[limit - 1].id if len(found) > limit else None
        return cls(items=[ApplicationView.of(one, caller) for one in found[:limit]], next=more)


class ObstacleView(BaseModel):
    """A reason why the attendee cannot apply."""

    kind: Kind
    detail: str


class AnswersView(BaseModel):
    """How the host has answered so far: in time, or not at all."""

    answered: int
    unanswered: int
    rate: float | None = Field(description="the share answered, from 0 to 1; null: no answer has been due yet")

    @classmethod
    def of(cls, answers: Answers) -> Self:
        return cls(answered=answers.answered, unanswered=answers.unanswered, rate=answers.rate)


class PreviewView(BaseModel):
    """What an application would share with the host, and what it would promise the attendee. Nothing is sent yet."""

    listing_id: str
    listing_version: int
    organization_id: str
    title: str
    organization: str
    url: str | None
    deadline: datetime | None
    author_only_until: datetime | None = Field(
        description="until when only the author of the idea may apply; null: everybody may"
    )
    terms: TermsView
    profile: HostProfile = Field(description="as the host will see it, with the name, the note and the links that are sent")
    answer_days: int = Field(description="how many days the host has to answer")
    answers: AnswersView
    obstacles: list[ObstacleView] = Field(description="what prevents applying; empty if nothing does")
    mismatch: str | None = Field(
        description="what does not suit the attendee's availability: `dates`, `hours`, `place` or `work permission`; they may "
        "apply all the same"
    )
    application: ApplicationView | None = Field(description="the attendee's application for this listing, if there is one")

    @classmethod
    def of(cls, preview: Preview, caller: Caller) -> Self:
        listing = preview.listing
        return cls(
            listing_id=listing.id,
            listing_version=listing.version,
            organization_id=listing.organization_id,
            title=listing.title,
            organization=listing.organization,
            url=kept_address(listing.url),
            deadline=listing.deadline,
            author_only_until=listing.author_only_until,
            terms=TermsView.of(terms_of(listing)),
            profile=preview.profile,
            answer_days=preview.answer_days,
            answers=AnswersView.of(preview.answers),
            obstacles=[ObstacleView(kind=one.kind, detail=str(one.refusal)) for one in preview.obstacles],
            mismatch=preview.mismatch,
            application=ApplicationView.of(preview.application, caller) if preview.application else None,
        )


def _is_for(application: Application, caller: Caller) -> bool:
    """Whether the caller may act for the attendee, and so sees everything."""
    if caller.attendee_ids is None:
        return caller.organization_ids is None  # a key bound to an organization belongs to that host
    return application.attendee_id in caller.attendee_ids
