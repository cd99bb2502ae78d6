"""Which mails each change of a nomination causes, and which it takes back."""

from datetime import datetime
from typing import Any

import pytest

from notifications.rules.domain.nominations import on_nomination
from notifications.rules.domain.progress import Progress, nomination_progress
from notifications.rules.domain.scheduled_mails import Audience, ScheduleChanges
from shared.contract.events.matching import NominationChanged
from support.scheduled import NOW, cancelled, kinds, only

EVERY = {"nomination", "nomination_answered", "nomination_agreed", "nomination_taken_back", "nomination_ended"}


def nomination(version: int = 1, state: str = "proposed", **values: Any) -> NominationChanged:
    data = {"nomination_id": "n1", "version": version, "attendee_id": "ada", "listing_id": "p1", "organization_id": "o1"}
    return NominationChanged.model_validate(data | {"mentor_person_id": "mina", "state": state} | values)


def told(*events: NominationChanged, applied: bool = False) -> ScheduleChanges:
    """What the last of these events leads to."""
    known = Progress("nomination/n1", 0, "", NOW)
    for event in events:
        changes = on_nomination(event, known, "c", NOW, applied=applied)
        known = nomination_progress(event, NOW)
    return changes


def test_the_nominee_alone_hears_of_a_nomination_and_from_whom_it_is() -> None:
    changes = told(nomination())
    asked = only(changes, "nomination")
    assert kinds(changes) == {"nomination"}
    assert asked.audience == Audience("person", ("ada",))
    assert (asked.details.mentors, asked.details.listing_id, asked.about) == (("mina",), "p1", "nomination/n1")
    assert asked.caused_by == "mina", "so that nobody sets off mails without end"


def test_an_agreement_is_told_to_the_host_and_to_the_mentor() -> None:
    changes = told(nomination(), nomination(2, "agreed"))
    assert kinds(changes) == {"nomination_agreed", "nomination_answered"}
    assert only(changes, "nomination_agreed").audience == Audience("host", ("p1",))
    assert only(changes, "nomination_answered").audience == Audience("person", ("mina",))
    assert {scheduled.details.person_id for scheduled in changes.scheduled_mails} == {"ada"}


@pytest.mark.parametrize("before", ["proposed", "agreed"])
@pytest.mark.parametrize(("state", "mails"), [("declined", {"nomination_answered"}), ("withdrawn", {"nomination_ended"})])
def test_each_side_hears_of_the_end_that_the_other_one_made(before: str, state: str, mails: set[str]) -> None:
    changes = told(nomination(2, before), nomination(3, state))
    assert kinds(changes) == mails | ({"nomination_taken_back"} if before == "agreed" else set())
    assert {scheduled.details.answer for scheduled in changes.scheduled_mails} == {state}


def test_both_hear_that_a_nomination_lapsed() -> None:
    changes = told(nomination(), nomination(2, "expired"))
    assert kinds(changes) == {"nomination_answered", "nomination_ended"}
    assert only(changes, "nomination_ended").audience == Audience("person", ("ada",))
    assert only(changes, "nomination_answered").audience == Audience("person", ("mina",))


def test_who_agreed_hears_that_the_programme_closed_unless_their_application_tells_them() -> None:
    closed = nomination(2, "agreed"), nomination(3, "expired")
    assert kinds(told(*closed)) == {"nomination_ended"}
    assert kinds(told(*closed, applied=True)) == set()
    assert kinds(told(nomination(2, "agreed"), nomination(3, "withdrawn"), applied=True)) == {
        "nomination_ended",
        "nomination_taken_back",
    }


@pytest.mark.parametrize("state", ["proposed", "agreed", "declined", "withdrawn", "expired", "else"])
def test_the_host_hears_of_an_agreement_and_that_it_was_taken_back_and_of_no_other_state(state: str) -> None:
    for before in ("proposed", "agreed"):
        changes = told(nomination(1, before), nomination(2, state))
        hosts = [scheduled for scheduled in changes.scheduled_mails if scheduled.audience.group == "host"]
        taken_back = before == "agreed" and state in ("declined", "withdrawn")
        assert [mail.kind.name for mail in hosts] == (
            ["nomination_taken_back"] if taken_back else ["nomination_agreed"] if state == "agreed" != before else []
        )
        assert all((mail.audience.ids, mail.details.answer) == (("p1",), state) for mail in hosts)


@pytest.mark.parametrize("state", ["proposed", "agreed", "declined", "withdrawn", "expired"])
def test_each_state_takes_back_what_was_not_sent_yet_and_tells_it_once(state: str) -> None:
    assert cancelled(told(nomination(1, "else"), nomination(2, state))) == EVERY
    again = told(nomination(2, state), nomination(3, state))
    assert (kinds(again), cancelled(again)) == (set(), set())


@pytest.mark.parametrize("state", ["proposed", "agreed", "declined", "expired"])
def test_a_mentor_who_has_left_gets_no_mail(state: str) -> None:
    changes = told(nomination(1, "else", mentor_person_id=None), nomination(2, state, mentor_person_id=None))
    assert not kinds(changes) & {"nomination", "nomination_answered"}


def test_a_nomination_that_is_made_again_asks_again() -> None:
    first, again = told(nomination()), told(nomination(2, "withdrawn"), nomination(3))
    assert kinds(again) == {"nomination"}
    assert only(again, "nomination").id != only(first, "nomination").id


def test_how_far_a_nomination_has_come_is_known_without_whom_it_is_about() -> None:
    progress = nomination_progress(nomination(2, "agreed"), NOW)
    assert (progress.id, progress.version, progress.state, progress.listing_id) == ("nomination/n1", 2, "agreed", "p1")
    assert progress.attendee_id == "", "a nomination rules out no recommendation"


@pytest.mark.parametrize(
    ("state", "over_at"), [("proposed", None), ("agreed", None), ("declined", NOW), ("withdrawn", NOW), ("expired", NOW)]
)
def test_a_nomination_that_stands_is_kept_however_long_it_takes(state: str, over_at: datetime | None) -> None:
    assert nomination_progress(nomination(2, state), NOW).over_at == over_at
