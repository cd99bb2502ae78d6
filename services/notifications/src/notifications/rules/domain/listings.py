"""Which mails a listing schedules and cancels. Pure: the same event always schedules the same mails."""

from datetime import datetime, timedelta
from typing import Final

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, date_in_cause, one_person
from shared.contract.events.listings import ListingPublished

CLOSING_SOON: Final = timedelta(days=3)
"""How long before a listing's deadline attendees with a match are reminded."""


def on_listing(event: ListingPublished, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A listing was published: attendees to whom it is recommended are reminded before its deadline, and the author of the idea
    that it was is told that it is open."""
    about = f"listing/{event.listing_id}"
    changes = ScheduleChanges([Cancellation(about, ("listing_closing",))])
    if event.deadline is not None:
        trigger = Trigger(about, f"{about}@{date_in_cause(event.deadline)}", correlation_id, now)
        audience = Audience("recommended", (event.listing_id,))
        details = MailDetails(listing_id=event.listing_id, deadline=event.deadline)
        due_at = event.deadline - CLOSING_SOON
        changes.remind(trigger.schedule("listing_closing", audience, details, due_at=due_at, until=event.deadline), now)
    if event.idea_author_id and event.approved:
        # Without the version: once, however often the listing changes.
        trigger, author = Trigger(about, f"{about}@author", correlation_id, now), one_person(event.idea_author_id)
        details = MailDetails(listing_id=event.listing_id, until=event.author_only_until)
        changes.scheduled_mails.append(trigger.schedule("idea_published", author, details, until=event.deadline))
    return changes


def on_listing_gone(listing_id: str) -> ScheduleChanges:
    """A listing closed: mails that invite to apply are cancelled."""
    return ScheduleChanges([Cancellation(f"listing/{listing_id}", ("listing_closing", "idea_published"))])
