"""The type of all examples, and the ids they share."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Example:
    """One event. ``key`` is the key of its record in Kafka."""

    id: str
    source: str
    time: str
    data: dict[str, Any]
    key: str
    name: str = "full"
    correlation_id: str = ""


ADA: Final = "3b0c7e1f9d2a4c58b6e07f1d8a92c345"
"""The id of a person: a keyed hash of the address, which reveals nothing."""

IDEA: Final = "7d1c2e90b3a84f56a0c9e8d71f2b6430"

MENTOR: Final = "c4d19a7750e84be2a1f36b0d27c8e9f1"
