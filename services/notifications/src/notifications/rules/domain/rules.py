"""Mail rules: which mails an event schedules, and which it cancels. Pure: the same event always schedules the same mails."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from notifications.digest_times import next_window
from notifications.mail.content import Meeting
from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.scheduled_mails import Audience, MailDetails, ScheduleChanges, Trigger, listing_host, one_person
from shared.clock import whole_milliseconds
from shared.contract.events.listings import ListingPublished
from shared.contract.events.matching import ApplicationChanged, OutcomeDecided, PlacementChanged, PlacementMade, RoundChanged

CLOSING_SOON: Final = timedelta(days=3)
"""How long before a listing's deadline attendees with a match are reminded."""
OFFER_REMINDERS: Final = (timedelta(days=3), timedelta(days=1))
"""How long before an offer's deadline its recipient is reminded, unless the next reminder is already due."""

ENDED: Final = ("withdrawn", "rejected", "declined", "lapsed")
"""The final states of an application."""

_OFFER: Final = ("offer", "offer_reminder")
_INVITATIONS: Final = ("interview", "interview_host")


@dataclass(frozen=True, slots=True)
class Application:
    """An application as far as it is known. The next event is compared with it."""

    id: str
    version: int
    attendee_id: str
    listing_id: str
    state: str
    meeting: Meeting | None = None
    offered: str = ""
    """The terms of the offer, which distinguish it from another one; "" if there is none."""
    changed_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    reached: Mapping[str, datetime] = field(default_factory=dict)
    """When it first reached each state."""


def application_after(event: ApplicationChanged, known: Application | None, now: datetime) -> Application:
    """The application after the event; ``known`` is the one before."""
    interview = event.interview
    meeting = (
        Meeting(
            whole_milliseconds(interview.starts),
            whole_milliseconds(interview.ends),
            interview.place or "",
            interview.url or "",
        )
        if interview
        else None
    )
    return Application(
        event.application_id,
        event.version,
        event.attendee_id,
        event.listing_id,
        event.state,
        meeting,
        f"{event.offer.deadline.astimezone(UTC).isoformat()} {event.offer.starts} {event.offer.ends}" if event.offer else "",
        now,
        {event.state: now} | dict(known.reached if known else {}),
    )


def on_application(
    event: ApplicationChanged, known: Application | None, correlation_id: str, now: datetime, zone: str
) -> ScheduleChanges:
    """An application changed. ``known`` is the application before; ``zone`` is the one in which the host's weeks begin."""
    about = f"application/{event.application_id}"
    trigger = Trigger(about, f"{about}@{event.version}", correlation_id, now)
    attendee, host = one_person(event.attendee_id), listing_host(event.listing_id)
    after = application_after(event, known, now)
    details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, sequence=event.version, meeting=after.meeting)
    changes = ScheduleChanges()
    new_state = known is None or known.state != event.state
    ended = event.state in ENDED
    if new_state:
        match event.state:
            case "submitted":
                changes.scheduled_mails += [
                    trigger.schedule("application_sent", attendee, details),
                    trigger.schedule("application_received", host, details, caused_by=event.attendee_id),
                ]
            case "withdrawn":
                changes.cancellations.append(Cancellation(about, ("application_sent", "application_received")))
            case "rejected":
                changes.scheduled_mails.append(trigger.schedule("application_rejected", attendee, details))
            case "accepted" | "declined":
                answer = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, answer=event.state)
                changes.scheduled_mails.append(trigger.schedule("offer_answered", host, answer))
    _schedule_interview(changes, trigger, event, known, after, details, ended)
    _schedule_offer(changes, trigger, event, known, after)
    monday = next_window("weekly", now, timedelta(), zone)
    changes.scheduled_mails.append(
        trigger.schedule(
            "host_summary",
            host,
            MailDetails(listing_id=event.listing_id, until=monday),
            cause=f"summary/{event.listing_id}@{monday:%G-W%V}",
            due_at=monday,
        )
    )
    return changes


def _schedule_interview(
    changes: ScheduleChanges,
    trigger: Trigger,
    event: ApplicationChanged,
    known: Application | None,
    after: Application,
    details: MailDetails,
    ended: bool,
) -> None:
    before = known.meeting if known else None
    meeting = None if ended else after.meeting
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
    for before, after_it in zip(OFFER_REMINDERS, (*OFFER_REMINDERS[1:], timedelta()), strict=True):
        due_at, until = offer.deadline - before, offer.deadline - after_it
        if due_at > trigger.now:
            cause = f"{trigger.cause}/{before.days}d"
            changes.scheduled_mails.append(
                trigger.schedule("offer_reminder", attendee, details, cause=cause, due_at=due_at, until=until)
            )


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
