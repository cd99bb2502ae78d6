"""Which links of strangers stand in a mail."""

import pytest

from notifications.mail.allowed_links import allowed_link

GOOD = ("*.good.example", "only.example")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://jobs.good.example/x", "https://jobs.good.example/x"),
        ("https://JOBS.good.example", "https://jobs.good.example/"),
        ("http://only.example/?a=b", "http://only.example/?a=b"),
        ("https://good.example/", ""),
        ("https://evilgood.example/", ""),
        ("https://evil.com/.good.example", ""),
        ("https://evil.com?.good.example", ""),
        ("https://evil.com#.good.example", ""),
        ("https://evil.com\\.good.example/x", ""),
        ("https://evil.com%2f.good.example/x", ""),
        ("https://evil.com%5c.good.example/x", ""),
        ("https://evil.com;.good.example/x", ""),
        ("https://evil.com\u2044.good.example/x", ""),
        ("https://only.example@evil.com/", ""),
        ("javascript:alert(1)//only.example", ""),
        ("", ""),
    ],
)
def test_a_link_stands_there_as_it_was_parsed_where_its_host_is_allowed(url: str, shown: str) -> None:
    assert allowed_link(url, GOOD) == shown


def test_any_host_is_allowed_by_an_asterisk_but_no_odd_one() -> None:
    assert allowed_link("https://any.example/", ("*",)) == "https://any.example/"
    assert allowed_link("https://evil.com\\.good.example/", ("*",)) == ""
