"""Phrases that name no skill in so many words have some near them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from matching.engine.vocabulary import Vocabulary
from matching.engine.vocabulary.suggestions import MIN_SIMILARITY, Embedding, SemanticVocabulary, Suggestions, Vectors
from matching.engine.vocabulary.vocabulary import VocabularyRow
from matching.settings import Settings

with_the_extra = pytest.mark.skipif(
    not Embedding.installed(), reason="the extra `embeddings` of services/matching is not installed"
)

NAMES = [
    "Manage staff",
    "Databases",
    "Computer security",
    "Cook pastry products",
    "Care for forests",
    "Public speaking",
    "Sew textiles",
]
ROWS = [VocabularyRow(name, (), (), (), (), (name.casefold().replace(" ", ""),), ()) for name in NAMES]


@pytest.fixture(scope="module")
def suggestions(tmp_path_factory: pytest.TempPathFactory) -> Suggestions:
    return Suggestions.load(Vocabulary(ROWS), ROWS, tmp_path_factory.mktemp("kept"))


@with_the_extra
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


@with_the_extra
def test_what_the_vocabulary_knows_is_sure(suggestions: Suggestions) -> None:
    assert suggestions.nearest("DATABASE")[0] == ("databases", 1.0)
    assert len(suggestions.nearest("DATABASE", 100)) == len(NAMES)


@with_the_extra
def test_a_long_or_empty_phrase_is_no_trouble(suggestions: Suggestions) -> None:
    assert len(suggestions.nearest("word " * 5000)) == len(NAMES)
    assert len(suggestions.nearest("")) == len(NAMES)


@with_the_extra
@given(st.text(max_size=300))
@settings(max_examples=100)
def test_any_text_comes_to_a_key_that_is_its_own(suggestions: Suggestions, text: str) -> None:
    terms = SemanticVocabulary(Vocabulary(ROWS), suggestions)
    key = terms.normalise(text)
    assert terms.normalise(key) == key


@with_the_extra
def test_the_vectors_are_worked_out_once(tmp_path: Path) -> None:
    Suggestions.load(Vocabulary(ROWS), ROWS, tmp_path)
    (kept,) = tmp_path.iterdir()
    assert np.load(kept).shape == (len(NAMES), Embedding.size)
    before = kept.stat().st_mtime_ns
    Suggestions.load(Vocabulary(ROWS), ROWS, tmp_path)
    assert kept.stat().st_mtime_ns == before
    Suggestions.load(Vocabulary(ROWS[:3]), ROWS[:3], tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


class StandInEmbedding:
    """An embedding for which every phrase has the same likeness to the first name; it remembers the phrases."""

    def __init__(self, likeness: float) -> None:
        self.likeness = likeness
        self.phrases: list[str] = []

    def of(self, texts: Sequence[str]) -> Vectors:
        self.phrases += texts
        return np.array([[self.likeness, 0.0]] * len(texts), np.float32)


def by_meaning(embedding: StandInEmbedding) -> SemanticVocabulary:
    vocabulary = Vocabulary(ROWS)
    return SemanticVocabulary(vocabulary, Suggestions(vocabulary, NAMES[:2], embedding.of, np.eye(2, dtype=np.float32)))


def test_an_unknown_term_is_the_nearest_in_meaning() -> None:
    terms = by_meaning(StandInEmbedding(MIN_SIMILARITY + 0.01))
    assert terms.normalise("leading a team of ten") == "manage staff"
    assert terms.normalise(terms.normalise("leading a team of ten")) == "manage staff"
    assert terms.name("manage staff") == "Manage staff"


def test_an_unknown_term_that_nothing_is_near_is_its_own() -> None:
    terms = by_meaning(StandInEmbedding(MIN_SIMILARITY - 0.01))
    assert terms.normalise("Foo-Bars") == "foo bar"
    assert terms.normalise("foo bar") == "foo bar"


def test_a_known_term_or_none_is_not_embedded_and_an_unknown_one_once() -> None:
    embedding = StandInEmbedding(1)
    terms = by_meaning(embedding)
    assert terms.normalise("DATABASE") == "databases"
    assert terms.normalise("?!") == ""
    assert embedding.phrases == []
    for written in ("Foo-Bars", "foo bar", "foo-bars"):
        terms.normalise(written)
    assert embedding.phrases == ["foo bar"]


@with_the_extra
def test_the_service_takes_the_nearest_in_meaning(tmp_path: Path) -> None:
    directory = Settings.model_validate({"embeddings_directory": str(tmp_path)}).embeddings_directory
    assert directory == tmp_path
    vocabulary = Vocabulary(ROWS)
    terms = SemanticVocabulary(vocabulary, Suggestions.load(vocabulary, ROWS, directory))
    assert terms.normalise("speaking in public") == "public speaking"
    assert terms.normalise("zzyzx") == "zzyzx"


@pytest.mark.skipif(Embedding.installed(), reason="the extra `embeddings` of services/matching is installed")
def test_without_the_extra_the_service_does_not_start_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="needs the extra `embeddings`"):
        Settings.model_validate({"embeddings_directory": str(tmp_path)})


def test_a_directory_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="directory"):
        Settings.model_validate({"embeddings_directory": str(tmp_path / "none")})
