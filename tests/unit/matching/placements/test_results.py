"""What comes of a placement: feedback that does not contradict itself, skills that both sides agree on, a hire."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from matching.engine.vocabulary import Vocabulary
from matching.placements.domain.course import Speaker, complete, end_early, no_show, start
from matching.placements.domain.placement import Placement, confirmed, to_be_given
from matching.placements.domain.requests import Confirmation, End, Feedback, Gains, Hiring
from matching.placements.domain.results import confirm_skills, give_feedback, hire, name_gains
from shared.refusals import Conflict, Invalid

FIRST, LAST = date(2027, 3, 1), date(2027, 5, 31)
BEGIN, FINISH = datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2027, 5, 31, 12, tzinfo=UTC)
ATTENDEE, HOST = Speaker("attendee", "attendee"), Speaker("host", "host")
PLANNED = confirmed(Placement("p1", "ada", "l1", starts=FIRST, ends=LAST), BEGIN, "attendee")
STARTED = start(PLANNED, HOST, True, BEGIN)
COMPLETED = complete(STARTED, HOST, FINISH)
LEFT = end_early(STARTED, HOST, End(reason="by_host"), BEGIN.replace(month=4))


@pytest.fixture(scope="module")
def terms() -> Vocabulary:
    return Vocabulary.load()


def said(placement: Placement, speaker: Speaker, moment: str = "end", **answers: Any) -> Placement:
    return give_feedback(placement, speaker, Feedback.model_validate({"moment": moment, "rating": 4} | answers), FINISH)


def test_each_side_gives_feedback_in_the_middle_and_at_the_end() -> None:
    placement = STARTED
    for speaker in (ATTENDEE, HOST):
        placement = said(placement, speaker, "middle")
        placement = said(placement, speaker, completed=True)
    assert to_be_given(placement) == []
    assert [(one.moment, one.side, one.due) for one in placement.answers] == [
        (moment, side, day) for side in ("attendee", "host") for moment, day in (("middle", date(2027, 4, 15)), ("end", LAST))
    ]


def test_feedback_said_again_changes_nothing_and_said_differently_replaces_it() -> None:
    once = said(STARTED, HOST, completed=True, comment="Went well.")
    again = give_feedback(once, HOST, Feedback(moment="end", rating=4, completed=True, comment="Went well."), BEGIN)
    assert again == once
    other = said(once, HOST, completed=False)
    assert [one.completed for one in other.answers] == [False]


@pytest.mark.parametrize(
    ("speaker", "answers", "field"),
    [
        (HOST, {"completed": True, "ended_early": True}, "ended_early"),
        (HOST, {"completed": True, "extend": True}, "extend"),
        (HOST, {"ended_early": True, "extend": True}, "extend"),
        (ATTENDEE, {"completed": True, "pay": True}, "pay"),
        (HOST, {}, "completed"),
        (HOST, {"moment": "middle", "completed": False}, "completed"),
    ],
)
def test_contradictions_are_refused_with_the_reason(speaker: Speaker, answers: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        said(STARTED, speaker, **answers)
    assert refusal.value.field == field
    assert refusal.value.detail.startswith(("contradicts", "belongs", "is asked", "is missing"))


@pytest.mark.parametrize("moment", ["middle", "end"])
def test_pay_and_an_early_end_exclude_each_other(moment: str) -> None:
    """outreachy#293: a mentor could ask to pay an intern and to terminate the internship in one form."""
    with pytest.raises(Invalid, match=r"pay: contradicts .ended_early."):
        said(STARTED, HOST, moment, pay=True, ended_early=True)
    assert said(STARTED, HOST, moment, pay=False, ended_early=True).answers[-1].pay is False
    more = {"completed": True} if moment == "end" else {}
    assert said(STARTED, HOST, moment, pay=True, **more).answers[-1].pay is True


@pytest.mark.parametrize(
    ("placement", "answers", "text"),
    [
        (LEFT, {"completed": True}, r"completed: contradicts the placement, which ended early, on 2027-04-01 \(by_host\)"),
        (LEFT, {"ended_early": False}, "ended_early: contradicts the placement, which ended early"),
        (LEFT, {"completed": False, "extend": True}, "extend: is too late"),
        (COMPLETED, {"ended_early": True}, "ended_early: contradicts the placement, which was completed on 2027-05-31"),
        (COMPLETED, {"completed": False}, "completed: contradicts the placement, which was completed"),
    ],
)
def test_feedback_does_not_contradict_what_became_of_the_placement(
    placement: Placement, answers: dict[str, Any], text: str
) -> None:
    with pytest.raises(Invalid, match=text):
        said(placement, ATTENDEE, **answers)


def test_there_is_nothing_to_say_about_what_never_started() -> None:
    for placement in (PLANNED, no_show(PLANNED, HOST, None, BEGIN)):
        with pytest.raises(Conflict, match="has not started"):
            said(placement, HOST, "middle")
        with pytest.raises(Conflict, match="has not started"):
            hire(placement, HOST, Hiring(role="Engineer", starts=LAST))


@pytest.mark.parametrize("comment", ["x" * 2001, "a\x00b", "a\x1b[31m", "x" * 10_000_000])
def test_a_comment_is_short_plain_text(comment: str) -> None:
    with pytest.raises(ValidationError, match=r"at most 2,000 characters|control characters"):
        Feedback(moment="middle", rating=3, comment=comment)
    assert Feedback(moment="middle", rating=3, comment=" Two\r\nlines ").comment == "Two\nlines"


def test_the_host_names_skills_and_the_attendee_confirms_some(terms: Vocabulary) -> None:
    gains = Gains.model_validate(
        {"skills": [{"term": "Kubernetes", "level": 3}, {"term": "Star maps"}], "remark": "Ada excelled."}
    )
    named = name_gains(COMPLETED, gains, terms)
    assert [(skill.term, skill.level, skill.confirmed) for skill in named.skills] == [
        ("Kubernetes", 3, False),
        ("Star maps", None, False),
    ]
    assert named.remark == "Ada excelled."
    agreed = confirm_skills(named, Confirmation(terms=["k8s"]), terms)
    assert [skill.confirmed for skill in agreed.skills] == [True, False]
    assert confirm_skills(agreed, Confirmation(terms=["Kubernetes"]), terms) == agreed
    assert name_gains(agreed, gains, terms) == agreed, "said again, it stays confirmed"
    raised = name_gains(agreed, Gains.model_validate({"skills": [{"term": "Kubernetes", "level": 5}]}), terms)
    assert [(skill.level, skill.confirmed) for skill in raised.skills] == [(5, False)], "nobody confirmed that level"
    assert raised.remark is None


def test_skills_that_make_no_sense_are_refused(terms: Vocabulary) -> None:
    for skills, text in (
        ([{"term": "k8s"}, {"term": "Kubernetes"}], "'Kubernetes' is the same as 'k8s'"),
        ([{"term": "!!!"}], "'!!!' contains no word"),
    ):
        with pytest.raises(Invalid, match=text):
            name_gains(COMPLETED, Gains.model_validate({"skills": skills}), terms)
    with pytest.raises(Conflict, match="has not named any skills yet"):
        confirm_skills(COMPLETED, Confirmation(terms=["Python"]), terms)
    named = name_gains(LEFT, Gains.model_validate({"skills": [{"term": "Python"}]}), terms)
    with pytest.raises(Invalid, match="terms: the host did not name 'Rust'; confirm only skills that it named: Python"):
        confirm_skills(named, Confirmation(terms=["Python", "Rust"]), terms)
    for early in (PLANNED, STARTED):
        with pytest.raises(Conflict, match="once the placement is over"):
            name_gains(early, Gains(skills=[]), terms)


def test_a_hire_says_which_side_said_it() -> None:
    hired = hire(COMPLETED, HOST, Hiring(role="Data engineer", starts=date(2027, 9, 1)))
    assert hired.hire
    assert (hired.hire.role, hired.hire.said_by) == ("Data engineer", "host")
    assert hire(hired, ATTENDEE, Hiring(role="Data engineer", starts=date(2027, 9, 1))) == hired
    corrected = hire(hired, ATTENDEE, Hiring(role="Engineer", starts=date(2027, 9, 1))).hire
    assert corrected
    assert corrected.said_by == "attendee"
    with pytest.raises(Invalid, match="starts: is before the first day of the placement"):
        hire(replace(COMPLETED), HOST, Hiring(role="x", starts=date(2027, 2, 28)))


@pytest.mark.parametrize("starts", ["1999-12-31", "2100-01-01", "31/12/2027", "20270901", 17])
def test_a_day_is_plausible(starts: object) -> None:
    with pytest.raises(ValidationError):
        Hiring.model_validate({"role": "x", "starts": starts})
