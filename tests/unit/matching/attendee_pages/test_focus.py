"""Where the focus is after a button of the ranking was pressed: whoever uses the keyboard goes on where they were."""

import pytest

from matching.attendee_pages.match_days import focused


@pytest.mark.parametrize(
    ("move", "before", "after", "focus"),
    [
        ("up:c", "abc", "acb", "up:c"),
        ("up:b", "abc", "bac", "down:b"),  # the first row has no button that moves it up
        ("down:b", "abc", "acb", "up:b"),
        ("down:a", "abc", "bac", "down:a"),
        ("up:a", "a", "a", ""),
        ("remove:a", "abc", "bc", "remove:b"),
        ("remove:c", "abc", "ab", "remove:b"),
        ("remove:a", "a", "", ""),
        ("", "a", "a", ""),
        ("up:gone", "a", "a", ""),
    ],
)
def test_the_next_button_has_the_focus(move: str, before: str, after: str, focus: str) -> None:
    assert focused(move, [*before], [*after]) == focus
