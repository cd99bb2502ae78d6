"""Logos: what is taken, what is refused, and that nothing of a file is kept but what can be seen."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from registration.brands.domain import HEIGHT, MOST_PIXELS, NO_PICTURE, SMALL, TOO_MANY_PIXELS, WIDTH, check_colour, logo_of
from shared.refusals import Invalid

SECRET = "taken at 52.5 N, 13.4 E"


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 300), mode: str = "RGB") -> bytes:
    written = BytesIO()
    Image.new(mode, size, "teal").save(written, kind)
    return written.getvalue()


def head_of(width: int, height: int) -> bytes:
    """A PNG of this size, of which hardly more than the head is there."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + struct.pack(">I", 9) + b"IDAT"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_kept_as_a_small_png(kind: str) -> None:
    with Image.open(BytesIO(logo_of(picture(kind)))) as logo:
        assert (logo.format, logo.size) == ("PNG", (192, HEIGHT)), "its shape stays"
    with Image.open(BytesIO(logo_of(picture(kind, (1000, 50))))) as logo:
        assert logo.size == (WIDTH, 20)


def test_a_small_picture_stays_as_large_as_it_is() -> None:
    with Image.open(BytesIO(logo_of(picture(size=(20, 10))))) as logo:
        assert logo.size == (20, 10)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_any_kind_of_png_is_taken(mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (40, 40)).save(written, "PNG")
    assert logo_of(written.getvalue()).startswith(b"\x89PNG")


def test_texts_in_the_file_and_behind_it_are_not_kept() -> None:
    about, written = PngImagePlugin.PngInfo(), BytesIO()
    about.add_text("Comment", SECRET)
    Image.new("RGB", (40, 40)).save(written, "PNG", pnginfo=about, exif=b"Exif\x00\x00" + SECRET.encode())
    logo = logo_of(written.getvalue() + b"<script>alert(1)</script>")
    assert SECRET.encode() not in logo
    assert b"<script>" not in logo


def test_a_picture_full_of_noise_stays_light() -> None:
    noise = Image.effect_noise((WIDTH, HEIGHT), 200).convert("RGBA")
    written = BytesIO()
    noise.save(written, "PNG")
    assert len(logo_of(written.getvalue())) <= 2.5 * SMALL


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        picture("GIF"),
        picture("TIFF"),
        picture()[:60],
        picture("JPEG")[:200],
        picture("WEBP")[:30],
        head_of(10, 10),
    ],
)
def test_what_is_no_picture_or_of_another_kind_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        logo_of(sent)
    assert (refused.value.field, refused.value.detail) == ("logo", NO_PICTURE)


@pytest.mark.parametrize("size", [(2001, 2000), (60_000, 60_000), (2_000_000_000, 2)])
def test_a_picture_that_would_fill_the_memory_is_refused_by_its_head(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MOST_PIXELS
    with pytest.raises(Invalid) as refused:
        logo_of(head_of(*size))
    assert refused.value.detail == TOO_MANY_PIXELS


@settings(max_examples=200)
@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.integers(0, 400), st.binary(max_size=40))
def test_damaged_bytes_give_a_logo_or_a_refusal(kind: str, at: int, junk: bytes) -> None:
    sent = picture(kind, (30, 20))
    with suppress(Invalid):
        assert logo_of(sent[:at] + junk + sent[at + len(junk) :]).startswith(b"\x89PNG")


def test_a_colour_that_cannot_be_read_is_refused_with_the_nearest_that_can() -> None:
    check_colour("#7a1c14")
    with pytest.raises(Invalid, match=r"^colour: is hard to read on light pages; the nearest readable colour is #8a6e00$"):
        check_colour("#ffcc00")
