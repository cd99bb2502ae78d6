"""Brands: colours that everybody can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.pages.brand import DARK_PAPER, LEAST_CONTRAST, OWN_COLOUR, PAPER, Brand, contrast, in_the_dark


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#ffffff", "#FFFFFF", 1), ("#767676", "#ffffff", 4.54)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


def test_our_own_colour_can_be_read() -> None:
    assert contrast(OWN_COLOUR, PAPER) >= LEAST_CONTRAST
    assert Brand().colour == OWN_COLOUR


@pytest.mark.parametrize(
    ("colour", "reason"),
    [("#ffff00", "contrast with white is 1.1"), ("#12", "such as"), ("red", "such as"), ("#12345g", "such as")],
)
def test_a_colour_that_cannot_be_read_is_refused(colour: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Brand(colour=colour)


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_has_a_readable_form_in_the_dark(number: int) -> None:
    assert contrast(in_the_dark(f"#{number:06x}"), DARK_PAPER) >= LEAST_CONTRAST
