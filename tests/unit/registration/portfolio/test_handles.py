"""Which handles there are, and which of them look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.portfolio.domain.handles import LONGEST, is_handle, is_reserved, skeleton
from shared.text_patterns import HANDLE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada-lovelace", "adalovelace"),
        ("ada-lovelace", "ada1ove1ace"),
        ("paula", "pau1a"),
        ("paula", "pauia"),
        ("bob", "b0b"),
        ("bob", "b0-8"),
        ("marn", "mam"),
        ("vvendy", "wendy"),
        ("sam", "s4m"),
        ("eve", "e-v3"),
    ],
)
def test_handles_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "adam"), ("ada-2", "ada-9"), ("anna", "hanna"), ("clara", "dora")])
def test_other_handles_have_other_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize("text", ["ada", "ada-lovelace", "a1b", "a-1", "x" * LONGEST])
def test_these_are_handles(text: str) -> None:
    assert is_handle(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "Ada",
        "-ada",
        "ada-",
        "a--da",
        "1ada",
        "ada lovelace",
        "adä",
        "аda",
        "ada\n",
        "ada\x00",
        "../ada",
        "x" * (LONGEST + 1),
    ],
)
def test_these_are_none(text: str) -> None:
    assert not is_handle(text)


@pytest.mark.parametrize(
    "text",
    [
        "admin",
        "adm1n",
        "a-d-m-i-n",
        "opportunity-desk",
        "0pportunitydesk",
        "supp0rt",
        "www",
        "null",
        "n-u-1-1",
        "no-reply",
        "login",
    ],
)
def test_what_looks_like_the_platform_is_reserved(text: str) -> None:
    assert is_reserved(text)


@given(st.from_regex(HANDLE, fullmatch=True))
def test_a_skeleton_has_no_characters_that_look_like_others(text: str) -> None:
    assert not set(skeleton(text)) & set("013458i-")
