"""A person is recognised however the address is written, and only an address is one."""

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.persons import normalise_email, person_id
from support.cost import within

KEY = SecretStr("0123456789abcdef")
CASE = Path(__file__).parents[4] / "shared" / "cases" / "19-idn-address-grows" / "input.txt"


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
        ("J\u030c@example.org", "\u01f0@example.org"),
        ("ŀ" * 10 + "@example.org", "l·" * 10 + "@example.org"),
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
     "ada@" + "x." * 130 + "org", "ada\x00@example.org", "ada\u202e@example.org", "\ud800@example.org", "ada@\ud800.org"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not an e-mail address|has a)"):
        normalise_email(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("é" * 33 + "@example.org", "has a local part of more than 64 bytes"),  # 33 characters
        ("㎯" * 11 + "@example.org", "has a local part of more than 64 bytes"),  # 11 characters, of which NFKC makes 66
        ("a" * 64 + "@" + ".".join(["ü" * 20] * 7) + ".org", "more than 254 bytes"),  # 215 characters
        ("ada@" + ".".join(["ü" * 20] * 12), "not a valid host name"),
        ("a" * 64 + "@" + ".".join(["x" * 47] * 4), "more than 254 bytes"),
    ],
)
def test_an_address_is_measured_as_it_is_sent(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        normalise_email(text)


def test_the_longest_address_is_taken() -> None:
    longest = "a" * 64 + "@" + ".".join(["x" * 46] * 3 + ["y" * 48])
    assert len(longest) == 254
    assert normalise_email(longest) == longest


@pytest.mark.skipif(not CASE.exists(), reason="the real cases are not part of the project")
def test_a_real_address_that_grows_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 254 bytes"):
        normalise_email(CASE.read_text().strip())


@given(
    st.text(st.characters(codec=None) | st.sampled_from("@.ﷺ㎯üαΩİJ\u030c-x"), max_size=2000),
    st.text(st.sampled_from("ü.αxn-ﷺ㍍\ud800"), max_size=300),
)
@example("ﷺ" * 1000, "ü." * 500)
def test_whatever_text_is_an_address_that_can_be_sent_or_refused_in_little_time(local: str, domain: str) -> None:
    for text in (local, f"{local[:64]}@{domain}", f"ada@{domain}.org"):
        try:
            normal = within(0.5, partial(normalise_email, text))
        except ValueError as error:
            json.dumps(str(error)).encode()  # can be sent
            continue
        assert len(normal.encode()) <= 254
        assert len(normal.split("@")[0].encode()) <= 64
        assert normalise_email(normal) == normal


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
