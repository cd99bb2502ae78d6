"""Colours that people can read on our pages and in our mails, light and dark. Pure.

Contrast is that of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import re
from collections.abc import Iterable
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache
from typing import Final

LEAST_CONTRAST: Final = 4.5
"""The contrast of text with its background (WCAG 2.2, 1.4.3)."""
OWN_COLOUR: Final = "#0b6b63"
"""The colour of links and buttons, unless a conference has its own."""
OWN_COLOUR_IN_THE_DARK: Final = "#5cc9bd"
GROUND: Final = "#f5f7f7"
"""The darker of the two backgrounds of light pages and mails; the other one is white."""
DARK_PAPER: Final = "#1a2127"
"""The lighter of the two backgrounds of dark pages and mails."""
ON_DARK_BUTTON: Final = "#10171c"
"""The text of buttons on dark pages."""
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21.

    Raises:
        ValueError: a colour is not as ``#0b6b63``.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(colour: str) -> bool:
    """Whether links of this colour can be read on light pages, and white text on its buttons.

    Raises:
        ValueError: see ``contrast``.
    """
    return contrast(colour, GROUND) >= LEAST_CONTRAST


def nearest_readable(colour: str) -> str:
    """The colour, darkened just enough to be readable.

    Raises:
        ValueError: see ``contrast``.
    """
    shades = (_written(channel * left // 255 for channel in _channels(colour)) for left in range(255, -1, -1))
    return next(shade for shade in shades if is_readable(shade))


@lru_cache(1000)
def in_the_dark(colour: str) -> str:
    """The colour in the same hue, lightened just enough to be readable on a dark background.

    Raises:
        ValueError: see ``contrast``.
    """
    if colour == OWN_COLOUR:
        return OWN_COLOUR_IN_THE_DARK
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    steps = (hls_to_rgb(hue, lightness + (1 - lightness) * step / 255, saturation) for step in range(256))
    shades = (_written(round(channel * 255) for channel in step) for step in steps)
    return next(shade for shade in shades if contrast(shade, DARK_PAPER) >= LEAST_CONTRAST + 1)


def _written(channels: Iterable[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _channels(colour: str) -> tuple[int, int, int]:
    if not _COLOUR.fullmatch(colour):
        raise ValueError("must be a colour such as #0b6b63")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
