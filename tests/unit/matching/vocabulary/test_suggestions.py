"""Phrases that name no skill in so many words have some near them."""

from pathlib import Path

import numpy as np
import pytest

from matching.engine.vocabulary import Vocabulary
from matching.engine.vocabulary.suggestions import Embedding, Suggestions
from matching.engine.vocabulary.vocabulary import Row

pytestmark = pytest.mark.skipif(not Embedding.installed(), reason="the extra `embeddings` of services/matching is not installed")

NAMES = [
    "Manage staff",
    "Databases",
    "Computer security",
    "Cook pastry products",
    "Care for forests",
    "Public speaking",
    "Sew textiles",
]
ROWS = [Row(name, (), (), (), (), (name.casefold().replace(" ", ""),), ()) for name in NAMES]


@pytest.fixture(scope="module")
def suggestions(tmp_path_factory: pytest.TempPathFactory) -> Suggestions:
    return Suggestions.load(Vocabulary(ROWS), ROWS, tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize(
    ("phrase", "key"),
    [
        ("protect systems against hackers", "computer security"),
        ("baking cakes", "cook pastry products"),
        ("leading a team of ten", "manage staff"),
        ("storing and querying records", "databases"),
        ("planting trees", "care for forests"),
        ("giving talks in front of an audience", "public speaking"),
    ],
)
def test_the_nearest_in_meaning_comes_first(suggestions: Suggestions, phrase: str, key: str) -> None:
    nearest = suggestions.nearest(phrase, 3)
    assert nearest[0][0] == key
    assert [likeness for _, likeness in nearest] == sorted((likeness for _, likeness in nearest), reverse=True)
    assert len(nearest) == 3


def test_what_the_vocabulary_knows_is_sure(suggestions: Suggestions) -> None:
    assert suggestions.nearest("DATABASE")[0] == ("databases", 1.0)
    assert len(suggestions.nearest("DATABASE", 100)) == len(NAMES)


def test_a_long_or_empty_phrase_is_no_trouble(suggestions: Suggestions) -> None:
    assert len(suggestions.nearest("word " * 5000)) == len(NAMES)
    assert len(suggestions.nearest("")) == len(NAMES)


def test_the_vectors_are_worked_out_once(tmp_path: Path) -> None:
    Suggestions.load(Vocabulary(ROWS), ROWS, tmp_path)
    (kept,) = tmp_path.iterdir()
    assert np.load(kept).shape == (len(NAMES), Embedding.size)
    before = kept.stat().st_mtime_ns
    Suggestions.load(Vocabulary(ROWS), ROWS, tmp_path)
    assert kept.stat().st_mtime_ns == before
    Suggestions.load(Vocabulary(ROWS[:3]), ROWS[:3], tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
