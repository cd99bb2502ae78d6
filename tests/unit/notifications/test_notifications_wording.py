"""Reasons in words."""

from typing import Any

import pytest
from pydantic import ValidationError

from notifications.wording import enumerated, opening, reasons_in_words, shortened, subject
from shared.events.matching import Match, Reason


def heard(term: str, session: str = "Arrays", kind: str = "skill", contribution: float = 0.1) -> dict[str, Any]:
    return {"kind": kind, "term": term, "session_id": session[:3], "session_title": session, "contribution": contribution}


def declared(term: str, contribution: float = 0.1, kind: str = "skill") -> dict[str, Any]:
    return {"kind": kind, "term": term, "declared": True, "contribution": contribution}


def demand(term: str, contribution: float = 0.05) -> dict[str, Any]:
    return {"kind": "demand", "term": term, "contribution": contribution}


def discipline(term: str) -> dict[str, Any]:
    return {"kind": "discipline", "term": term, "contribution": 0.05}


def words(*reasons: dict[str, Any], most: int = 3) -> list[str]:
    parsed = [Reason.model_validate(reason) for reason in reasons]
    return reasons_in_words(Match(listing_id="l", title="t", organization="o", url=None, score=1, reasons=parsed), most)


MET = {"kind": "met", "contribution": 0.2}
CONFERENCE = {"kind": "conference", "contribution": 0.05}


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        ([heard("Python")], "You attended “Arrays”; this project uses Python"),
        ([heard("astronomy", kind="topic")], "You attended “Arrays”; this project is about astronomy"),
        (
            [heard("Python", contribution=0.1), heard("NumPy", contribution=0.2)],
            "You attended “Arrays”; this project uses NumPy and Python",
        ),
        (
            [heard("Python"), heard("astronomy", kind="topic")],
            "You attended “Arrays”; this project uses Python and is about astronomy",
        ),
        ([heard("Python"), heard("Python", "Testing")], "You attended “Arrays” and “Testing”; this project uses Python"),
        ([declared("Python")], "You named Python among your skills; this project uses it"),
        ([declared("Python", 0.3), declared("Rust")], "You named Python and Rust among your skills; this project uses them"),
        ([MET], "You met one of its mentors"),
        ([MET, MET], "You met two of its mentors"),
        ([CONFERENCE], "Its organization takes part in a conference you attended"),
        ([{"kind": "topic", "term": "astronomy", "contribution": 0.1}], "This project is about astronomy"),
        (
            [heard("photometry", kind="research")],
            "You attended “Arrays”; this project does research that involves photometry",
        ),
        (
            [heard("Python"), heard("astronomy", kind="topic"), heard("Telescope", kind="research")],
            "You attended “Arrays”; this project uses Python, is about astronomy and does research that involves Telescope",
        ),
        (
            [declared("photometry", kind="research"), declared("Telescope", 0.3, "research")],
            "You named Telescope and photometry among your interests; this project does research that involves them",
        ),
        ([declared("astronomy", kind="topic")], "You named astronomy among your interests; this project is about it"),
        (
            [declared("Rust"), demand("Rust")],
            "You named Rust among your skills; this project uses it, and it is sought after and rarely held",
        ),
        (
            [declared("Rust"), declared("C"), demand("Rust")],
            "You named Rust and C among your skills; this project uses them, and Rust is sought after and rarely held",
        ),
        (
            [heard("Rust", contribution=0.3), heard("C"), demand("C", 0.01), demand("Rust"), heard("kernels", kind="topic")],
            "You attended “Arrays”; this project uses C and Rust, which is sought after and rarely held, and is about kernels",
        ),
        ([heard("Rust"), demand("Rust")], "You attended “Arrays”; this project uses Rust, which is sought after and rarely held"),
        ([discipline("physical-sciences")], "It looks for people of your discipline, physical sciences"),
        ([discipline("ict")], "It looks for people of your discipline, information technology"),
        # What several say of one term is told once.
        ([heard("Python"), declared("python", 0.5)], "You attended “Arrays”; this project uses Python"),
        ([declared("Python", 0.5), declared("Python", kind="topic")], "You named Python among your skills; this project uses it"),
        # What is not known here is left out, and so is demand for what is not told.
        ([MET, {"kind": "weather", "contribution": 0.9, "term": "sun"}], "You met one of its mentors"),
        ([CONFERENCE, demand("Rust")], "Its organization takes part in a conference you attended"),
    ],
)
def test_a_reason_in_words(reasons: list[dict[str, Any]], sentence: str) -> None:
    assert words(*reasons) == [sentence]


@pytest.mark.parametrize("kind", ["skill", "topic"])
@pytest.mark.parametrize("more", [{}, {"declared": True}, {"session_id": "s", "session_title": "Arrays"}])
def test_a_reason_that_does_not_name_its_term_is_refused(kind: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"must name the {kind} in 'term'"):
        Reason.model_validate({"kind": kind, "contribution": 0.1} | more)


def test_the_strongest_come_first_merged_ones_by_their_sum_and_the_weakest_are_left_out() -> None:
    assert words(
        CONFERENCE, MET, heard("Python", contribution=0.15), heard("NumPy", contribution=0.15), declared("Rust", 0.1)
    ) == [
        "You attended “Arrays”; this project uses Python and NumPy",
        "You met one of its mentors",
        "You named Rust among your skills; this project uses it",
    ]


def test_sessions_that_taught_something_else_are_not_merged() -> None:
    assert len(words(heard("Python"), heard("NumPy", "Testing"))) == 2


def test_a_match_without_reasons_or_with_none_that_are_known_has_no_words() -> None:
    assert words() == []
    assert words({"kind": "weather", "contribution": 0.9, "term": "sun"}, demand("Rust")) == []


def test_items_are_listed_as_one_would_say_them() -> None:
    assert [enumerated(items) for items in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_the_subject_names_the_best_new_listing_in_one_short_line() -> None:
    assert subject(["Solar flares"]) == "An internship for you: Solar flares"
    assert subject(["Solar flares", "Comets", "Moons"]) == "3 internships for you: Solar flares and 2 more"
    assert len(subject(["x" * 300, "y"])) < 120
    assert shortened("a\r\nBcc: x", 20) == "a Bcc: x"


def test_the_opening_counts_what_is_new() -> None:
    assert [opening(1, 1), opening(3, 3), opening(1, 3), opening(2, 3)] == [
        "An internship matches you:",
        "3 internships match you:",
        "1 of your 3 best matches is new:",
        "2 of your 3 best matches are new:",
    ]
