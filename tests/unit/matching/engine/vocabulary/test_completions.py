"""What somebody may be typing."""

import pytest

from matching.engine.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


def test_terms_of_our_own_come_first_then_those_that_begin_with_the_text(vocabulary: Vocabulary) -> None:
    assert vocabulary.completions("PYTHO")[0] == "Python"
    assert vocabulary.completions("nump") == ["NumPy"]
    found = vocabulary.completions("pa")
    assert found.index("pandas") < found.index("Design patterns") < found.index("PayPal")


@pytest.mark.parametrize("text", ["", " ", "…", "xyzzyx"])
def test_what_begins_no_word_of_a_name_gets_nothing(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.completions(text) == []
