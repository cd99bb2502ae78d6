"""Which mails a nomination schedules and cancels. Pure: the same event always schedules the same mails."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.progress import Progress
from notifications.rules.domain.scheduled_mails import MailDetails, ScheduleChanges, Trigger, listing_host, one_person
from shared.contract.events.matching import NominationChanged

_ALL: Final = ("nomination", "nomination_answered", "nomination_agreed", "nomination_taken_back", "nomination_ended")
"""Each state takes back what the states before it have not sent yet."""


def on_nomination(
    event: NominationChanged, before: Progress, correlation_id: str, now: datetime, *, applied: bool
) -> ScheduleChanges:
    """A nomination changed. Each of its states causes its mails once, however many versions have it.

    The nominee and the mentor hear of each state that the other side or time brought about. The host hears of an agreement and of
    its being taken back, and of nothing else. ``before`` is the nomination so far; its state is "" if it is not known.
    ``applied``: whether the nominee applied for the programme, and so hears of its end by their application.
    """
    if before.state == event.state:
        return ScheduleChanges()
    about = f"nomination/{event.nomination_id}"
    trigger = Trigger(about, f"{about}@{event.version}", correlation_id, now)
    details = MailDetails(listing_id=event.listing_id, person_id=event.attendee_id, answer=event.state)
    nominee, mentor = one_person(event.attendee_id), event.mentor_person_id
    changes = ScheduleChanges([Cancellation(about, _ALL)])
    scheduled = changes.scheduled_mails
    if event.state == "proposed" and mentor:
        asked = replace(details, mentors=(mentor,))
        scheduled.append(trigger.schedule("nomination", nominee, asked, caused_by=mentor))
    if event.state == "agreed":
        scheduled.append(trigger.schedule("nomination_agreed", listing_host(event.listing_id), details))
    if before.state == "agreed" and event.state in ("declined", "withdrawn"):
        scheduled.append(trigger.schedule("nomination_taken_back", listing_host(event.listing_id), details))
    if event.state == "withdrawn" or (event.state == "expired" and not applied):
        scheduled.append(trigger.schedule("nomination_ended", nominee, details))
    lapsed = event.state == "expired" and before.state != "agreed"
    if mentor and (event.state in ("agreed", "declined") or lapsed):
        scheduled.append(trigger.schedule("nomination_answered", one_person(mentor), details))
    return changes
