"""What the shipped file must hold to, whatever it was built of."""

import tomllib
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from matching.engine.vocabulary import Vocabulary, forms
from matching.engine.vocabulary.vocabulary import VocabularyRow, read
from support.cost import within

ALIASES = Path(__file__).parents[5] / "services/matching/vocabulary/aliases.toml"


@pytest.fixture(scope="module")
def rows() -> list[VocabularyRow]:
    return list(read())


@pytest.fixture(scope="module")
def vocabulary(rows: list[VocabularyRow]) -> Vocabulary:
    return Vocabulary(rows)


@pytest.fixture(scope="module")
def own() -> dict[str, Any]:
    return tomllib.loads(ALIASES.read_text())


def terms(own: dict[str, Any]) -> dict[str, list[str]]:
    sections = (terms for section, terms in own.items() if section not in ("lists", "prose", "senses"))
    return {name: names for terms in sections for name, names in terms.items()}


def test_no_form_belongs_to_two_terms(rows: list[VocabularyRow]) -> None:
    owners = Counter(form for row in rows for form in set(row.forms))
    assert [form for form, count in owners.items() if count > 1] == []


def test_every_form_is_in_normal_form(rows: list[VocabularyRow]) -> None:
    assert [form for row in rows for form in row.forms if forms.form(form) != form] == []


def test_every_name_has_its_own_key(rows: list[VocabularyRow], vocabulary: Vocabulary) -> None:
    keys = [vocabulary.normalise(row.name) for row in rows]
    assert len(set(keys)) == len(rows)
    for row, key in zip(rows, keys, strict=True):
        assert vocabulary.name(key) == row.name
        assert vocabulary.normalise(key) == key
        assert key in vocabulary


def test_every_alias_means_its_term(vocabulary: Vocabulary, own: dict[str, Any]) -> None:
    """Fails where ``aliases.toml`` was changed and the file not built again."""
    for name, aliases in terms(own).items():
        for written in (name, *aliases):
            assert vocabulary.name(vocabulary.normalise(written)) == name, written


def test_every_alias_removed_is_gone(rows: list[VocabularyRow], own: dict[str, Any]) -> None:
    """The other way round: of what counts in prose, nothing is left that ``aliases.toml`` no longer has."""
    assert {row.name for row in rows if row.plain or row.cased or row.cue or row.senses} <= terms(own).keys()
    never = set(map(forms.form, own["prose"]["never"]))
    assert [form for row in rows for form in (*row.plain, *row.esco_plain) if form in never] == []


def test_the_file_has_the_cues_of_each_word_with_other_senses(rows: list[VocabularyRow], own: dict[str, Any]) -> None:
    cues = {form: words for row in rows for form, words in row.cues.items()}
    assert cues == {forms.form(written): words for written, words in own["senses"].items()}
    assert not any(form in row.plain for row in rows for form in cues)


def test_what_lists_have_wrong_is_left_out(rows: list[VocabularyRow], own: dict[str, Any]) -> None:
    ours = {forms.form(written) for name, names in terms(own).items() for written in (name, *names)}
    wrong = set(map(forms.form, own["lists"]["wrong"]))
    assert [
        (row.name, form) for row in rows for form in wrong.intersection(row.forms) - ours if form != forms.form(row.name)
    ] == []


def test_it_has_the_terms_of_each_source(vocabulary: Vocabulary) -> None:
    for source, term in [
        ("ESCO", "supervise correctional procedures"),
        ("linguist-languages", "Gentoo Ebuild"),
        ("pygments", "Boogie"),
        ("trove-classifiers", "Pylons"),
        ("simple-icons", "Cloudflare Workers"),
    ]:
        assert vocabulary.known(term), source
    assert len(vocabulary) > 15_000


def test_it_loads_in_a_second_and_thirty_megabytes() -> None:
    within(1, Vocabulary.load)
    tracemalloc.start()
    try:
        kept = Vocabulary.load()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(kept)
    assert size < 30 * 2**20
