"""Which mails a change of an application schedules and cancels. Pure: the same event always schedules the same mails."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from notifications.digest_times import next_window
from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.applications import ENDED, Application, application_after
from notifications.rules.domain.scheduled_mails import (
    MailDetails,
    ScheduleChanges,
    Trigger,
    date_in_cause,
    listing_host,
    one_person,
)
from shared.clock import whole_milliseconds
from shared.contract.events.matching import ApplicationChanged

OFFER_REMINDERS: Final = (timedelta(days=3), timedelta(days=1))
"""How long before an offer's deadline its recipient is reminded, unless the next reminder is already due."""
ANSWER_REMINDERS: Final = (timedelta(days=7), timedelta(days=2))
"""How long before the date by which a host has to answer it is reminded."""
SUPERSEDED_GATHER: Final = timedelta(minutes=1)
"""How long the applications that one acceptance ended are gathered into one mail: each of them is an event of its own."""

_ENDS: Final = (
    "application_rejected",
    "application_closed",
    "application_superseded",
    "application_withdrawn",
    "offer_lapsed",
    "offer_rescinded",
)
_OFFER: Final = ("offer", "offer_reminder")
_INVITATIONS: Final = ("interview", "interview_host")


def on_application(
    event: ApplicationChanged, known: Application | None, correlation_id: str, now: datetime, zone: str
) -> ScheduleChanges:
    """An application changed. ``known`` is the application before; ``zone`` is the one in which the host's weeks begin."""
    about = f"application/{event.application_id}"
    trigger = Trigger(about, f"{about}@{event.version}", correlation_id, now, event.version)
    after = application_after(event, known, now)
    details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, sequence=event.version, meeting=after.meeting)
    changes = ScheduleChanges()
    if known is None or (known.state, known.attempt) != (event.state, event.attempt):
        _schedule_state(changes, trigger, event, known, details)
    _schedule_answer(changes, trigger, event)
    _schedule_slots(changes, trigger, event, known, after)
    _schedule_terms(changes, trigger, event, known)
    _schedule_interview(changes, trigger, event, known, after, details)
    _schedule_offer(changes, trigger, event, known, after)
    monday = next_window("weekly", now, timedelta(), zone)
    changes.scheduled_mails.append(
        trigger.schedule(
            "host_summary",
            listing_host(event.listing_id),
            MailDetails(listing_id=event.listing_id, until=monday),
            cause=f"summary/{event.listing_id}@{monday:%G-W%V}",
            due_at=monday,
        )
    )
    return changes


def _schedule_state(
    changes: ScheduleChanges, trigger: Trigger, event: ApplicationChanged, known: Application | None, details: MailDetails
) -> None:
    """The mails of a state that is new."""
    attendee, host = one_person(event.attendee_id), listing_host(event.listing_id)
    answer = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, answer=event.state)
    if event.offer and event.state == "accepted":
        answer = replace(answer, starts=event.offer.starts, ends=event.offer.ends)
    had_offer = "offered" if known and known.state == "offered" else ""
    scheduled = changes.scheduled_mails
    if event.state not in ENDED:  # it continues: an end would be out of date
        changes.cancellations.append(Cancellation(trigger.about, _ENDS))
    else:
        receipt = ("application_sent",) if event.state == "withdrawn" else ()
        changes.cancellations.append(Cancellation(trigger.about, ("application_received", *receipt)))
    match event.state:
        case "submitted":
            arrived = replace(details, attempt=event.attempt, deadline=event.answer_by)
            scheduled.append(trigger.schedule("application_sent", attendee, arrived))
            scheduled.append(trigger.schedule("application_received", host, arrived, caused_by=event.attendee_id))
        case "accepted" | "declined":
            scheduled.append(trigger.schedule("offer_answered", host, answer))
        case "lapsed":
            scheduled.append(trigger.schedule("offer_lapsed", attendee, answer))
            scheduled.append(trigger.schedule("offer_answered", host, answer))
        case "rejected":
            scheduled.append(trigger.schedule("application_rejected", attendee, details))
        case "rescinded":
            scheduled.append(trigger.schedule("offer_rescinded", attendee, answer))
        case "closed":
            scheduled.append(trigger.schedule("application_closed", attendee, replace(answer, answer=event.reason or "")))
        case "withdrawn":
            scheduled.append(trigger.schedule("application_withdrawn", host, replace(answer, answer=had_offer)))
        case "superseded":
            scheduled.append(trigger.schedule("application_superseded", host, replace(answer, answer=had_offer)))
            # What is listed is known when it is written: all that ended at this moment.
            ended = MailDetails(person_id=event.attendee_id, answer=event.reason or "", until=whole_milliseconds(trigger.now))
            scheduled.append(trigger.schedule("applications_superseded", attendee, ended, due_at=trigger.now + SUPERSEDED_GATHER))


def _schedule_answer(changes: ScheduleChanges, trigger: Trigger, event: ApplicationChanged) -> None:
    """The host is reminded before the date by which it has to answer, as long as it has not."""
    changes.cancellations.append(Cancellation(trigger.about, ("answer_reminder",)))
    if event.answer_by is None or event.state in ENDED:
        return
    details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, deadline=event.answer_by)
    for before, until in _reminders(event.answer_by, ANSWER_REMINDERS):
        cause = f"{trigger.about}@answer-by/{date_in_cause(event.answer_by)}/{before.days}d"
        due_at, host = event.answer_by - before, listing_host(event.listing_id)
        changes.remind(trigger.schedule("answer_reminder", host, details, cause=cause, due_at=due_at, until=until), trigger.now)


def _schedule_slots(
    changes: ScheduleChanges, trigger: Trigger, event: ApplicationChanged, known: Application | None, after: Application
) -> None:
    """The attendee is asked to choose a time for the interview."""
    before = known.slots if known else ()
    slots = () if event.state in ENDED else after.slots
    if slots == before:
        return
    changes.cancellations.append(Cancellation(trigger.about, ("interview_slots",)))
    ahead = tuple(slot for slot in slots if slot.starts > trigger.now)
    if ahead:
        details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, slots=ahead)
        until = max(slot.starts for slot in ahead)
        changes.scheduled_mails.append(trigger.schedule("interview_slots", one_person(event.attendee_id), details, until=until))


def _schedule_terms(changes: ScheduleChanges, trigger: Trigger, event: ApplicationChanged, known: Application | None) -> None:
    """The attendee is asked whether they still want a listing that changed after they applied."""
    if event.state in ENDED or not event.changed_terms:
        changes.cancellations.append(Cancellation(trigger.about, ("terms_changed",)))
    elif set(event.changed_terms) - set(known.changed_terms if known else ()):
        changes.cancellations.append(Cancellation(trigger.about, ("terms_changed",)))
        details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, terms=tuple(event.changed_terms))
        changes.scheduled_mails.append(trigger.schedule("terms_changed", one_person(event.attendee_id), details))


def _schedule_interview(
    changes: ScheduleChanges,
    trigger: Trigger,
    event: ApplicationChanged,
    known: Application | None,
    after: Application,
    details: MailDetails,
) -> None:
    before = known.meeting if known else None
    meeting = None if event.state in ENDED else after.meeting
    if meeting == before:
        return
    attendee, host = one_person(event.attendee_id), listing_host(event.listing_id)
    changes.cancellations.append(Cancellation(trigger.about, (*_INVITATIONS, "interview_cancelled", "interview_cancelled_host")))
    before = before if before and before.ends > trigger.now else None
    if meeting and meeting.ends > trigger.now:
        details = replace(details, moved_from=before)
        changes.scheduled_mails += [
            trigger.schedule("interview", attendee, details, until=meeting.ends),
            trigger.schedule("interview_host", host, details, until=meeting.ends),
        ]
    elif before:
        cancelled = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, sequence=event.version, meeting=before)
        changes.scheduled_mails += [
            trigger.schedule("interview_cancelled", attendee, cancelled, until=before.ends),
            trigger.schedule("interview_cancelled_host", host, cancelled, until=before.ends),
        ]


def on_applicant_erased(application: Application, correlation_id: str, now: datetime) -> ScheduleChanges:
    """An applicant was erased: the host is told that an interview is cancelled, but not with whom it was."""
    meeting = application.meeting
    if meeting is None or meeting.ends <= now or application.state in ENDED:
        return ScheduleChanges()
    about = f"application/{application.id}"
    trigger = Trigger(about, f"{about}@erased", correlation_id, now)
    details = MailDetails(listing_id=application.listing_id, sequence=application.version + 1, meeting=meeting)
    return ScheduleChanges(
        scheduled_mails=[
            trigger.schedule("interview_cancelled_host", listing_host(application.listing_id), details, until=meeting.ends)
        ]
    )


def _schedule_offer(
    changes: ScheduleChanges, trigger: Trigger, event: ApplicationChanged, known: Application | None, after: Application
) -> None:
    offered = event.state == "offered" and event.offer is not None
    was_offered = known is not None and known.state == "offered"
    if offered and was_offered and known and known.offered == after.offered:
        return
    if was_offered or not offered:
        changes.cancellations.append(Cancellation(trigger.about, _OFFER))
    if not offered or event.offer is None or event.offer.deadline <= trigger.now:
        return
    offer = event.offer
    details = MailDetails(
        listing_id=event.listing_id, person_id=event.attendee_id, deadline=offer.deadline, starts=offer.starts, ends=offer.ends
    )
    attendee = one_person(event.attendee_id)
    changes.scheduled_mails.append(trigger.schedule("offer", attendee, details, until=offer.deadline))
    for before, until in _reminders(offer.deadline, OFFER_REMINDERS):
        due_at = offer.deadline - before
        if due_at > trigger.now:
            cause = f"{trigger.cause}/{before.days}d"
            changes.scheduled_mails.append(
                trigger.schedule("offer_reminder", attendee, details, cause=cause, due_at=due_at, until=until)
            )


def _reminders(deadline: datetime, before: tuple[timedelta, ...]) -> list[tuple[timedelta, datetime]]:
    """How long before the deadline each reminder is due, and until when it is worth sending: until the next one is due."""
    return [(time, deadline - following) for time, following in zip(before, (*before[1:], timedelta()), strict=True)]
