"""The length of abstracts of sessions, and how a longer one is shortened."""

from typing import Final

MAX_ABSTRACT: Final = 2000
"""The most characters of one abstract."""


def shortened(text: str, max_length: int) -> str:
    """The text, or as many of its first words as fit, with an ellipsis."""
    if len(text) <= max_length:
        return text
    beginning = text[:max_length]  # one character more than fits beside the ellipsis
    space = max(beginning.rfind(" "), beginning.rfind("\n"))
    # Not every script has spaces between words.
    words = beginning[: space if space >= max_length // 2 else -1].rstrip()
    return f"{words}…" if words else ""
