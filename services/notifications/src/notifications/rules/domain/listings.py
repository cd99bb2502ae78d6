"""Which mails a listing schedules and cancels. Pure: the same event always schedules the same mails."""

from datetime import datetime, timedelta
from typing import Final

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, date_in_cause
from shared.contract.events.listings import ListingPublished

CLOSING_SOON: Final = timedelta(days=3)
"""How long before a listing's deadline attendees with a match are reminded."""


def on_listing(event: ListingPublished, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A listing was published: attendees to whom it is recommended are reminded before its deadline."""
    about = f"listing/{event.listing_id}"
    cancellation = Cancellation(about, ("listing_closing",))
    if event.deadline is None:
        return ScheduleChanges([cancellation])
    trigger = Trigger(about, f"{about}@{date_in_cause(event.deadline)}", correlation_id, now)
    audience = Audience("recommended", (event.listing_id,))
    details = MailDetails(listing_id=event.listing_id, deadline=event.deadline)
    due_at = event.deadline - CLOSING_SOON
    changes = ScheduleChanges([cancellation])
    changes.remind(trigger.schedule("listing_closing", audience, details, due_at=due_at, until=event.deadline), now)
    return changes


def on_listing_gone(listing_id: str) -> ScheduleChanges:
    """A listing closed: the reminder of its deadline is cancelled."""
    return ScheduleChanges([Cancellation(f"listing/{listing_id}", ("listing_closing",))])
