"""Which due mails are written at the same time, and which in turn."""

from notifications.writing.worker.composer import in_series


def test_mails_about_one_thing_or_set_off_by_one_person_are_written_in_turn() -> None:
    due = {
        "to ada": {"application/1"},
        "welcome": set[str](),
        "to the host": {"application/1", "ada"},
        "of another": {"application/2"},
        "to another host": {"application/3", "ada"},
        "later": {"application/3"},
        "another welcome": set[str](),
    }
    assert sorted(in_series(due)) == [
        ["another welcome"],
        ["of another"],
        ["to ada", "to the host", "to another host", "later"],
        ["welcome"],
    ]


def test_two_series_that_turn_out_to_be_one_keep_the_order_in_which_they_are_due() -> None:
    due = {"first": {"a"}, "second": {"b"}, "third": {"a"}, "fourth": {"a", "b"}}
    assert in_series(due) == [["first", "second", "third", "fourth"]]


def test_nothing_due_is_no_series() -> None:
    assert in_series({}) == []
