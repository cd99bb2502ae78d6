"""A short form of what mail rules schedule and cancel."""

from datetime import UTC, datetime, timedelta

from notifications.rules.domain.scheduled_mails import ScheduleChanges, ScheduledMail

NOW = datetime(2026, 7, 8, 12, tzinfo=UTC)


DAY = timedelta(days=1)


def kinds(changes: ScheduleChanges) -> set[str]:
    return {scheduled.kind.name for scheduled in changes.scheduled_mails} - {"host_summary"}


def cancelled(changes: ScheduleChanges) -> set[str]:
    return {kind for cancel in changes.cancellations for kind in cancel.kinds}


def only(changes: ScheduleChanges, kind: str) -> ScheduledMail:
    (scheduled,) = (scheduled for scheduled in changes.scheduled_mails if scheduled.kind.name == kind)
    return scheduled
