"""What strangers wrote, made fit for pages and mails."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wording.untrusted_text import mail_line, one_line, shortened, web_address


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ada  Lovelace ", "Ada Lovelace"),
        ("Ada\r\nBcc: all", "Ada Bcc: all"),
        ("a\x00b\tc\u2028d", "a b c d"),
        ("gro\u202eelpmaxe\u202c\u2066x\u200by", "groelpmaxexy"),
        ("\ud800Ada\ue000", "Ada"),
        ("Zoë 天文台 Δοκιμή", "Zoë 天文台 Δοκιμή"),
        # What mail programs would make links of.
        ("Ada https://evil.example/x", "Ada evil. example/x"),
        ("HTTP:///evil.example", "evil. example"),
        ("//evil.example", "evil. example"),
        ("www.evil.example", "www. evil. example"),
        ("ada@evil.example", "ada@evil. example"),
        ("evil。example und evil．example", "evil。 example und evil． example"),
        # What only looks a little like it.
        ("J.R.R.Tolkien", "J.R.R. Tolkien"),
        ("Ph.D. and M.Sc.", "Ph.D. and M. Sc."),
        ("Node.js, ASP.NET, C++ and .NET with Python 3.12", "Node.js, ASP.NET, C++ and .NET with Python 3.12"),
        ("CompiledPoem.py at evil.com.py", "CompiledPoem.py at evil. com.py"),
        ("Room 4.12, z.B. upstairs", "Room 4.12, z.B. upstairs"),
    ],
)
def test_a_strangers_words_in_one_line_without_links(written: str, shown: str) -> None:
    assert mail_line(written, 60) == shown


@given(st.text(max_size=300) | st.text("a.:/hw@\u202e\r\n 。", max_size=60), st.integers(2, 100))
def test_any_text_becomes_one_short_line_that_can_be_seen_and_is_no_link(text: str, most: int) -> None:
    line = mail_line(text, most)
    assert len(line) <= most
    assert line.isprintable()
    assert line == " ".join(line.split())
    assert "//" not in line
    assert not re.search(r"[a-z]\.[a-z]{2}(?<!\.js)", line)
    assert mail_line(line, most) == line, "made fit twice, it stays"


@pytest.mark.parametrize("written", ["J.R.R.Tolkien", "CompiledPoem.py at evil.com", "https://example.org/x", "Ph.D. and M.Sc."])
def test_pages_show_names_with_dots_as_they_are(written: str) -> None:
    assert one_line(written, 60) == written
    assert one_line(f"\u202e{written}\r\n", 60) == written, "but for what could disguise them"


def test_a_very_long_text_costs_no_more_than_a_long_one() -> None:
    for make in (one_line, mail_line):
        assert make("https://" * 1_000_000, 60) == make("https://" * 1000, 60)


def test_what_is_cut_says_so() -> None:
    assert shortened("Solar flares", 12) == "Solar flares"
    assert shortened("Solar flares", 7) == "Solar…"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://a b", 'https://x"y', "https://x\ny", "http://\u202ex", "ftp://x", "x", "", "https://<x>"],
)
def test_what_is_no_address_of_the_web_is_left_out(url: str) -> None:
    assert web_address(url) == ""


def test_an_address_of_the_web_stands_there_as_it_was_parsed() -> None:
    assert web_address("https://example.org/?a=1&b=2#c") == "https://example.org/?a=1&b=2#c"
    assert web_address("http://münchen.example/ä") == "http://xn--mnchen-3ya.example/%C3%A4"
