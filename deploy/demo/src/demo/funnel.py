"""The funnel: how many people came how far, as matching's insight says, compared with what the demo's people did. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

STEPS = (
    "came",
    "agreed",
    "recommended",
    "opened",
    "applied",
    "interviewed",
    "offered",
    "accepted",
    "started",
    "completed",
    "hired",
)
_FROM_APPLYING_ON = STEPS[STEPS.index("applied") :]
_APPLICATIONS = {"submitted": "applied", "interview": "interviewed", "offered": "offered"}
_PLACEMENTS = {"confirmed": "accepted", "started": "started", "completed": "completed"}


def steps_of(insight: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of all people together, by the names in `STEPS`; small ones are hidden."""
    [row] = [row for row in insight["funnel"] if row["by"] == "all"]
    return {step: row["steps"][step] for step in STEPS}


def people(applications: Iterable[Mapping[str, Any]], placements: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many people reached each step from applying on, counted from the histories of applications and placements."""
    reached: dict[str, set[str]] = {step: set() for step in _FROM_APPLYING_ON}
    for things, names in ((applications, _APPLICATIONS), (placements, _PLACEMENTS)):
        for one in things:
            for step in one["history"]:
                if step["state"] in names:
                    reached[names[step["state"]]].add(one["attendee_id"])
            if one.get("hire"):
                reached["hired"].add(one["attendee_id"])
    return {step: len(ids) for step, ids in reached.items()}


def complaints(steps: Mapping[str, Any], counted: Mapping[str, int]) -> list[str]:
    """Where the funnel differs from what was counted, and if nobody came to its end."""
    wrong = [
        f"the funnel has {steps[step]} people who were {step}, but it should have {number}"
        for step, number in counted.items()
        if steps[step] != ("<3" if 0 < number < 3 else number)
    ]
    return [*wrong, *([] if counted["hired"] else ["nobody was hired"])]


def shown(steps: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    """Each step with its number and a bar of at most 30 characters."""
    most = max((number for number in steps.values() if isinstance(number, int)), default=0) or 1
    return [
        (step, "?" if number is None else str(number), "█" * round(30 * number / most) if isinstance(number, int) else "")
        for step, number in steps.items()
    ]
