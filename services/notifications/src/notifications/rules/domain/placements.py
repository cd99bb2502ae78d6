"""Which mails a placement schedules and cancels. Pure: the same event always schedules the same mails."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from notifications.digest_times import MORNING
from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.progress import Progress, hired, named_skill, placement_dates, placement_state
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, ScheduledMail, Trigger, one_person
from shared.contract.events.matching import PlacementChanged, PlacementMade

FIRST_AFTERNOON: Final = time(15)
"""When both sides are asked on the first day whether it began."""

_DATES: Final = ("placement_dates", "placement_dates_host")
_START_CHECKS: Final = ("placement_start_check", "placement_start_check_host")
_FEEDBACK: Final = {"attendee": "placement_feedback", "host": "placement_feedback_host"}
"""The kind for each side."""
_HIRES: Final = {"host": "placement_hire", "attendee": "placement_hire_host"}
"""The kind for what each side says. It goes to the other one."""
_INTRODUCTIONS: Final = ("mentor_introduction", "mentee_introduction")
_UNTIL_ITS_END: Final = ("placement_confirmed", "placement_started", *_DATES, *_INTRODUCTIONS)
"""What is not worth sending after an early end."""


def on_seat(event: PlacementMade, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A seat was given: the attendee and the listing's mentors are introduced to each other."""
    details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id)
    return ScheduleChanges(scheduled_mails=_introductions(event.placement_id, details, correlation_id, now))


def _introductions(placement_id: str, details: MailDetails, correlation_id: str, now: datetime) -> list[ScheduledMail]:
    about, mentors = f"placement/{placement_id}", details.mentors
    # Without the version: whichever event comes first, everybody is introduced once.
    trigger = Trigger(about, "/".join((about, *sorted(mentors))), correlation_id, now)
    audience = Audience("person", mentors) if mentors else Audience("mentors", (details.listing_id,))
    return [
        trigger.schedule("mentor_introduction", one_person(details.person_id), details),
        trigger.schedule("mentee_introduction", audience, details),
    ]


def on_placement(
    event: PlacementChanged, before: Progress | None, correlation_id: str, now: datetime, zone: str
) -> ScheduleChanges:
    """A placement changed. Each of its states causes its mails once, however many versions have it.

    ``before`` is the placement so far; None if it is not known. ``zone`` is the one in which its days begin.
    """
    about = f"placement/{event.placement_id}"
    trigger = Trigger(about, f"{about}@{placement_state(event)}", correlation_id, now, event.version)
    details = MailDetails(
        listing_id=event.listing_id,
        person_id=event.attendee_id,
        starts=event.starts,
        ends=event.ends,
        sequence=event.version,
    )
    changes = ScheduleChanges()
    if event.state in ("confirmed", "started"):  # in each version, for mentors who are new
        introduced = replace(details, mentors=tuple(event.mentor_person_ids))
        changes.scheduled_mails += _introductions(event.placement_id, introduced, correlation_id, now)
    if before is None or before.state != placement_state(event):
        _schedule_state(changes, trigger, event, details)
    elif event.state == "started" and before.dates and before.dates != placement_dates(event):
        _schedule_dates(changes, trigger, event, details)
    _schedule_start_check(changes, trigger, event, details, zone)
    _schedule_feedback(changes, trigger, event, details, zone)
    _schedule_skills(changes, trigger, event, before, details)
    _schedule_hire(changes, trigger, event, before)
    return changes


def _schedule_state(changes: ScheduleChanges, trigger: Trigger, event: PlacementChanged, details: MailDetails) -> None:
    """The mails of a state that is new, or of other dates that were agreed before the first day."""
    attendee, scheduled = one_person(event.attendee_id), changes.scheduled_mails
    match event.state:
        case "confirmed":
            changes.cancellations.append(Cancellation(trigger.about, ("placement_confirmed", "placement_cancelled")))
            scheduled.append(trigger.schedule("placement_confirmed", attendee, details))
        case "started":
            scheduled.append(trigger.schedule("placement_started", attendee, details))
        case "completed":
            scheduled.append(trigger.schedule("placement_completed", attendee, details))
            scheduled.append(trigger.schedule("placement_completed_host", _host(event), details))
        case "ended":
            changes.cancellations.append(Cancellation(trigger.about, _UNTIL_ITS_END))
            ended = replace(details, answer=event.end_reason or "")
            scheduled.append(trigger.schedule("placement_cancelled", attendee, ended))
            scheduled.append(trigger.schedule("placement_ended_host", _host(event), ended))


def _schedule_dates(changes: ScheduleChanges, trigger: Trigger, event: PlacementChanged, details: MailDetails) -> None:
    """Both sides are told that the dates changed, as after an extension."""
    changes.cancellations.append(Cancellation(trigger.about, _DATES))
    cause = f"{trigger.about}@dates/{event.version}"
    changes.scheduled_mails += [
        trigger.schedule("placement_dates", one_person(event.attendee_id), details, cause=cause),
        trigger.schedule("placement_dates_host", _host(event), details, cause=cause),
    ]


def _schedule_start_check(
    changes: ScheduleChanges, trigger: Trigger, event: PlacementChanged, details: MailDetails, zone: str
) -> None:
    """Both sides are asked on the first day whether it began, unless one of them has said so: nothing begins by the clock."""
    changes.cancellations.append(Cancellation(trigger.about, _START_CHECKS))
    if event.state != "confirmed" or event.starts is None:
        return
    cause, due_at = f"{trigger.about}@start/{event.starts}", _at(event.starts, FIRST_AFTERNOON, zone)
    changes.scheduled_mails += [
        trigger.schedule("placement_start_check", one_person(event.attendee_id), details, cause=cause, due_at=due_at),
        trigger.schedule("placement_start_check_host", _host(event), details, cause=cause, due_at=due_at),
    ]


def _schedule_feedback(
    changes: ScheduleChanges, trigger: Trigger, event: PlacementChanged, details: MailDetails, zone: str
) -> None:
    """Each side is asked for feedback on the day on which it is due, unless it was given before.

    Once the last day has come, only that at the end is asked for.
    """
    last = _at(event.ends, MORNING, zone) if event.ends else None
    changes.cancellations.append(Cancellation(trigger.about, tuple(_FEEDBACK.values())))
    audiences = {"attendee": one_person(event.attendee_id), "host": _host(event)}
    for asked in event.feedback:
        due_at = _at(asked.due, MORNING, zone)
        too_late = asked.moment != "end" and last is not None and last <= max(due_at, trigger.now)
        if asked.side in audiences and not too_late:  # more sides may be added
            changes.scheduled_mails.append(
                trigger.schedule(
                    _FEEDBACK[asked.side],
                    audiences[asked.side],
                    replace(details, answer=asked.moment),
                    cause=f"{trigger.about}@feedback/{asked.moment}/{asked.side}/{asked.due}",
                    due_at=due_at,
                )
            )


def _schedule_skills(
    changes: ScheduleChanges, trigger: Trigger, event: PlacementChanged, before: Progress | None, details: MailDetails
) -> None:
    """The attendee is asked to confirm the skills that were named, once for each."""
    unconfirmed = [skill for skill in event.skills if not skill.confirmed]
    if not unconfirmed:
        changes.cancellations.append(Cancellation(trigger.about, ("placement_skills",)))
    elif set(map(named_skill, unconfirmed)) - set(before.named if before else ()):
        changes.cancellations.append(Cancellation(trigger.about, ("placement_skills",)))
        named = replace(details, skills=tuple((skill.term, skill.level) for skill in unconfirmed))
        cause = f"{trigger.about}@skills/{event.version}"
        changes.scheduled_mails.append(trigger.schedule("placement_skills", one_person(event.attendee_id), named, cause=cause))


def _schedule_hire(changes: ScheduleChanges, trigger: Trigger, event: PlacementChanged, before: Progress | None) -> None:
    """The other side is told of a hire that one side recorded, or changed."""
    if (before.hired if before else "") == hired(event):
        return
    changes.cancellations.append(Cancellation(trigger.about, tuple(_HIRES.values())))
    if event.hire is None:
        return
    details = MailDetails(
        listing_id=event.listing_id, person_id=event.attendee_id, starts=event.hire.starts, role=event.hire.role
    )
    cause = f"{trigger.about}@hire/{event.version}"
    audiences = {"host": one_person(event.attendee_id), "attendee": _host(event)}
    if (said_by := event.hire.said_by) in audiences:  # more sides may be added
        changes.scheduled_mails.append(trigger.schedule(_HIRES[said_by], audiences[said_by], details, cause=cause))


def _host(event: PlacementChanged) -> Audience:
    """Those who get the host's mails, and the placement's mentors."""
    return Audience("host", (event.listing_id, *event.mentor_person_ids))


def _at(day: date, hour: time, zone: str) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)
