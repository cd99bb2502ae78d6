"""The course of a placement: how it starts, is extended and ends. Pure.

    confirmed → started → completed
    confirmed | started → ended (early)

Each function takes a placement and returns the changed one. Repeating one changes nothing. They raise ``Conflict`` and
``Invalid``.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from matching.placements.domain.placement import (
    SIDES,
    Answer,
    By,
    EndReason,
    Moment,
    Placement,
    PlacementStep,
    Side,
    with_due_dates,
)
from matching.placements.domain.requests import End
from shared.refusals import Conflict, Invalid
from shared.worded import Worded

ELSEWHERE: Final = timedelta(days=1)
"""How much earlier than in UTC a day may begin elsewhere."""
LONGEST_EXTENSION: Final = timedelta(days=731)


class Speaker(NamedTuple):
    """The side for which somebody speaks, and who they are."""

    side: Side
    by: By


def start(placement: Placement, speaker: Speaker, started: bool, now: datetime) -> Placement:
    """Record whether it has started. Either side's word is enough; reaching the first day is not."""
    said = {**placement.start_said, speaker.side: started}
    if placement.state == "ended":
        raise Conflict(_over(placement))
    if placement.state != "confirmed":
        if not started:
            raise Conflict(Worded("the placement was reported as started; if it has to end early, end it"))
        return replace(placement, start_said=said)
    if placement.starts and now.date() < placement.starts - ELSEWHERE:
        raise Conflict(
            Worded("the first day is %(starts)s; from then on, report whether the placement has started", starts=placement.starts)
        )
    if not started:
        return replace(placement, start_said=said)
    begun = placement if placement.starts else with_due_dates(replace(placement, starts=_no_later(now.date(), placement.ends)))
    return _step(replace(begun, state="started", start_said=said), speaker.by, now)


def start_asked(placement: Placement, today: date) -> list[Side]:
    """The sides to ask whether it has started: from the first day on, those that have not said yes."""
    if placement.state != "confirmed" or (placement.starts and today < placement.starts):
        return []
    return [side for side in SIDES if not placement.start_said.get(side)]


def no_show(placement: Placement, speaker: Speaker, why: str | None, now: datetime) -> Placement:
    """End it because the attendee did not come."""
    if placement.end_reason == "no_show":
        return placement
    _check_live(placement)
    if placement.start_said.get("host"):
        raise Conflict(
            Worded("the host reported that the placement has started; if the attendee has stayed away since, end it early")
        )
    if placement.starts and now.date() < placement.starts:
        raise Conflict(Worded("the first day is %(starts)s; a no-show can be reported from then on", starts=placement.starts))
    return _ended(replace(placement, due={}), "no_show", speaker.by, why, now)


def complete(placement: Placement, speaker: Speaker, now: datetime) -> Placement:
    """Record that it came to its end as planned."""
    if placement.state == "completed":
        return placement
    _check_live(placement)
    if placement.state == "confirmed":
        raise Conflict(Worded("the placement has not started; report its start first"))
    today = now.date()
    if placement.ends and today < placement.ends - ELSEWHERE:
        raise Conflict(Worded("its last day is %(ends)s; complete it then, or end it early", ends=placement.ends))
    if (said := _last_word(placement, speaker.side)) and said.ended_early:
        raise Conflict(
            Worded("your feedback says that the placement ended early; correct the feedback first, or end the placement early")
        )
    done = placement if placement.ends else with_due_dates(replace(placement, ends=_no_earlier(today, placement.starts)))
    return _step(replace(done, state="completed"), speaker.by, now)


def end_early(placement: Placement, speaker: Speaker, request: End, now: datetime) -> Placement:
    """End it early. Final feedback is due on its last day, even if it was given for the planned one."""
    if placement.end_reason == request.reason:
        return placement
    _check_live(placement)
    _check_reason(request.reason, speaker)
    if placement.state == "confirmed":
        if placement.round_id is not None:
            raise Conflict(
                Worded(
                    "this seat of a match day binds both sides; until the placement starts, only an organizer of the "
                    "conference can release the attendee (POST /rounds/%(round_id)s/placements/%(attendee_id)s/release)",
                    round_id=placement.round_id,
                    attendee_id=placement.attendee_id,
                )
            )
        if request.last_day:
            raise Invalid("last_day", Worded("does not apply: the placement has not started; leave it out"))
        return _ended(replace(placement, due={}), request.reason, speaker.by, request.why, now)
    if (said := _last_word(placement, speaker.side)) and said.completed:
        raise Conflict(
            Worded("your feedback says that the placement was completed; correct the feedback first, or complete the placement")
        )
    last_day = _last_day(placement, request.last_day, now.date())
    due: dict[Moment, date] = {moment: day for moment, day in placement.due.items() if moment == "middle" and day <= last_day}
    shortened = replace(placement, ends=last_day, due={**due, "end": last_day})
    return _ended(shortened, request.reason, speaker.by, request.why, now)


def release(placement: Placement, reason: EndReason, why: str, now: datetime) -> Placement:
    """Release the attendee from a seat of a match day, as an organizer, before it starts."""
    if placement.end_reason == reason:
        return placement
    _check_live(placement)
    if placement.state != "confirmed":
        raise Conflict(Worded("the placement has started; only the host or the attendee can end it now"))
    return _ended(replace(placement, due={}), reason, "organizer", why, now)


def extend(placement: Placement, ends: date, now: datetime) -> Placement:
    """Move the last day, and the days on which feedback is due. Feedback given for the old day is requested again."""
    if ends == placement.ends:
        return placement
    _check_live(placement)
    if placement.starts and ends < placement.starts:
        raise Invalid("ends", Worded("is before the first day, %(starts)s", starts=placement.starts))
    if placement.ends and ends < placement.ends:
        raise Invalid(
            "ends",
            Worded("is before the current last day, %(ends)s; to shorten the placement, end it early", ends=placement.ends),
        )
    latest = (placement.ends or placement.starts or now.date()) + LONGEST_EXTENSION
    if ends > latest:
        raise Invalid(
            "ends", Worded("is too late: an extension adds at most two years; choose a day up to %(latest)s", latest=latest)
        )
    extended = with_due_dates(replace(placement, ends=ends))
    middle = placement.due.get("middle")
    if middle and middle <= now.date():  # it has passed, so it stays unchanged
        extended = replace(extended, due={**extended.due, "middle": middle})
    return extended


def started_ever(placement: Placement) -> bool:
    return any(step.state == "started" for step in placement.history)


def _check_live(placement: Placement) -> None:
    if not placement.live:
        raise Conflict(_over(placement))


def _over(placement: Placement) -> Worded:
    if placement.state == "completed":
        return Worded("the placement was completed on %(ends)s; it can no longer end early or continue", ends=placement.ends)
    return Worded("the placement has ended (%(end_reason)s)", end_reason=placement.end_reason)


def _check_reason(reason: EndReason, speaker: Speaker) -> None:
    other: dict[Side, EndReason] = {"attendee": "by_host", "host": "by_attendee"}
    if speaker.by == speaker.side and reason == other[speaker.side]:
        raise Invalid(
            "reason",
            Worded("only the other side can give %(reason)s; give by_%(side)s or agreed", reason=repr(reason), side=speaker.side),
        )


def _last_day(placement: Placement, given: date | None, today: date) -> date:
    last_day = given or today
    if placement.ends and last_day >= placement.ends:
        raise Invalid(
            "last_day",
            Worded(
                "must be before the planned last day, %(ends)s; from then on, complete the placement instead", ends=placement.ends
            ),
        )
    if last_day > today + ELSEWHERE:
        raise Invalid("last_day", Worded("is in the future; end the placement on that day"))
    if placement.starts and last_day < placement.starts:
        if given is None:  # started before its first day
            return placement.starts
        raise Invalid("last_day", Worded("is before the first day, %(starts)s", starts=placement.starts))
    return last_day


def _last_word(placement: Placement, side: Side) -> Answer | None:
    """The side's final feedback, for the day on which it is now due."""
    answers: Sequence[Answer] = [one for one in placement.answers if one.moment == "end" and one.side == side]
    return next((one for one in answers if one.due == placement.due.get("end")), None)


def _ended(placement: Placement, reason: EndReason, by: By, why: str | None, now: datetime) -> Placement:
    return _step(replace(placement, state="ended", end_reason=reason), by, now, why)


def _step(placement: Placement, by: By, now: datetime, why: str | None = None) -> Placement:
    return replace(placement, history=(*placement.history, PlacementStep(placement.state, now, by, why)))


def _no_later(day: date, most: date | None) -> date:
    return min(day, most) if most else day


def _no_earlier(day: date, least: date | None) -> date:
    return max(day, least) if least else day
