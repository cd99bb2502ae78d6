"""Which mail an invitation to apply schedules. Pure: the same event always schedules the same mail."""

from datetime import datetime

from notifications.rules.domain.scheduled_mails import MailDetails, ScheduleChanges, Trigger, one_person
from shared.contract.events.matching import InvitationSent


def on_invitation(event: InvitationSent, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A host invited an attendee to apply. Whether the listing still takes applications is checked when the mail is written."""
    about = f"invitation/{event.invitation_id}"
    trigger = Trigger(about, about, correlation_id, now)
    details = MailDetails(listing_id=event.listing_id)
    return ScheduleChanges(scheduled_mails=[trigger.schedule("invitation", one_person(event.attendee_id), details)])
