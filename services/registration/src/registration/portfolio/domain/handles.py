"""Handles: the names by which portfolios are found. Pure."""

import re
from typing import Final

PATTERN: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
SHORTEST: Final = 3
LONGEST: Final = 40
MOST_HANDLES: Final = 5
"""The most handles that a person ever has: nobody else can get one that was theirs."""

_ALIKE: Final = str.maketrans("013458i", "oleasbl", "-")
"""Characters that look like another one, and hyphens, which are easily overlooked."""
_ALIKE_TOGETHER: Final = (("rn", "m"), ("vv", "w"))
_PLATFORM: Final = (
    "about", "admin", "administrator", "api", "badges", "contact", "credentials", "desk", "help", "host", "info", "issuer",
    "legal", "mail", "me", "moderator", "official", "operator", "opportunity-desk", "organizer", "portfolio", "portfolios",
    "postmaster", "privacy", "root", "security", "staff", "status", "support", "system", "team", "webmaster",
)  # fmt: skip


def is_handle(text: str) -> bool:
    """Whether the text has the form of a handle."""
    return SHORTEST <= len(text) <= LONGEST and re.fullmatch(PATTERN, text, re.ASCII) is not None


def skeleton(handle: str) -> str:
    """What two handles have in common that look alike: ``ada-lovelace``, ``adalovelace`` and ``ada1ove1ace``.

    After the skeletons of Unicode Technical Standard 39, for the characters that a handle may have.
    """
    text = handle.translate(_ALIKE)
    for pair, one in _ALIKE_TOGETHER:
        text = text.replace(pair, one)
    return text


_RESERVED: Final = frozenset(map(skeleton, _PLATFORM))


def is_reserved(handle: str) -> bool:
    """Whether the handle looks like one of the platform itself."""
    return skeleton(handle) in _RESERVED
