"""Regular expressions of these readers. They take linear time, as each repeat is bounded."""

import re


def any_of(*expressions: str, flags: int = 0) -> re.Pattern[str]:
    """One expression that matches any of these."""
    return re.compile("|".join(expressions), flags)
