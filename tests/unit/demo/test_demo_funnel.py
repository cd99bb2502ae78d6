"""The funnel of the demo: counted from histories, compared with what insight says, and shown."""

from typing import Any

import pytest

from demo.funnel import STEPS, complaints, people, shown, steps_of
from matching.insight.domain.figures import Steps


def thing(attendee_id: str, *states: str, **more: Any) -> dict[str, Any]:
    return {"attendee_id": attendee_id, "history": [{"state": state} for state in states], **more}


APPLICATIONS = [
    thing("ada", "submitted", "screening", "interview", "offered", "accepted"),
    thing("ada", "submitted", "superseded"),
    thing("bob", "submitted", "screening", "interview", "rejected"),
    thing("eve", "submitted", "offered", "lapsed"),
]
PLACEMENTS = [thing("ada", "confirmed", "started", "completed", hire={"role": "Engineer"}), thing("eve", "confirmed", hire=None)]
COUNTED = {"applied": 3, "interviewed": 2, "offered": 2, "accepted": 2, "started": 1, "completed": 1, "hired": 1}


def insight(**changed: Any) -> dict[str, Any]:
    numbers = {step: COUNTED.get(step, 9) for step in STEPS}
    steps = {step: "<3" if number < 3 else number for step, number in numbers.items()} | changed
    return {"funnel": [{"by": "host", "steps": {}}, {"by": "all", "steps": steps}]}


def test_the_steps_are_those_of_insight() -> None:
    assert tuple(Steps.model_fields) == STEPS


def test_people_are_counted_once_by_their_history_and_not_by_what_is_so_now() -> None:
    assert people(APPLICATIONS, PLACEMENTS) == COUNTED


def test_a_funnel_that_says_the_same_is_not_complained_about() -> None:
    assert complaints(steps_of(insight()), COUNTED) == []


@pytest.mark.parametrize(("step", "number"), [("applied", 4), ("hired", 0), ("interviewed", 3)])
def test_a_funnel_that_says_something_else_is_complained_about(step: str, number: int) -> None:
    [complaint] = complaints(steps_of(insight(**{step: number})), COUNTED)
    assert complaint.startswith(f"the funnel has {number} people who were {step}")


def test_it_is_complained_about_if_nobody_was_hired() -> None:
    nobody = COUNTED | {"hired": 0}
    assert complaints(steps_of(insight(hired=0)), nobody) == ["nobody was hired"]


def test_each_step_is_shown_with_a_bar_that_does_not_tell_small_numbers() -> None:
    rows = {step: (number, len(bar)) for step, number, bar in shown(steps_of(insight(came=90, agreed=None)))}
    assert (rows["came"], rows["agreed"], rows["applied"], rows["hired"]) == (("90", 30), ("?", 0), ("3", 1), ("<3", 0))
