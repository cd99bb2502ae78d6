"""Checks of logos and colours. Pure."""

from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError

from shared.colours import is_readable, nearest_readable
from shared.refusals import Invalid
from shared.worded import Worded
from shared.wording.languages import translatable

MOST_BYTES: Final = 1024 * 1024
"""The most pixels of a submitted picture."""
MOST_PIXELS: Final = 4_000_000
WIDTH, HEIGHT = 400, 96
"""The most pixels of a stored logo: three times as many as pages show."""
SMALL: Final = 16 * 1024
"""A larger logo is stored with fewer colours, so pages stay small."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
"""Not SVG, which can contain scripts and links."""
NO_PICTURE: Final = translatable("is not a PNG, JPEG or WebP image, or is damaged")
TOO_MANY_PIXELS: Final = translatable("has more than 4 million pixels; make it smaller")


def logo_of(picture: bytes) -> bytes:
    """The picture redrawn as a small PNG, so only what is visible is kept.

    Raises:
        Invalid: it is not a picture, or too large to be read.
    """
    try:
        with Image.open(BytesIO(picture), formats=_FORMATS) as image:
            # The header has the size; nothing is decoded yet.
            if image.width * image.height > MOST_PIXELS:
                raise Invalid("logo", TOO_MANY_PIXELS)
            drawn = image.convert("RGBA")
    except Image.DecompressionBombError:
        raise Invalid("logo", TOO_MANY_PIXELS) from None
    # Pillow's decoders raise all of these for damaged files.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise Invalid("logo", NO_PICTURE) from None
    drawn.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    content = _png(drawn)
    return content if len(content) <= SMALL else _png(drawn.quantize(128, Image.Quantize.FASTOCTREE))


def check_colour(colour: str) -> None:
    """Raises ``Invalid`` if it cannot be read on light pages; it names the nearest colour that can."""
    if not is_readable(colour):
        raise Invalid(
            "colour",
            Worded("is hard to read on light pages; the nearest readable colour is %(colour)s", colour=nearest_readable(colour)),
        )


def _png(image: Image.Image) -> bytes:
    written = BytesIO()
    image.info = {}  # no text, profile or place
    image.save(written, "PNG", optimize=True)
    return written.getvalue()
