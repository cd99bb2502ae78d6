"""The skill that a host is typing."""

import pytest

from matching.desk.skills import split


@pytest.mark.parametrize(
    ("typed", "before", "unfinished"),
    [
        ("", "", ""),
        ("Py", "", "Py"),
        ("Python, Num", "Python, ", "Num"),
        ("Python;Num Py", "Python;", "Num Py"),
        ("Python, ", "Python, ", ""),
    ],
)
def test_only_what_follows_the_last_separator_is_unfinished(typed: str, before: str, unfinished: str) -> None:
    assert split(typed) == (before, unfinished)
