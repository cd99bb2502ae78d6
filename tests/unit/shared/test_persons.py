"""A person is recognised however the address is written, and only an address is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.persons import normalise_email, person_id

KEY = SecretStr("0123456789abcdef")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  ada@example.org\n", "ada@example.org"),
        ("ada+tag@example.org", "ada+tag@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ＡＤＡ@example.org", "ada@example.org"),
        ("o'neill@example.org", "o'neill@example.org"),
        ("zoë@example.org", "zoë@example.org"),
    ],
)
def test_addresses_have_one_normal_form(written: str, normal: str) -> None:
    assert normalise_email(written) == normal
    assert normalise_email(normal) == normal


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@example.org", "ada@", "ada@example", "a b@example.org", "ada@exa mple.org", "ada@@example.org", "a@b@example.org",
     "ada@-example.org", "ada@example..org", ".ada@example.org", "a..b@example.org", "ada@example.org\nBcc: eve@example.org",
     "<ada@example.org>", "ada@example.org, eve@example.org", "a" * 65 + "@example.org", "ada@" + "x" * 64 + ".org",
     "ada@" + "x." * 130 + "org", "ada\x00@example.org", "ada\u202e@example.org"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not an e-mail address|has a)"):
        normalise_email(text)


@given(st.text())
def test_any_text_is_normalised_to_a_fixed_point_or_refused(text: str) -> None:
    try:
        normal = normalise_email(text)
    except ValueError:
        return
    assert normalise_email(normal) == normal


def test_an_id_depends_on_address_and_key_and_shows_neither() -> None:
    ada = person_id("ada@example.org", KEY)
    assert ada == person_id("ada@example.org", KEY)
    assert len({ada, person_id("eve@example.org", KEY), person_id("ada@example.org", SecretStr("another key, as long"))}) == 3
    assert len(ada) == 32
    assert set(ada) <= set("0123456789abcdef")
