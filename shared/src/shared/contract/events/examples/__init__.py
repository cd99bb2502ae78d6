"""Examples of every event type: one with every field and, where it helps, one with only the required fields.

They are part of the contract: published with it, shown to publishers, and valid for ever.
"""

from typing import Final

from shared.contract.events.examples import attendance, listings, matching, notifications, registration
from shared.contract.events.examples.example import Example

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = (
    attendance.EXAMPLES | registration.EXAMPLES | listings.EXAMPLES | matching.EXAMPLES | notifications.EXAMPLES
)
"""The examples of each type; the first one has every field."""

__all__ = ["EXAMPLES", "Example"]
