"""Which mails a placement schedules and cancels. Pure: the same event always schedules the same mails."""

from datetime import datetime

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, one_person
from shared.contract.events.matching import PlacementChanged, PlacementMade


def on_seat(event: PlacementMade, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A seat was given: the attendee and the listing's mentors are introduced to each other."""
    return _introduce(event.placement_id, event.attendee_id, event.listing_id, (), correlation_id, now)


def _introduce(
    placement_id: str, attendee_id: str, listing_id: str, mentors: tuple[str, ...], correlation_id: str, now: datetime
) -> ScheduleChanges:
    about = f"placement/{placement_id}"
    # Without the version: whichever event comes first, everybody is introduced once.
    trigger = Trigger(about, "/".join((about, *sorted(mentors))), correlation_id, now)
    details = MailDetails(listing_id=listing_id, person_id=attendee_id, mentors=mentors)
    audience = Audience("person", mentors) if mentors else Audience("mentors", (listing_id,))
    introductions = [
        trigger.schedule("mentor_introduction", one_person(attendee_id), details),
        trigger.schedule("mentee_introduction", audience, details),
    ]
    return ScheduleChanges(scheduled_mails=introductions)


def placement_state(event: PlacementChanged) -> str:
    """The state of a placement as its mails distinguish it: a confirmed one also by its dates."""
    return f"confirmed/{event.starts or ''}/{event.ends or ''}" if event.state == "confirmed" else event.state


def on_placement(event: PlacementChanged, before: str, correlation_id: str, now: datetime) -> ScheduleChanges:
    """A placement changed. Each of its states causes one mail, however many versions have it; new dates cause another.

    ``before`` is its ``placement_state`` so far; "" if that is not known.
    """
    about, state = f"placement/{event.placement_id}", placement_state(event)
    trigger = Trigger(about, f"{about}@{state}", correlation_id, now)
    attendee = one_person(event.attendee_id)
    details = MailDetails(
        listing_id=event.listing_id,
        person_id=event.attendee_id,
        starts=event.starts,
        ends=event.ends,
        sequence=event.version,
    )
    mentors = tuple(event.mentor_person_ids)
    introduced = _introduce(event.placement_id, event.attendee_id, event.listing_id, mentors, correlation_id, now).scheduled_mails
    match event.state:
        case "confirmed" | "started" if state == before:
            return ScheduleChanges(scheduled_mails=introduced)  # for mentors who are new
        case _ if state == before:
            return ScheduleChanges()
        case "confirmed":
            cancellation = Cancellation(about, ("placement_confirmed", "placement_cancelled"))
            return ScheduleChanges([cancellation], [trigger.schedule("placement_confirmed", attendee, details), *introduced])
        case "started":
            return ScheduleChanges(scheduled_mails=[trigger.schedule("placement_started", attendee, details), *introduced])
        case "completed":
            return ScheduleChanges(scheduled_mails=[trigger.schedule("placement_completed", attendee, details)])
        case "ended":
            kinds = ("placement_confirmed", "placement_started", "mentor_introduction", "mentee_introduction")
            return ScheduleChanges([Cancellation(about, kinds)], [trigger.schedule("placement_cancelled", attendee, details)])
    return ScheduleChanges()
