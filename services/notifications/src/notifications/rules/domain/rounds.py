"""Which mails a match day schedules and cancels. Pure: the same event always schedules the same mails."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, date_in_cause, one_person
from shared.contract.events.matching import OutcomeDecided, RoundChanged

CLOSING_SOON: Final = timedelta(days=2)
"""How long before rankings close hosts are reminded."""

_INVITATIONS: Final = ("round_opened", "round_opened_host")


def on_round(event: RoundChanged, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A match day opened, closed its rankings, published its result, or was cancelled."""
    about = f"round/{event.round_id}"
    trigger = Trigger(about, f"{about}@{event.state}", correlation_id, now)
    details = MailDetails(round_id=event.round_id, round_name=event.name, deadline=event.closes_at)
    hosts = Audience("hosts", tuple(event.listing_ids))
    changes = ScheduleChanges([Cancellation(about, ("round_closing_host",))])
    match event.state:
        case "open":
            changes.scheduled_mails += [
                trigger.schedule("round_opened", _invited(event), details, until=event.closes_at),
                trigger.schedule("round_opened_host", hosts, details, until=event.closes_at),
            ]
            if event.clean_up_of and event.conference_id:
                newcomers = Audience("attended", (event.conference_id,))
                cause = f"{about}@newcomers"
                changes.scheduled_mails.append(
                    trigger.schedule("round_opened", newcomers, details, cause=cause, until=event.closes_at)
                )
            if event.closes_at:
                due_at = event.closes_at - CLOSING_SOON
                cause = f"{about}@closing/{date_in_cause(event.closes_at)}"
                changes.remind(
                    trigger.schedule("round_closing_host", hosts, details, cause=cause, due_at=due_at, until=event.closes_at), now
                )
        case "locked":
            changes.cancellations.append(Cancellation(about, _INVITATIONS))
            ranked = Audience("ranked", (event.round_id,))
            expected = replace(details, expected=event.attendees)
            changes.scheduled_mails.append(trigger.schedule("round_locked", ranked, expected))
        case "published":
            expected = replace(details, expected=event.matched)
            changes.scheduled_mails.append(trigger.schedule("round_result_host", hosts, expected))
        case "cancelled":
            changes.cancellations.append(Cancellation(about, (*_INVITATIONS, "round_locked")))
            changes.scheduled_mails += [
                trigger.schedule("round_cancelled", Audience("concerned", (event.round_id,)), details),
                trigger.schedule("round_cancelled_host", hosts, details),
            ]
    return changes


def _invited(event: RoundChanged) -> Audience:
    """Who may want to rank: of a clean-up round, those who ranked in the first round and have no seat; else the conference's
    attendees; of a round without a conference, those to whom one of its listings is recommended."""
    if event.clean_up_of:
        return Audience("ranked", (event.clean_up_of,))
    if event.conference_id:
        return Audience("attended", (event.conference_id,))
    return Audience("recommended", tuple(event.listing_ids))


def on_outcome(event: OutcomeDecided, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A match day brought an attendee a result."""
    about = f"round/{event.round_id}"
    trigger = Trigger(about, f"outcome/{event.round_id}/{event.attendee_id}@{event.version}", correlation_id, now)
    choices = tuple((choice.listing_id, choice.result) for choice in event.choices)
    free = tuple(event.free_listing_ids)
    details = MailDetails(listing_id=event.listing_id or "", choices=choices, round_id=event.round_id, free=free)
    return ScheduleChanges([], [trigger.schedule("round_result", one_person(event.attendee_id), details)])
