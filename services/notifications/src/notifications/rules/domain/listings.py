"""Which mails a listing schedules and cancels. Pure: the same event always schedules the same mails."""

from datetime import UTC, datetime, timedelta
from typing import Final

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger
from shared.contract.events.listings import ListingPublished

CLOSING_SOON: Final = timedelta(days=3)
"""How long before a listing's deadline attendees with a match are reminded."""


def on_listing(event: ListingPublished, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A listing was published: attendees to whom it is recommended are reminded before its deadline."""
    about = f"listing/{event.listing_id}"
    cancellation = Cancellation(about, ("listing_closing",))
    if event.deadline is None:
        return ScheduleChanges([cancellation])
    # By the deadline, not the version: the same deadline published again reminds nobody twice.
    trigger = Trigger(about, f"{about}@{event.deadline.astimezone(UTC):%Y%m%dT%H%M%S}", correlation_id, now)
    if event.deadline - CLOSING_SOON <= now:
        return ScheduleChanges([cancellation], kept_causes=[trigger.cause])
    audience = Audience("recommended", (event.listing_id,))
    details = MailDetails(listing_id=event.listing_id, deadline=event.deadline)
    due_at = event.deadline - CLOSING_SOON
    reminder = trigger.schedule("listing_closing", audience, details, due_at=due_at, until=event.deadline)
    return ScheduleChanges([cancellation], [reminder])


def on_listing_gone(listing_id: str) -> ScheduleChanges:
    """A listing closed: the reminder of its deadline is cancelled."""
    return ScheduleChanges([Cancellation(f"listing/{listing_id}", ("listing_closing",))])
