"""What is sent about placements: a number is a number, and a yes or no is one."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from matching.placements.domain.requests import Feedback, Gains, Start


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (Start, {"started": "yes"}),
        (Start, {"started": 1}),
        *((Gains, {"skills": [{"term": "NumPy", "level": level}]}) for level in (True, "4", 4.5)),
        *((Feedback, {"moment": "end", "rating": 4, name: 1}) for name in ("completed", "ended_early", "extend", "pay")),
        *((Feedback, {"moment": "middle", "rating": rating}) for rating in (True, "4")),
    ],
)
def test_nothing_is_read_as_what_it_is_not(kind: type[BaseModel], sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"valid (integer|boolean)"):
        kind.model_validate(sent)
