"""What becomes of a nomination by each command, who sees it, and what is told of it."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from matching.nominations.domain import nomination as rules
from matching.nominations.domain.nomination import EVERYBODY, MAX_STEPS, Nomination, Viewer
from matching.nominations.domain.requests import MAX_NOTE
from matching.nominations.domain.transitions import STATES, Command, State
from shared.refusals import Conflict, Stale
from support.nominations import DAY, NOTE, NOW, in_state, programme, proposal, proposed

HOST, NOMINEE, MENTOR = Viewer(hosts={"host"}), Viewer(nominees={"a1"}), Viewer(mentors={"m1"})


def states(nomination: Nomination) -> list[str]:
    return [step.state for step in nomination.history]


def test_a_new_nomination_waits_for_the_nominee() -> None:
    one = proposed()
    assert (one.id, one.version, one.state, one.changed_at) == ("n1", 1, "proposed", NOW)
    assert (one.attendee_id, one.listing_id, one.title) == ("a1", "p1", "Leaders")
    assert (one.host_id, one.host, one.organization_id, one.mentor_person_id) == ("host", "Observatory", "o1", "m1")
    assert one.note == NOTE


@pytest.mark.parametrize("state", ["proposed", "agreed"])
def test_the_same_again_changes_nothing_and_another_word_is_refused(state: State) -> None:
    one = in_state(state)
    assert proposed(one, NOW + DAY) is one
    others: list[dict[str, Any]] = [{"note": "Another word."}, {"organization_id": "o2"}]
    for changes in others:
        with pytest.raises(Conflict, match="withdraw it and nominate again"):
            proposed(one, **changes)


def test_a_mentor_nominates_again_after_a_withdrawal_or_the_end_but_not_after_a_no() -> None:
    for state in ("withdrawn", "expired"):
        before = in_state(state)
        again = proposed(before, NOW + DAY, note="Once more.")
        assert (again.id, again.version, again.state, again.note) == ("n1", before.version + 1, "proposed", "Once more.")
        assert states(again) == [*states(before), "proposed"]
    with pytest.raises(Conflict, match="the nominee's answer is final"):
        proposed(in_state("declined"))


def test_nobody_goes_round_in_circles_for_ever() -> None:
    one = proposed()
    for _ in range(MAX_STEPS // 2 - 1):
        one = proposed(rules.obey(one, "withdraw", None, NOW))
    one = rules.obey(one, "withdraw", None, NOW)
    with pytest.raises(Conflict, match=f"changed {MAX_STEPS} times"):
        proposed(one)


@pytest.mark.parametrize(("command", "state"), [("agree", "agreed"), ("decline", "declined"), ("withdraw", "withdrawn")])
def test_a_command_changes_the_state_once_and_given_again_nothing(command: Command, state: State) -> None:
    before = proposed()
    after = rules.obey(before, command, before.version, NOW + DAY)
    assert (after.state, after.version, states(after)) == (state, 2, ["proposed", state])
    assert rules.obey(after, command, before.version, NOW + DAY) is after
    assert rules.obey(after, command, 7, NOW + DAY) is after


def test_whoever_saw_another_version_decides_nothing() -> None:
    again = proposed(rules.obey(proposed(), "withdraw", None, NOW), note="Another word.")
    for command in ("agree", "decline", "withdraw"):
        with pytest.raises(Stale, match="you saw version 1, it is at version 3"):
            rules.obey(again, command, 1, NOW)


def test_a_nominee_takes_an_agreement_back() -> None:
    after = rules.obey(in_state("agreed"), "decline", 2, NOW)
    assert after.state == "declined"
    with pytest.raises(Conflict):
        rules.obey(after, "agree", 3, NOW)


@pytest.mark.parametrize("state", STATES)
def test_a_nomination_without_its_mentor_has_no_word_of_theirs(state: State) -> None:
    before = in_state(state)
    after = rules.without_mentor(before, NOW)
    assert (after.mentor_person_id, after.note, after.version) == (None, "", before.version + 1)
    assert after.state == ("withdrawn" if state == "proposed" else state)
    assert not MENTOR.is_mentor(after)
    assert not Viewer(organizations={"o1"}).is_mentor(after)
    assert EVERYBODY.is_mentor(after)


@pytest.mark.parametrize("state", STATES)
def test_only_an_agreement_is_there_for_the_host(state: State) -> None:
    one = in_state(state)
    assert NOMINEE.sees(one)
    assert MENTOR.sees(one)
    assert EVERYBODY.sees(one)
    assert Viewer(organizations={"o1"}, hosts={"o1"}).sees(one), "a program acts for the mentors of its organization"
    assert HOST.sees(one) == (state == "agreed")
    others = Viewer(nominees={"a2"}, mentors={"m2"}, organizations={"o2"}, hosts={"o1", "o2"})
    assert not others.sees(one), "nor another mentor of the same organization, nor its other people"
    assert not Viewer().sees(one)


def test_the_event_names_nobody_and_quotes_nothing() -> None:
    event = rules.event_of(in_state("agreed")).model_dump()
    assert event == {
        "nomination_id": "n1",
        "version": 2,
        "attendee_id": "a1",
        "listing_id": "p1",
        "organization_id": "o1",
        "mentor_person_id": "m1",
        "state": "agreed",
    }
    assert rules.event_of(rules.without_mentor(in_state("agreed"), NOW)).mentor_person_id is None


def test_a_nomination_is_made_for_the_programme_as_it_is_now() -> None:
    withdrawn = in_state("withdrawn")
    again = rules.nominate(withdrawn, "n2", proposal(), "m1", programme(title="Leaders 2028"), NOW)
    assert (again.id, again.title) == ("n1", "Leaders 2028")
    assert replace(again, title="Leaders").history[:-1] == withdrawn.history


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "x" * (MAX_NOTE + 1)},
        {"note": "a\x00b"},
        {"note": "a\tb"},
        {"note": "\ud83d"},
        {"note": 5},
        {"listing_id": ""},
        {"attendee_id": {"$ne": ""}},
        {"organization_id": None},
        {"mentor_person_id": "two\nlines"},
        {"score": 1},
    ],
)
def test_what_is_no_proposal_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        proposal(**changes)


def test_a_note_has_line_breaks_and_no_blanks_around_it() -> None:
    assert proposal(note=" One.\r\nTwo. ").note == "One.\nTwo."
    assert proposal(note="x" * MAX_NOTE).note == "x" * MAX_NOTE
    assert proposal(note="").note == ""
