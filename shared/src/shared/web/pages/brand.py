"""The look of the site, or of one conference: a name, a colour and a logo. Pure."""

from dataclasses import dataclass
from typing import Protocol, Self

from shared.colours import ON_DARK_BUTTON, OWN_COLOUR, in_the_dark, is_readable
from shared.contract.events.registration import ConferenceBrand


class Branded(Protocol):
    """A conference, as any service keeps it."""

    @property
    def name(self) -> str: ...
    @property
    def brand(self) -> ConferenceBrand | None: ...


@dataclass(frozen=True, slots=True)
class Brand:
    """How a page presents itself. The default is the site's own brand.

    Raises ``ValueError`` for a colour that cannot be read on light pages.
    """

    name: str = "Opportunity Desk"
    colour: str = OWN_COLOUR
    """``#rrggbb``, of links and buttons on light pages."""
    logo: str = ""
    """The path of a picture on the site; "" for the site's own mark."""

    def __post_init__(self) -> None:
        if not is_readable(self.colour):
            raise ValueError("must be darker, to be readable on light pages")

    @classmethod
    def of(cls, conference: Branded | None) -> Self | None:
        """The brand of a page about this conference; None, the site's own, if it has none, or the page is about no conference."""
        if conference is None or conference.brand is None:
            return None
        return cls(conference.name, conference.brand.colour or OWN_COLOUR, conference.brand.logo or "")


def style_sheet(brand: Brand) -> str:
    """The brand's colours as custom properties, light and dark."""
    dark = in_the_dark(brand.colour)
    return (
        f":root {{ --brand: {brand.colour}; --on-brand: #fff; --tint: color-mix(in srgb, {brand.colour} 12%, #fff); }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --brand: {dark}; --on-brand: {ON_DARK_BUTTON}; "
        f"--tint: color-mix(in srgb, {dark} 22%, #1a2127); }} }}\n"
    )
