"""Text that people write has no characters that control, reverse or hide something; every script can be written."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.contract.events.fields import Line, PlainLine, PlainTerm
from shared.free_text import LINE, NO_HALVES, PARAGRAPHS, STORED, check_line, check_text, legible, paragraphs

HIDDEN = [
    "\u202e",
    "\u202a",
    "\u2066",
    "\u2069",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\u2028",
    "\u2029",
    "\u2060",
    "\x85",
    "\x7f",
    "\x00",
]
HIDDEN += ["\t", "\r", "\ufff9", "\U000e0041", "\U0001d173"]
WRITTEN = [
    "Ada Lovelace",
    "Zoë",
    "नेहा",
    "می‌خواهم",
    "שלום \u200f(א)",
    "👩\u200d🔬",
    "❤️",
    "王小明",
    "e\u0301",
    "…–“”",
    "O’Neil\xa0Jr.",
]


@pytest.mark.parametrize("character", HIDDEN)
def test_what_nobody_sees_is_refused_by_its_number(character: str) -> None:
    for check in (check_text, check_line):
        with pytest.raises(
            ValueError, match=rf"^must not contain (control|invisible) characters; leave out U\+{ord(character):04X}$"
        ):
            check(f"Ada{character}Lovelace")


@pytest.mark.parametrize("text", WRITTEN)
def test_every_script_can_be_written(text: str) -> None:
    check_line(text)
    assert re.search(LINE, text)
    assert paragraphs(f" {text}\r\n\r\n{text} ", 300) == f"{text}\n\n{text}"


@pytest.mark.parametrize("text", ["\u200d", " \u200e ", "\u00a0\u3000"])
def test_a_line_has_something_to_see_in_it(text: str) -> None:
    with pytest.raises(ValueError, match="a visible character"):
        check_line(text)
    assert not re.search(LINE, text)


def test_half_a_surrogate_pair_is_refused_in_the_same_words_everywhere() -> None:
    with pytest.raises(ValueError, match=f"^{NO_HALVES}$"):
        paragraphs("a\ud83d", 10)
    with pytest.raises(ValueError, match=f"^{NO_HALVES}$"):
        check_line("a\udfffb")


def test_what_hides_something_is_written_out_and_all_else_stays() -> None:
    assert legible("a\u202eb\ud83d\x00\U000e0041") == r"a\u202eb\ud83d\u0000\U000e0041"
    assert legible("ñ\n👩\u200d🔬 \u200fא") == "ñ\n👩\u200d🔬 \u200fא"


def test_paragraphs_have_a_length_and_a_line_has_no_breaks() -> None:
    with pytest.raises(ValueError, match="at most 10 characters, not 11"):
        paragraphs("x" * 11, 10)
    with pytest.raises(ValueError, match="line breaks"):
        check_line("a\nb")


@given(st.text(max_size=20))
def test_the_expressions_for_schemas_say_the_same_as_the_checks(text: str) -> None:
    assume_bmp = all(ord(character) < 0x10000 and not 0xD800 <= ord(character) < 0xE000 for character in text)
    for pattern, check in ((LINE, check_line), (PARAGRAPHS, check_text)):
        try:
            check(text)
        except ValueError:
            accepted = False
        else:
            accepted = True
        assert accepted == bool(re.search(pattern, text)) or not assume_bmp


@pytest.mark.parametrize("kind", [PlainLine, PlainTerm])
def test_requests_are_checked_and_what_was_stored_or_published_before_is_read(kind: Any) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    with pytest.raises(ValidationError, match="U\\+202E"):
        adapter.validate_python("gpj\u202eada")
    assert adapter.validate_python("gpj\u202eada", context=STORED) == "gpj\u202eada"
    assert TypeAdapter(Line).validate_python("gpj\u202eada") == "gpj\u202eada"
