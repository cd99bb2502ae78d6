"""How the expressions of these readers are written: linear, as each repeat is bounded."""

import re


def any_of(*expressions: str, flags: int = 0) -> re.Pattern[str]:
    """One expression for any of these."""
    return re.compile("|".join(expressions), flags)
