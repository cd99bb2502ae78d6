"""Brands: colours that everybody can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.colours import (
    DARK_PAPER,
    GROUND,
    LEAST_CONTRAST,
    ON_DARK_BUTTON,
    OWN_COLOUR,
    contrast,
    in_the_dark,
    is_readable,
    nearest_readable,
)
from shared.contract.events.registration import ConferenceBrand
from shared.web.pages.brand import Brand, style_sheet

LOGO = f"/logos/{'a' * 64}.png"
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


class Conference:
    """A conference, as any service keeps it."""

    name = "PyConf"

    def __init__(self, brand: ConferenceBrand | None) -> None:
        self.brand = brand


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#ffffff", "#FFFFFF", 1), ("#767676", "#ffffff", 4.54)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


def test_our_own_colour_can_be_read() -> None:
    assert is_readable(OWN_COLOUR)
    assert Brand().colour == OWN_COLOUR


@pytest.mark.parametrize(
    ("colour", "reason"),
    [("#ffff00", "darker"), ("#767676", "darker"), ("#12", "such as"), ("red", "such as"), ("#12345g", "such as")],
)
def test_a_colour_that_cannot_be_read_is_refused(colour: str, reason: str) -> None:
    """Among them grey that could be read on white, but not on the ground of pages."""
    with pytest.raises(ValueError, match=reason):
        Brand(colour=colour)


@given(COLOURS)
def test_every_colour_has_a_readable_form_in_the_dark(colour: str) -> None:
    dark = in_the_dark(colour)
    assert contrast(dark, DARK_PAPER) >= LEAST_CONTRAST
    assert contrast(ON_DARK_BUTTON, dark) >= LEAST_CONTRAST, "the text of buttons"


@given(COLOURS)
def test_the_nearest_readable_colour_is_readable_and_no_darker_than_needed(colour: str) -> None:
    nearest = nearest_readable(colour)
    assert contrast(nearest, GROUND) >= LEAST_CONTRAST
    assert contrast(nearest, "#ffffff") >= LEAST_CONTRAST, "the text of buttons"
    assert nearest == colour or contrast(nearest, GROUND) < LEAST_CONTRAST + 0.3


def test_a_page_about_a_conference_has_its_brand_and_any_other_one_ours() -> None:
    assert Brand.of(None) is None
    assert Brand.of(Conference(None)) is None
    assert Brand.of(Conference(ConferenceBrand(colour="#7a1c14", logo=LOGO))) == Brand("PyConf", "#7a1c14", LOGO)
    assert Brand.of(Conference(ConferenceBrand(sender="PyConf team"))) == Brand("PyConf")


def test_the_style_sheet_has_the_colour_for_light_and_for_dark() -> None:
    light, dark = style_sheet(Brand(colour="#7a1c14")).splitlines()
    assert "--brand: #7a1c14" in light
    assert "prefers-color-scheme: dark" in dark
    assert f"--brand: {in_the_dark('#7a1c14')}" in dark
