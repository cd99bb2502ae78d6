"""Abstracts of sessions: how long one may be, and how a longer one is cut."""

from typing import Final

MAX_ABSTRACT: Final = 2000
"""Characters of one abstract."""


def shortened(text: str, most: int) -> str:
    """The text if it has at most so many characters; else its first words, with an ellipsis."""
    if len(text) <= most:
        return text
    beginning = text[:most]  # one more than can stay, as the ellipsis takes one
    space = max(beginning.rfind(" "), beginning.rfind("\n"))
    # Not every script has spaces between words.
    words = beginning[: space if space >= most // 2 else -1].rstrip()
    return f"{words}…" if words else ""
