"""The look of the site, or of one conference: a name, a colour and a logo. Pure.

Contrast is that of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

from dataclasses import dataclass
from typing import Final

LEAST_CONTRAST: Final = 4.5
"""Of text with its background, WCAG 2.2, 1.4.3."""
OWN_COLOUR: Final = "#0b6b63"
PAPER: Final = "#ffffff"
DARK_PAPER: Final = "#1a2127"


@dataclass(frozen=True, slots=True)
class Brand:
    """How a page presents itself. The default is the site's own brand.

    Raises ``ValueError`` for a colour that cannot be read on white, where links and buttons stand.
    """

    name: str = "Opportunity Desk"
    colour: str = OWN_COLOUR
    """``#rrggbb``, of links and buttons on white."""
    logo_url: str = ""
    """An https address of a picture; "" for the site's own mark."""

    def __post_init__(self) -> None:
        if (ratio := contrast(self.colour, PAPER)) < LEAST_CONTRAST:
            raise ValueError(
                f"must be darker: its contrast with white is {ratio:.1f}, and text needs {LEAST_CONTRAST} to be readable"
            )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21.

    Raises:
        ValueError: a colour is not as ``#0b6b63``.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def in_the_dark(colour: str) -> str:
    """The colour, made so much lighter that it can be read on dark paper."""
    red, green, blue = _channels(colour)
    for step in range(101):
        mixed = "#" + "".join(f"{round(channel + (255 - channel) * step / 100):02x}" for channel in (red, green, blue))
        if contrast(mixed, DARK_PAPER) >= LEAST_CONTRAST + 1:
            return mixed
    return PAPER


def style_sheet(brand: Brand) -> str:
    """The brand's colours as custom properties, light and dark."""
    dark = in_the_dark(brand.colour)
    return (
        f":root {{ --brand: {brand.colour}; --on-brand: #fff; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --brand: {dark}; --on-brand: #10171c; }} }}\n"
    )


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour.removeprefix("#")
    if len(colour) != 7 or len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise ValueError("must be a colour such as #0b6b63")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
