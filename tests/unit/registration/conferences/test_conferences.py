"""A conference fits into one event, whatever its schedule holds."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.conferences.domain import Conference, ConferenceTooLarge
from registration.session_abstracts import MAX_ABSTRACT, shortened
from shared.contract.envelope import MAX_EVENT_BYTES
from shared.contract.events.registration import ConferenceScheduled, Session


def conference(*sessions: Session) -> Conference:
    return Conference("c1", 1, "C", date(2024, 7, 8), date(2024, 7, 9), {session.id: session for session in sessions})


def many(count: int, abstract: str | None = None, title: str = "A title of a usual length, such as this one") -> Conference:
    return conference(*(Session(id=f"s{n}", title=title, topics=["Track"], abstract=abstract) for n in range(count)))


def size(one: Conference) -> int:
    return len(one.scheduled().model_dump_json().encode())


def test_what_fits_stays_as_it_is() -> None:
    one = many(300, "Some words. " * 100)
    before = deepcopy(one)
    one.fit()
    assert one == before


@pytest.mark.parametrize("abstract", ['A "quoted"\nword, ' * 90, "数据库与流处理" * 200, "x" * 2000, "Words and words, " * 110])
def test_abstracts_are_cut_until_five_thousand_sessions_fit_and_then_stay(abstract: str) -> None:
    one = many(5000, abstract)
    one.sessions["short"] = Session(id="short", title="Short", abstract="Stays.")
    assert size(one) > 5 * MAX_EVENT_BYTES
    one.fit()
    assert 0.85 * MAX_EVENT_BYTES < size(one) < MAX_EVENT_BYTES
    assert ConferenceScheduled.model_validate_json(one.scheduled().model_dump_json()) == one.scheduled()
    (cut,) = {session.abstract for session in one.sessions.values()} - {"Stays."}
    assert cut
    assert cut.endswith("…")
    assert abstract.startswith(cut.removesuffix("…"))
    again = deepcopy(one)
    again.fit()
    assert again == one


def test_without_room_for_abstracts_there_are_none_and_without_room_for_titles_it_is_refused() -> None:
    crowded = many(7500, "Many words, " * 20, "A title of thirty characters, or")
    crowded.fit()
    assert {session.abstract for session in crowded.sessions.values()} == {None}
    with pytest.raises(ConferenceTooLarge, match=r"of 10,000 sessions take 3,\d{3},\d{3} bytes as JSON; 1,047,552 are the most"):
        many(10_000, title="T" * 250).fit()


def test_without_room_for_them_where_and_when_sessions_are_is_left_out() -> None:
    page, starts = "https://example.org/talks/" + "x" * 80, datetime(2026, 7, 8, tzinfo=UTC)
    for count, kept in ((1000, True), (6000, False)):
        sessions = [one.model_copy(update={"url": page, "starts": starts}) for one in many(count, "Words").sessions.values()]
        crowded = conference(*sessions)
        crowded.fit()
        assert {(one.url, one.starts) for one in crowded.sessions.values()} == {(page, starts) if kept else (None, None)}
        assert size(crowded) <= MAX_EVENT_BYTES
        before = deepcopy(crowded)
        crowded.fit()
        assert crowded == before, "made fit twice, it stays"


def test_a_text_is_cut_at_a_word_or_where_there_are_none_between_characters() -> None:
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two…"
    assert shortened("one two three", 8) == "one two…"
    assert shortened("one two three", 7) == "one…"
    assert shortened("onetwothree", 7) == "onetwo…"
    assert [shortened("one", most) for most in (0, 1, 2)] == ["", "", "o…"]


@given(st.text(max_size=60), st.integers(0, MAX_ABSTRACT))
def test_a_cut_text_is_never_longer_than_it_may_be(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most or shortened(text, most) == text
    assert len(shortened(text, 10)) <= 10
