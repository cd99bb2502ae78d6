"""An application as far as it is known, with which the next event is compared. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from shared.clock import whole_milliseconds
from shared.contract.events.matching import ApplicationChanged, Interview
from shared.wording.dates import Meeting

ENDED: Final = ("withdrawn", "rejected", "declined", "lapsed", "rescinded", "closed", "superseded")
"""The final states of an application. It goes on from some of them: the attendee applies again, or the host makes an offer."""

OPEN_AGAIN: Final = ("lapsed", "rescinded", "closed", "superseded")
"""States after which the listing may be recommended to the attendee again: neither they nor the host said no to it."""


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
    attempt: int = 1
    """How often the attendee has applied."""
    slots: tuple[Meeting, ...] = ()
    """The times for an interview from which the attendee can choose."""
    changed_terms: tuple[str, ...] = ()
    """What changed in the listing since the attendee last confirmed that they want it."""


def application_after(event: ApplicationChanged, known: Application | None, now: datetime) -> Application:
    """The application after the event; ``known`` is the one before."""
    return Application(
        event.application_id,
        event.version,
        event.attendee_id,
        event.listing_id,
        event.state,
        _meeting(event.interview) if event.interview else None,
        f"{event.offer.deadline.astimezone(UTC).isoformat()} {event.offer.starts} {event.offer.ends}" if event.offer else "",
        now,
        {event.state: now} | dict(known.reached if known else {}),
        event.attempt,
        tuple(map(_meeting, event.slots)),
        tuple(event.changed_terms),
    )


def _meeting(interview: Interview) -> Meeting:
    return Meeting(
        whole_milliseconds(interview.starts), whole_milliseconds(interview.ends), interview.place or "", interview.url or ""
    )
