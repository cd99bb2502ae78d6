"""Countries by their names, in the reader's language and in others."""

import pytest

from shared.wording.countries import country_code, country_name


def test_a_country_has_its_name_in_the_readers_language() -> None:
    assert (country_name("DE", "en"), country_name("DE", "de")) == ("Germany", "Deutschland")
    assert country_name("QQ", "en") == "QQ"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Germany", "DE"),
        ("deutschland", "DE"),
        ("  united   kingdom ", "GB"),
        ("UK", "GB"),
        ("fr", "FR"),
        ("Österreich", "AT"),
        ("Atlantis", None),
        ("European Union", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_its_names_and_its_code(written: str, code: str | None) -> None:
    assert country_code(written, "en") == code
    assert country_code(written, "de") == code
