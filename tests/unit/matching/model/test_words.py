"""The words of texts, and what a person has to do with them."""

from math import hypot

import pytest

from matching.model.words import MOST, MOST_OF_PERSON, read, words_of_listing, words_of_person, words_of_session


def test_words_that_any_text_has_and_addresses_are_left_out() -> None:
    text = "See https://a.example/x or ada@b.example: the Spanish manuscripts of 1570, in C++."
    assert read(text) == [("spanish", "Spanish"), ("manuscript", "manuscripts")]


@pytest.mark.parametrize(
    ("one", "other"), [("manuscripts", "Manuscript"), ("vaccination", "vaccinating"), ("studies", "study"), ("nurses", "nurse")]
)
def test_forms_of_a_word_are_one_word(one: str, other: str) -> None:
    assert read(one)[0][0] == read(other)[0][0]


@pytest.mark.parametrize(("one", "other"), [("class", "clas"), ("gas", "ga"), ("bus", "bu")])
def test_not_every_s_is_a_plural(one: str, other: str) -> None:
    assert read(one)[0][0] != other


def test_a_word_that_a_listing_repeats_counts_more_and_one_of_a_long_text_less() -> None:
    short = words_of_listing(["Manuscripts", "manuscripts of notaries"])
    assert short["manuscript"].name == "Manuscripts"
    assert 1 > short["manuscript"].weight > short["notar"].weight > 0
    longer = words_of_listing(["Manuscripts", "manuscripts of notaries " + " ".join(f"word{n}" for n in range(900))])
    assert longer["manuscript"].weight < short["manuscript"].weight
    assert len(longer) == MOST
    assert words_of_listing(["", "the of"]) == {}


def test_each_session_adds_a_part_of_what_is_missing() -> None:
    session = words_of_session("Old hands", "Old manuscripts")
    assert session == {"manuscript": 0.25, "old": 0.5, "hand": 0.5}
    known = words_of_person({"manuscripts": 0.75, "reading manuscripts": 0.4}, [session, session])
    old, manuscript, hand, reading = (known[word] for word in ("old", "manuscript", "hand", "read"))
    assert old == hand
    assert manuscript / old == pytest.approx(0.86 / 0.75, abs=0.01), "the better of both declarations, and two abstracts"
    assert reading / old == pytest.approx(0.4 / 0.75, abs=0.01)
    assert hypot(*known.values()) == pytest.approx(1.0, abs=0.01)
    assert words_of_person({}, []) == {}


def test_of_many_words_those_count_that_somebody_knows_best() -> None:
    heard = {f"word{number:03}": 0.25 for number in range(200)}
    known = words_of_person({"palaeography": 0.75}, [heard])
    assert len(known) == MOST_OF_PERSON
    assert "palaeograph" in known
