"""Reasons in words."""

import re
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from matching.engine.score import Weights, match
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Listing, RequestedTerm
from matching.model.words import Word
from shared.contract.events.fields import Discipline
from shared.contract.events.matching import Choice, Match, Reason
from shared.wording.languages import LANGUAGES, Language, translations
from shared.wording.reason_texts import MOST_TERMS, Words
from shared.wording.untrusted_text import mail_line


def heard(term: str, session: str = "Arrays", kind: str = "skill", contribution: float = 0.1) -> dict[str, Any]:
    return {"kind": kind, "term": term, "session_id": session[:3], "session_title": session, "contribution": contribution}


def declared(term: str, contribution: float = 0.1, kind: str = "skill") -> dict[str, Any]:
    return {"kind": kind, "term": term, "declared": True, "contribution": contribution}


def demand(term: str, contribution: float = 0.05) -> dict[str, Any]:
    return {"kind": "demand", "term": term, "contribution": contribution}


def discipline(term: str) -> dict[str, Any]:
    return {"kind": "discipline", "term": term, "contribution": 0.05}


WORDS = {language: Words(translations(language)) for language in LANGUAGES}


def words(*reasons: dict[str, Any], most: int = 3, language: Language = "en", says: Words | None = None) -> list[str]:
    parsed = [Reason.model_validate(reason) for reason in reasons]
    match = Match(listing_id="l", title="t", organization="o", url=None, score=1, reasons=parsed)
    return (says or WORDS[language]).reasons(match, most)


MET = {"kind": "met", "contribution": 0.2}


def similar(*words: str) -> list[dict[str, Any]]:
    return [{"kind": "similarity", "term": word, "contribution": 0.03 - place / 100} for place, word in enumerate(words)]


NOMINATION = {"kind": "nomination", "term": "leadership", "contribution": 0.2}
CONFERENCE = {"kind": "conference", "contribution": 0.05}


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        (similar("Spanish"), "Its description shares a word with your profile and sessions: Spanish"),
        (
            similar("Spanish", "manuscripts", "hands"),
            "Its description shares words with your profile and sessions: Spanish, manuscripts and hands",
        ),
        ([declared("Spanish"), *similar("Spanish")], "You named Spanish among your skills; this project uses it"),
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
            "You named Rust among your skills; this project uses it, and it is in short supply",
        ),
        (
            [declared("Rust"), declared("C"), demand("Rust")],
            "You named Rust and C among your skills; this project uses them, and Rust is in short supply",
        ),
        (
            [heard("Rust", contribution=0.3), heard("C"), demand("C", 0.01), demand("Rust"), heard("kernels", kind="topic")],
            "You attended “Arrays”; this project uses C and Rust, which is in short supply, and is about kernels",
        ),
        ([heard("Rust"), demand("Rust")], "You attended “Arrays”; this project uses Rust, which is in short supply"),
        ([discipline("physical-sciences")], "It looks for people of your discipline, physical sciences"),
        ([discipline("ict")], "It looks for people of your discipline, information technology"),
        ([NOMINATION], "A mentor nominated you for it"),
        # What several say of one term is told once.
        ([heard("Python"), declared("python", 0.5)], "You attended “Arrays”; this project uses Python"),
        ([declared("Python", 0.5), declared("Python", kind="topic")], "You named Python among your skills; this project uses it"),
        # What is not known here is left out, and so is demand for what is not told.
        ([MET, {"kind": "weather", "contribution": 0.9, "term": "sun"}], "You met one of its mentors"),
        ([CONFERENCE, demand("Rust")], "Its organization takes part in a conference you attended"),
    ],
)
def test_reasons_are_told_in_a_sentence(reasons: list[dict[str, Any]], sentence: str) -> None:
    assert words(*reasons) == [sentence]


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        (
            [heard("Rust", contribution=0.3), heard("C"), demand("Rust"), heard("Kernel", kind="topic")],
            "Du warst bei „Arrays“; dieses Projekt nutzt C und Rust, was wenige können, und handelt von Kernel",
        ),
        (
            [heard("Python"), heard("Python", "Testing")],
            "Du warst bei „Arrays“ und „Testing“; dieses Projekt nutzt Python",
        ),
        ([declared("Python")], "Du hast Python als Fähigkeit genannt; dieses Projekt nutzt sie"),
        (
            [declared("Rust"), declared("C"), demand("Rust")],
            "Du hast Rust und C als Fähigkeiten genannt; dieses Projekt nutzt sie, und Rust können nur wenige",
        ),
        ([MET], "Du hast eine der betreuenden Personen getroffen"),
        ([NOMINATION], "Ein Mentor oder eine Mentorin hat dich dafür nominiert"),
        ([MET, MET], "Du hast zwei der betreuenden Personen getroffen"),
        ([discipline("ict")], "Gesucht werden Leute aus deinem Fach: Informatik"),
    ],
)
def test_a_reason_in_german_words(reasons: list[dict[str, Any]], sentence: str) -> None:
    assert words(*reasons, language="de") == [sentence]


@pytest.mark.parametrize("kind", ["skill", "topic"])
@pytest.mark.parametrize("more", [{}, {"declared": True}, {"session_id": "s", "session_title": "Arrays"}])
def test_a_reason_that_does_not_name_its_term_is_refused(kind: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"must name the {kind} in 'term'"):
        Reason.model_validate({"kind": kind, "contribution": 0.1} | more)


def test_every_kind_of_reason_that_the_engine_gives_has_words() -> None:
    """A new kind of the contract is left out of mails until it has words here; the engine has none that is."""
    requested_terms = {"a": RequestedTerm("skill", "A"), "b": RequestedTerm("topic", "B"), "c": RequestedTerm("research", "C")}
    interests = {key: Interest(declared=True) for key in requested_terms}
    candidate = Candidate("a1", shard=0, interests=interests, met={"m1": "c1"}, conference_ids={"c1"}, discipline="ict")
    listing = Listing(
        "l1",
        1,
        True,
        "T",
        "O",
        requested_terms=requested_terms,
        mentor_ids=["m1"],
        conference_ids=["c1"],
        disciplines=["ict"],
        words={"star": Word("stars", 0.5)},
    )
    # A conference that all listings share is no reason.
    elsewhere = replace(listing, id="l2", conference_ids=[])
    market = Market([listing, elsewhere], CandidateCounts(candidates=10, held={"a": 1}))
    found = match(candidate, interests, listing, market, Weights(), words={"star": 1.0}, nominated=True)
    assert found
    kinds = {reason.kind for reason in found.reasons}
    weighted = {one.name for one in fields(Weights)}
    assert kinds == weighted | {"nomination"}, "each kind has a weight, and each weight a kind; a nomination has its own"
    assert set(re.findall("`([a-z]+)`", Reason.model_fields["kind"].description or "")) == kinds
    alone = {reason.kind: WORDS["en"].reasons(found.model_copy(update={"reasons": [reason]})) for reason in found.reasons}
    # Demand is told with its skill.
    assert {kind: len(sentences) for kind, sentences in alone.items()} == dict.fromkeys(kinds, 1) | {"demand": 0}
    told = WORDS["en"].reasons(found, most=10)
    assert set(told) == {
        "You named A among your skills; this project uses it, and it is in short supply",
        "A mentor nominated you for it",
        "You named B among your interests; this project is about it",
        "You named C among your interests; this project does research that involves it",
        "Its description shares a word with your profile and sessions: stars",
        "You met one of its mentors",
        "It looks for people of your discipline, information technology",
        "Its organization takes part in a conference you attended",
    }


@pytest.mark.parametrize("discipline", get_args(Discipline))
def test_every_discipline_has_a_name_that_can_be_read(discipline: str) -> None:
    reason = {"kind": "discipline", "term": discipline, "contribution": 0.05}
    (sentence,), (german,) = words(reason), words(reason, language="de")
    assert re.fullmatch("It looks for people of your discipline, [a-z ]{3,}", sentence)
    assert "ict" not in sentence.split()
    assert re.fullmatch("Gesucht werden Leute aus deinem Fach: [A-Za-zäöü ]{5,}", german)
    assert german.partition(": ")[2] != sentence.partition(", ")[2], "not translated"


def test_a_kind_of_reason_to_come_breaks_nothing_whatever_it_says() -> None:
    """A newer matching service may be deployed first."""
    new = {"kind": "weather", "contribution": 0.9, "term": "sun", "session_title": "Arrays", "declared": True, "hue": {"x": [1]}}
    assert words(new, heard("Python"), MET) == words(heard("Python"), MET)


def test_reasons_are_ordered_by_strength_merged_ones_by_their_sum() -> None:
    assert words(
        CONFERENCE, MET, heard("Python", contribution=0.15), heard("NumPy", contribution=0.15), declared("Rust", 0.1)
    ) == [
        "You attended “Arrays”; this project uses Python and NumPy",
        "You met one of its mentors",
        "You named Rust among your skills; this project uses it",
    ]


def test_words_in_common_come_last_however_much_they_contribute() -> None:
    loose = {"kind": "similarity", "term": "packages", "contribution": 0.3}
    assert words(loose, heard("Python")) == [
        "You attended “Arrays”; this project uses Python",
        "Its description shares a word with your profile and sessions: packages",
    ]
    assert words(loose, heard("Python"), MET, CONFERENCE)[:2] == [
        "You met one of its mentors",
        "You attended “Arrays”; this project uses Python",
    ]
    assert "packages" not in " ".join(words(loose, heard("Python"), MET, CONFERENCE))


def test_sessions_that_taught_something_else_are_not_merged() -> None:
    assert len(words(heard("Python"), heard("NumPy", "Testing"))) == 2


def test_a_match_without_reasons_or_with_none_that_are_known_has_no_words() -> None:
    assert words() == []
    assert words({"kind": "weather", "contribution": 0.9, "term": "sun"}, demand("Rust")) == []


def test_what_strangers_wrote_is_bounded_and_no_link_in_mails() -> None:
    many = [heard(f"Skill {n} of https://evil.example", "Session " + "x" * 200 + f" {n}") for n in range(20)]
    mail = Words(translations("en"), mail_line)
    named = words(*(declared(f"Skill {n} of www.evil.example") for n in range(20)), says=mail)
    for sentence in words(*many, most=20, says=mail) + named:
        assert len(sentence) < 1000
        assert "evil.example" not in sentence
        assert sentence.count("Skill") <= MOST_TERMS


def test_pages_show_names_with_dots_as_they_are() -> None:
    assert words(heard("Python", "Compiling CompiledPoem.pyx with J.R.R.Tolkien")) == [
        "You attended “Compiling CompiledPoem.pyx with J.R.R.Tolkien”; this project uses Python"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_are_listed_as_one_would_say_them(language: Language) -> None:
    enumerated = WORDS[language].enumerated
    conjunction = {"en": "and", "de": "und"}[language]
    said = [enumerated(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])]
    assert said == ["", "a", f"a {conjunction} b", f"a, b {conjunction} c"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_of_a_match_day_has_words_of_its_own(language: Language) -> None:
    results = re.findall("`([a-z_]+)`", Choice.model_fields["result"].description or "")
    assert len(results) == 15
    said = [WORDS[language].outcome(result) for result in [*results, "one to come"]]
    assert len(set(said)) == len(said)
    assert all(said)


def test_a_week_in_words_leaves_out_what_did_not_happen() -> None:
    assert WORDS["en"].week(1, 0, 0) == "1 application"
    assert WORDS["en"].week(4, 2, 1) == "4 applications, 2 offers, 1 accepted"
    assert WORDS["de"].week(3, 2, 1) == "3 Bewerbungen, 2 Angebote, 1 Zusage"
    assert WORDS["en"].week(0, 0, 0) == "0 applications"
