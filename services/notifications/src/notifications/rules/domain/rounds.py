"""Which mails a match day schedules and cancels. Pure: the same event always schedules the same mails."""

from dataclasses import replace
from datetime import datetime

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, one_person
from shared.contract.events.matching import OutcomeDecided, RoundChanged


def on_round(event: RoundChanged, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A match day opened, closed its rankings, or was cancelled."""
    about = f"round/{event.round_id}"
    trigger = Trigger(about, f"{about}@{event.state}", correlation_id, now)
    details = MailDetails(round_name=event.name, deadline=event.closes_at, expected=event.attendees)
    match event.state:
        case "open":
            before = event.clean_up_of  # a clean-up round is for attendees who ranked in that round and have no seat
            audience = Audience("ranked", (before,)) if before else Audience("recommended", tuple(event.listing_ids))
            return ScheduleChanges(
                scheduled_mails=[trigger.schedule("round_opened", audience, replace(details, expected=0), until=event.closes_at)]
            )
        case "locked":
            ranked = Audience("ranked", (event.round_id,))
            return ScheduleChanges([Cancellation(about, ("round_opened",))], [trigger.schedule("round_locked", ranked, details)])
        case "cancelled":
            return ScheduleChanges([Cancellation(about, ("round_opened", "round_locked"))])
    return ScheduleChanges()


def on_outcome(event: OutcomeDecided, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A match day brought an attendee a result."""
    about = f"round/{event.round_id}"
    trigger = Trigger(about, f"outcome/{event.round_id}/{event.attendee_id}@{event.version}", correlation_id, now)
    choices = tuple((choice.listing_id, choice.result) for choice in event.choices)
    details = MailDetails(listing_id=event.listing_id or "", choices=choices, round_id=event.round_id)
    return ScheduleChanges([], [trigger.schedule("round_result", one_person(event.attendee_id), details)])
