"""Words that a profile and a listing have in common, as a reason of the score."""

import pytest

from matching.engine.score import Weights, match
from matching.engine.supply_and_demand import Market
from matching.model.words import Word
from support.worlds import candidate, interest, listing

WEIGHTS = Weights()


def test_words_in_common_make_a_match_where_no_term_is_shared() -> None:
    said = {stem: Word(stem.title(), weight) for stem, weight in (("spanish", 0.6), ("hand", 0.5), ("notar", 0.4), ("old", 0.3))}
    world = [listing("l1", "palaeography", words=said), *(listing(f"l{number}", "a") for number in range(2, 9))]
    one = candidate(interests={"latin": interest(declared=True)})
    known = {"spanish": 0.5, "hand": 0.5, "notar": 0.5, "old": 0.5}
    assert match(one, one.interests, world[0], Market(world), WEIGHTS) is None
    found = match(one, one.interests, world[0], Market(world), WEIGHTS, words=known)
    assert found
    assert [(reason.kind, reason.term) for reason in found.reasons] == [
        ("similarity", word) for word in ("Spanish", "Hand", "Notar")
    ], "the three strongest are named, and stand for all"
    assert found.score == pytest.approx(WEIGHTS.similarity * 0.5 * (0.6 + 0.5 + 0.4 + 0.3) / 1.0)
    assert match(one, one.interests, world[1], Market(world), WEIGHTS, words=known) is None


def test_a_word_of_many_listings_makes_nobody_alike() -> None:
    world = [listing(f"l{number}", words={"project": Word("project", 0.9)}) for number in range(11)]
    assert match(candidate(), {}, world[0], Market(world[:10]), WEIGHTS, words={"project": 1.0})
    assert match(candidate(), {}, world[0], Market(world), WEIGHTS, words={"project": 1.0}) is None


def test_words_that_are_told_with_a_term_are_not_named_again() -> None:
    other = listing("l1", "palaeography", words={"palaeograph": Word("palaeography", 0.9), "hand": Word("hands", 0.1)})
    one = candidate(interests={"palaeography": interest(declared=True)})
    found = match(one, one.interests, other, Market([other]), WEIGHTS, words={"palaeograph": 0.75, "hand": 0.5})
    assert found
    assert [reason.term for reason in found.reasons if reason.kind == "similarity"] == ["hands"]
    assert found.score == pytest.approx(sum(reason.contribution for reason in found.reasons))
