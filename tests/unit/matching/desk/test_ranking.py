"""Ranking people by buttons, boxes and dragging."""

import pytest
from pydantic import ValidationError

from matching.desk.ranking import moved, ranking_of
from matching.rounds.domain.requests import HostRanking
from shared.web.pages.forms import Form

STORED = HostRanking(attendee_ids=["a", "b", "c", "d"], ties=[["b", "c"]], caps={"law": 1}, seats=2)


def ranks(**sent: list[str]) -> list[str]:
    """The ranks after this form, each as a string."""
    return ["".join(rank) for rank in moved(Form(sent), STORED)]


def test_without_a_form_the_ranks_are_as_stored() -> None:
    assert moved(None, STORED) == [["a"], ["b", "c"], ["d"]]
    assert moved(None, None) == []


def test_somebody_moves_one_rank_at_a_time_and_out_of_a_tie_first() -> None:
    page = {"ranked": ["a", "b", "c", "d"], "tied": ["c"]}
    assert ranks(**page) == ["a", "bc", "d"]
    assert ranks(**page, up=["d"]) == ["a", "d", "bc"]
    assert ranks(**page, up=["c"]) == ["a", "c", "b", "d"]
    assert ranks(**page, down=["c"]) == ["a", "b", "c", "d"]
    assert ranks(**page, down=["a"]) == ["bc", "a", "d"]
    assert ranks(**page, up=["a"]) == ranks(**page, down=["d"]) == ranks(**page, up=["nobody"]) == ["a", "bc", "d"]
    assert ranks(**page, remove=["b"]) == ["a", "c", "d"]
    assert ranks(**page, add=["e"]) == ["a", "bc", "d", "e"]


def test_boxes_say_who_shares_the_rank_above() -> None:
    page = {"ranked": ["d", "a", "b", "c"]}
    assert ranks(**page, tied=[]) == ["d", "a", "b", "c"]
    assert ranks(**page, tied=["d", "a", "c", "nobody"]) == ["da", "bc"]


def test_people_that_an_outdated_page_lacks_stay_behind_it_with_their_ties() -> None:
    assert ranks(ranked=["d", "b"], tied=[]) == ["d", "b", "ac"], "c shares the rank of who now stands before it"
    assert ranks(ranked=["a", "b"], tied=["b"]) == ["abc", "d"]


def test_a_form_becomes_a_ranking_and_keeps_what_it_does_not_ask() -> None:
    sent = ranking_of(Form({"ranked": ["a", "b", "c", "d"], "tied": ["b", "c"]}), STORED)
    assert sent == {
        "attendee_ids": ["a", "b", "c", "d"],
        "ties": [["a", "b", "c"]],
        "caps": {"law": 1},
        "reserves": {},
        "reverts_to": None,
        "seats": 2,
    }
    kept = {"caps": {"law": 1}, "reserves": {}, "reverts_to": None, "seats": 2}
    assert ranking_of(Form({"by": ["score"]}), STORED) == {"by": "score"} | kept


def test_a_form_about_a_discipline_changes_only_how_many_of_it_are_taken() -> None:
    def mixed(**sent: str) -> HostRanking:
        return HostRanking.model_validate(ranking_of(Form({name: [value] for name, value in sent.items()}), STORED))

    arts = mixed(discipline="arts", least="1", most=" 2 ")
    assert (arts.caps, arts.reserves) == ({"law": 1, "arts": 2}, {"arts": 1})
    assert (arts.attendee_ids, arts.ties, arts.seats) == (STORED.attendee_ids, STORED.ties, STORED.seats)
    assert mixed(discipline="law", least="", most="") == STORED.model_copy(update={"caps": {}})
    with pytest.raises(ValidationError, match="at most its cap"):
        mixed(discipline="law", least="2", most="1")
