"""Which mails an idea schedules and cancels. Pure: the same event always schedules the same mails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, one_person
from shared.contract.events.listings import IdeaChanged

ENDED: Final = ("adopted", "withdrawn", "expired")
"""The states in which no host can adopt an idea. The author may propose it again after the last two."""


@dataclass(frozen=True, slots=True)
class Idea:
    """An idea as far as it is known. The next event is compared with it."""

    id: str
    version: int
    attendee_id: str
    """Its author."""
    state: str
    title: str
    over_at: datetime
    """When it ends, or ended."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """The organizations that ask to adopt it, each with the version in which it began to."""


def idea_after(event: IdeaChanged, known: Idea | None, now: datetime) -> Idea:
    """The idea after the event; ``known`` is the one before."""
    before = known.asked if known else {}
    return Idea(
        event.idea_id,
        event.version,
        event.attendee_id,
        event.state,
        event.title,
        now if event.state in ENDED else event.expires_at,
        {id: before.get(id, event.version) for id in event.asked_by},
    )


def on_idea(event: IdeaChanged, known: Idea | None, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A host asked to adopt an idea or no longer does, its author answered, or it ended. ``known`` is the idea before."""
    about = f"idea/{event.idea_id}"
    trigger = Trigger(about, f"{about}@{event.version}", correlation_id, now, event.version)
    before, after = known.asked if known else {}, idea_after(event, known, now).asked
    changes = ScheduleChanges([Cancellation(about, ("idea_asked",))])
    for organization_id, version in after.items():
        cause = f"{about}@asked/{organization_id}/{version}"
        if organization_id in before:
            changes.kept_causes.append(cause)
            continue
        details = _details(event, organization_id, deadline=event.expires_at)
        author = one_person(event.attendee_id)
        changes.scheduled_mails.append(trigger.schedule("idea_asked", author, details, cause=cause, until=event.expires_at))
    new_state = known is None or known.state != event.state
    if event.state == "adopted" and event.organization_id and new_state:
        changes.scheduled_mails.append(
            trigger.schedule("idea_adopted", _host(event.organization_id), _details(event, event.organization_id))
        )
    for organization_id in sorted(before.keys() - after.keys() - {event.organization_id}):
        if answer := _answer(event, organization_id):
            cause = f"{trigger.cause}/{organization_id}"
            details = _details(event, organization_id, answer=answer)
            changes.scheduled_mails.append(trigger.schedule("idea_closed", _host(organization_id), details, cause=cause))
    if event.state != "expired":
        changes.cancellations.append(Cancellation(about, ("idea_expired",)))
    elif new_state:
        changes.scheduled_mails.append(trigger.schedule("idea_expired", one_person(event.attendee_id), _details(event)))
    return changes


def on_idea_erased(idea: Idea, correlation_id: str, now: datetime) -> ScheduleChanges:
    """An author was erased: the hosts that asked are told that the idea is gone, but not what it was."""
    about = f"idea/{idea.id}"
    trigger = Trigger(about, f"{about}@erased", correlation_id, now)
    changes = ScheduleChanges([Cancellation(about, ("idea_asked", "idea_expired"))])
    for organization_id in sorted(idea.asked):
        cause, details = f"{trigger.cause}/{organization_id}", MailDetails(organization_id=organization_id, answer="withdrawn")
        changes.scheduled_mails.append(trigger.schedule("idea_closed", _host(organization_id), details, cause=cause))
    return changes


def _answer(event: IdeaChanged, organization_id: str) -> str:
    """Why a host that asked cannot adopt the idea: as in the mail; "" if it took its question back itself."""
    if event.state == "adopted":
        return "adopted_elsewhere"
    if event.state in ENDED:
        return event.state
    return "declined" if organization_id in event.declined else ""


def _details(event: IdeaChanged, organization_id: str = "", *, answer: str = "", deadline: datetime | None = None) -> MailDetails:
    return MailDetails(
        idea_id=event.idea_id,
        organization_id=organization_id,
        person_id=event.attendee_id,
        answer=answer,
        deadline=deadline,
        listing_id=event.listing_id or "",
    )


def _host(organization_id: str) -> Audience:
    return Audience("organization", (organization_id,))
