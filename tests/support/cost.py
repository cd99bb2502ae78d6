"""What work costs, in processor time of the thread that does it: others on the machine change that little, but they do change it."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import pytest

Result = TypeVar("Result")

TRIES: Final = 3
"""A busy machine makes a processor slow for a while, or garbage of other tests is collected. What is too much is so each time."""


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Does the work and gives its result, or raises what it raises.

    The test fails where it takes more than ``seconds`` of the processor in each of some tries.
    """
    taken: list[float] = []
    while len(taken) < TRIES:
        began = time.thread_time()
        result = _outcome(work)
        taken.append(time.thread_time() - began)
        if taken[-1] <= seconds:
            return result()
    pytest.fail(f"it took {', '.join(f'{one:.2f}' for one in taken)} s of the processor each time, and may take {seconds} s")


def _outcome(work: Callable[[], Result]) -> Callable[[], Result]:
    """What gives the result of the work, or raises its error."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - raised where it is asked for
        raised = error

        def fail() -> Result:
            raise raised

        return fail
    return lambda: result
