"""The course of a placement: what each side may say when, and what it changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from matching.placements.domain.course import (
    Speaker,
    complete,
    end_early,
    extend,
    no_show,
    release,
    start,
    start_asked,
)
from matching.placements.domain.placement import Answer, Placement, confirmed, to_be_given
from matching.placements.domain.requests import End
from shared.refusals import Conflict, Invalid, Refusal

FIRST, LAST = date(2027, 3, 1), date(2027, 5, 31)
ATTENDEE, HOST = Speaker("attendee", "attendee"), Speaker("host", "host")
OPERATOR = Speaker("host", "operator")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def planned(**changes: Any) -> Placement:
    dates = {"starts": FIRST, "ends": LAST} | {name: changes.pop(name) for name in ("starts", "ends") if name in changes}
    return replace(confirmed(Placement("p1", "ada", "l1", **dates), noon(date(2027, 1, 4)), "attendee"), **changes)


def started(**changes: Any) -> Placement:
    return replace(start(planned(), HOST, True, noon(FIRST)), **changes)


def answer(side: str, due: date = LAST, **said: Any) -> Answer:
    return Answer("end", side, due, noon(due), rating=4, **said)  # type: ignore[arg-type]


def refused(kind: type[Refusal], text: str, act: Callable[[], object]) -> None:
    with pytest.raises(kind, match=text):
        act()


def end(placement: Placement, speaker: Speaker, now: date, reason: str, last_day: date | None = None) -> Placement:
    request = End.model_validate({"reason": reason, "last_day": last_day, "why": "moves away"})
    return end_early(placement, speaker, request, noon(now))


# The start


def test_both_sides_are_asked_on_the_first_day_and_either_may_say_it_started() -> None:
    assert start_asked(planned(), FIRST - timedelta(1)) == []
    assert start_asked(planned(), FIRST) == start_asked(planned(), LAST) == ["attendee", "host"]
    for speaker in (ATTENDEE, HOST):
        begun = start(planned(), speaker, True, noon(FIRST))
        assert (begun.state, begun.start_said) == ("started", {speaker.side: True})
        assert [(step.state, step.by) for step in begun.history] == [("confirmed", "attendee"), ("started", speaker.side)]
        assert start(begun, speaker, True, noon(LAST)) == begun
        assert start_asked(begun, FIRST) == []


def test_nothing_starts_by_the_calendar_alone() -> None:
    assert planned().state == "confirmed"
    not_yet = start(planned(), HOST, False, noon(FIRST))
    assert (not_yet.state, start_asked(not_yet, FIRST)) == ("confirmed", ["attendee", "host"])
    assert start(not_yet, ATTENDEE, True, noon(FIRST)).start_said == {"host": False, "attendee": True}


def test_a_start_is_said_from_the_first_day_on_wherever_the_day_begins_first() -> None:
    assert start(planned(), HOST, True, noon(FIRST - timedelta(1))).state == "started"
    refused(Conflict, "the first day is 2027-03-01", lambda: start(planned(), HOST, True, noon(FIRST - timedelta(2))))
    refused(Conflict, "was reported as started", lambda: start(started(), ATTENDEE, False, noon(FIRST)))


def test_a_placement_without_a_first_day_has_one_once_it_started() -> None:
    begun = start(planned(starts=None), HOST, True, noon(FIRST))
    assert (begun.starts, set(begun.due)) == (FIRST, {"middle", "end"})


# No-show


def test_a_no_show_ends_it_without_any_feedback_to_give() -> None:
    missed = no_show(planned(), HOST, "nobody came", noon(FIRST))
    assert (missed.state, missed.end_reason, missed.history[-1].reason) == ("ended", "no_show", "nobody came")
    assert to_be_given(missed) == []
    assert no_show(missed, HOST, "again", noon(LAST)) == missed
    # Although the attendee says that they came.
    assert no_show(start(planned(), ATTENDEE, True, noon(FIRST)), HOST, None, noon(FIRST)).state == "ended"


def test_nobody_missed_a_day_that_has_not_come_or_on_which_the_host_saw_them() -> None:
    refused(Conflict, "a no-show can be reported", lambda: no_show(planned(), HOST, None, noon(FIRST - timedelta(1))))
    refused(Conflict, "the host reported that the placement has started", lambda: no_show(started(), HOST, None, noon(FIRST)))
    refused(Conflict, "was completed", lambda: no_show(replace(started(), state="completed"), HOST, None, noon(LAST)))


# Completion


@pytest.mark.parametrize("speaker", [ATTENDEE, HOST, OPERATOR])
def test_it_is_completed_from_its_last_day_on(speaker: Speaker) -> None:
    done = complete(started(), speaker, noon(LAST))
    assert (done.state, done.ends, done.history[-1].by) == ("completed", LAST, speaker.by)
    assert complete(done, HOST, noon(LAST)) == done
    refused(Conflict, "its last day is 2027-05-31", lambda: complete(started(), speaker, noon(LAST - timedelta(2))))
    refused(Conflict, "has not started", lambda: complete(planned(), speaker, noon(LAST)))


def test_a_placement_without_a_last_day_has_one_once_it_is_completed() -> None:
    done = complete(started(ends=None, due={}), HOST, noon(LAST))
    assert (done.ends, done.due["end"]) == (LAST, LAST)


def test_completed_and_ended_early_exclude_each_other() -> None:
    done = complete(started(), HOST, noon(LAST))
    refused(Conflict, "was completed on 2027-05-31", lambda: end(done, HOST, LAST, "by_host"))
    over = end(started(), HOST, date(2027, 4, 1), "by_host")
    refused(Conflict, r"has ended \(by_host\)", lambda: complete(over, HOST, noon(LAST)))
    left = started(answers=(answer("host", ended_early=True),))
    refused(Conflict, "your feedback says that the placement ended early", lambda: complete(left, HOST, noon(LAST)))
    assert complete(left, ATTENDEE, noon(LAST)).state == "completed", "the other side may see it differently"
    stayed = started(answers=(answer("host", completed=True),))
    refused(Conflict, "feedback says that the placement was completed", lambda: end(stayed, HOST, date(2027, 4, 1), "by_host"))


# Early ends


def test_an_early_end_moves_the_last_day_and_asks_for_feedback_of_that_day() -> None:
    given = started(answers=(answer("host"),))
    over = end(given, ATTENDEE, date(2027, 4, 1), "by_attendee")
    assert (over.state, over.end_reason, over.ends) == ("ended", "by_attendee", date(2027, 4, 1))
    assert (over.history[-1].by, over.history[-1].reason) == ("attendee", "moves away")
    assert [(one.moment, one.side, one.due) for one in to_be_given(over)] == [
        ("end", "attendee", date(2027, 4, 1)),
        ("end", "host", date(2027, 4, 1)),
    ]
    assert end(over, HOST, LAST, "by_attendee") == over
    late = end(started(), HOST, date(2027, 5, 1), "agreed", date(2027, 4, 20))
    assert (late.ends, set(late.due)) == (date(2027, 4, 20), {"middle", "end"})


@pytest.mark.parametrize(
    ("last_day", "now", "text"),
    [
        (FIRST - timedelta(1), date(2027, 4, 1), "is before the first day, 2027-03-01"),
        (LAST, LAST, "must be before the planned last day, 2027-05-31"),
        (None, date(2027, 6, 30), "must be before the planned last day, 2027-05-31"),
        (date(2027, 4, 3), date(2027, 4, 1), "is in the future"),
    ],
)
def test_the_last_day_of_an_early_end_makes_sense(last_day: date | None, now: date, text: str) -> None:
    refused(Invalid, text, lambda: end(started(), HOST, now, "by_host", last_day))


def test_a_placement_may_end_before_it_starts() -> None:
    over = end(planned(), HOST, date(2027, 1, 10), "by_host")
    assert (over.state, over.ends, to_be_given(over)) == ("ended", LAST, [])
    refused(Invalid, "has not started; leave it out", lambda: end(planned(), HOST, FIRST, "agreed", FIRST))
    early = start(planned(), HOST, True, noon(FIRST - timedelta(1)))
    assert end(early, HOST, FIRST - timedelta(1), "by_host").ends == FIRST


def test_each_side_ends_for_itself_or_says_that_both_agreed() -> None:
    refused(Invalid, "only the other side can give 'by_attendee'", lambda: end(started(), HOST, FIRST, "by_attendee"))
    refused(Invalid, "only the other side can give 'by_host'", lambda: end(started(), ATTENDEE, FIRST, "by_host"))
    assert end(started(), OPERATOR, FIRST, "by_attendee").end_reason == "by_attendee"


def test_a_seat_of_a_match_day_binds_both_sides_until_an_organizer_releases_them() -> None:
    seat = planned(round_id="r1")
    for speaker in (ATTENDEE, HOST, OPERATOR):
        text = r"only an organizer .* can release the attendee \(POST /rounds/r1/placements/ada/release\)"
        refused(Conflict, text, lambda speaker=speaker: end(seat, speaker, FIRST, "agreed"))  # type: ignore[misc]
    freed = release(seat, "by_attendee", "ill", noon(date(2027, 1, 10)))
    assert (freed.state, freed.end_reason, freed.history[-1].by, freed.history[-1].reason) == (
        "ended",
        "by_attendee",
        "organizer",
        "ill",
    )
    assert release(freed, "by_attendee", "ill", noon(FIRST)) == freed
    begun = start(seat, HOST, True, noon(FIRST))
    refused(Conflict, "only the host or the attendee can end it", lambda: release(begun, "agreed", "late", noon(FIRST)))
    assert end(begun, ATTENDEE, date(2027, 4, 1), "by_attendee").state == "ended"


# Extensions


def test_feedback_that_was_given_for_the_old_last_day_is_asked_for_again_after_an_extension() -> None:
    """outreachy#341: after an extension, the feedback form of the old end still counted as filled in."""
    given = started(answers=(answer("host", completed=True), answer("attendee", completed=True)))
    assert [one.moment for one in to_be_given(given)] == ["middle", "middle"]
    longer = extend(given, date(2027, 6, 30), noon(date(2027, 5, 20)))
    assert (longer.ends, longer.due) == (date(2027, 6, 30), {"middle": date(2027, 4, 15), "end": date(2027, 6, 30)})
    assert [(one.moment, one.side, one.due) for one in to_be_given(longer) if one.moment == "end"] == [
        ("end", "attendee", date(2027, 6, 30)),
        ("end", "host", date(2027, 6, 30)),
    ]
    assert longer.answers == given.answers, "what was said stays"
    assert extend(longer, date(2027, 6, 30), noon(LAST)) == longer


def test_an_extension_moves_every_later_date() -> None:
    assert extend(planned(), date(2027, 6, 30), noon(FIRST)).due == {"middle": date(2027, 4, 30), "end": date(2027, 6, 30)}
    assert extend(planned(ends=None, due={}), LAST, noon(FIRST)).due == {"middle": date(2027, 4, 15), "end": LAST}


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        (FIRST - timedelta(1), "is before the first day, 2027-03-01"),
        (LAST - timedelta(1), "is before the current last day, 2027-05-31; to shorten the placement, end it early"),
        (date(2030, 1, 1), "an extension adds at most two years"),
    ],
)
def test_an_extension_makes_sense(ends: date, text: str) -> None:
    refused(Invalid, text, lambda: extend(started(), ends, noon(FIRST)))


def test_what_is_over_is_not_extended() -> None:
    for over in (complete(started(), HOST, noon(LAST)), end(started(), HOST, date(2027, 4, 1), "by_host")):
        refused(Conflict, "the placement (was completed|has ended)", lambda over=over: extend(over, date(2027, 7, 1), noon(LAST)))  # type: ignore[misc]
