"""The sources of a conference's attendance, their state, and problems that organizers can fix. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from registration.attendance.domain.rejections import Rejection
from registration.attendees.domain.attendance import source_and_id
from registration.conferences.domain import Conference

SILENT_AFTER: Final = timedelta(hours=12)
"""A source that is silent for this long during its conference may have stopped."""

State = Literal["off", "unreachable", "failing", "silent", "new", "working"]
Mend = Literal["use_another_id", "ask_operator", "announce", "correct"]
"""What makes an event recordable: another id; a fix on our side; the announcement of its conference or session; or a
correction by its publisher."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of attendance: a connection, a publisher's key, or an uploaded file."""

    kind: Literal["connection", "key", "file"]
    system: str
    name: str
    state: State
    last: datetime | None = None
    """When it last reported anything."""
    problem: str = ""
    """The error that its system's API returned."""
    problem_at: datetime | None = None
    failed: int = 0
    """Messages that could not be processed and can be retried, up to the counting limit."""


@dataclass(frozen=True, slots=True)
class UnrecordedEvent:
    """An event that was not recorded, with what to do about it."""

    source: str
    id: str
    at: datetime
    reason: str
    mend: Mend


def state_of(
    conference: Conference, now: datetime, last: datetime | None, *, off: bool = False, problem: str = "", failed: int = 0
) -> State:
    """The state of a source."""
    if off:
        return "off"
    if problem:
        return "unreachable"
    if failed:
        return "failing"
    if last is None:
        return "new"
    is_on = conference.starts <= now.date() <= conference.ends
    return "silent" if is_on and now - last > SILENT_AFTER else "working"


def unrecorded(rejections: Sequence[Rejection], recorded: dict[str, bytes]) -> list[UnrecordedEvent]:
    """The rejected events that are still not recorded. ``recorded``: the digests of recorded events, by id."""
    return [
        UnrecordedEvent(*source_and_id(one.id), one.at, one.reason, mend_of(one))
        for one in rejections
        if recorded.get(one.id) is None or (one.is_conflict and recorded[one.id] != one.digest)
    ]


def mend_of(rejection: Rejection) -> Mend:
    """What has to happen before the event can be recorded."""
    if rejection.is_conflict:
        return "use_another_id"
    if rejection.failed:
        return "ask_operator"
    return "announce" if rejection.reason.startswith(("conference unknown", "session unknown")) else "correct"


def can_be_sent_again(mend: Mend) -> bool:
    """Whether the same event can be recorded once something else is fixed."""
    return mend in ("ask_operator", "announce")
