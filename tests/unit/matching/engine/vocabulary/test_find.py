"""Terms in prose are found, and ordinary words are left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.vocabulary import Vocabulary
from support.cost import within


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Deploying a machine learning model to the cloud using AWS Lambda", ["machine learning", "aws"]),
        ("From HTTP to Kafka-based microservices", ["http", "kafka", "microservices"]),
        ("Machine-Learning mit Python und scikit-learn", ["machine learning", "python", "scikit-learn"]),
        ("Taking Django's ORM Async", ["django", "orm"]),
        ("TLS/SSL, TCP/IP, CI/CD and HTML/CSS", ["tls", "networking", "ci/cd", "css"]),
        ("C/C++ and C# for people who know .NET", ["c++", "c#", ".net"]),
        ("Python, Python and python3", ["python"]),
        ("natural language processing", ["natural language processing"]),
        ("We use k8s, PostgreSQL and Redis.", ["kubernetes", "postgresql", "redis"]),
        ("the quantum mechanics of it", ["quantum mechanics"]),
        ("Einführung in Datenbanken", ["databases"]),
        (
            "Erfahrung in maschinellem Lernen, IT-Sicherheit und Statistik mit R",
            ["machine learning", "computer security", "statistics", "r"],
        ),
        ("Discourse analysis of parliamentary debates", ["discourse analysis"]),
        ("Wir messen mit Massenspektrometrie", ["mass spectrometry"]),
        ("", []),
        ("!!! 😀", []),
    ],
)
def test_terms_are_found_in_order_and_once(vocabulary: Vocabulary, text: str, keys: list[str]) -> None:
    assert vocabulary.find(text) == keys


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A small service written in Go", "go"),
        ("We looked for Go developers", "go"),
        ("Python, R and Julia", "r"),
        ("Python, R and Julia", "julia"),
        ("models in R", "r"),
        ("wrapping a C library", "c"),
        ("Rust and Go", "go"),
        ("Extending Python with Rust", "rust"),
        ("we rewrote it in Rust", "rust"),
        ("a spell checker made with React, Redux and TypeScript", "react"),
        ("AI in the newsroom", "artificial intelligence"),
    ],
)
def test_an_ordinary_word_counts_as_a_name_in_context(vocabulary: Vocabulary, text: str, key: str) -> None:
    assert key in vocabulary.find(text)


SENSES = [
    ("monitoring", "observability", "Monitoring servers with alerts", "monitoring old hands in a manuscript"),
    ("accessibility", "accessibility", "accessibility for screen readers", "the accessibility of the archive by train"),
    ("sustainability", "sustainability", "sustainability and carbon emissions", "the sustainability of a project's funding"),
    ("testing", "software testing", "testing your code", "testing the limits of memory"),
    ("user experience", "user experience design", "designers of the user experience", "a better user experience"),
    ("negotiation", "negotiation", "negotiation in conflict", "content negotiation of headers"),
    ("kernel", "linux kernel", "a driver in the kernel", "a kernel of truth"),
    ("streaming", "video", "streaming of video", "streaming rows of a table"),
    ("navigation", "geolocation", "navigation by satellite", "the navigation at the top of a page"),
    ("architectures", "architecture", "architectures of buildings", "architectures that grow"),
    ("supply chain", "logistics", "a supply chain of warehouses", "attacks on the supply chain"),
    ("collaboration", "teamwork", "communication and collaboration", "in collaboration with others"),
]


@pytest.mark.parametrize(("word", "key", "means", "does_not"), SENSES)
def test_a_word_with_other_senses_needs_a_cue(vocabulary: Vocabulary, word: str, key: str, means: str, does_not: str) -> None:
    assert key in vocabulary.find(means)
    assert key not in vocabulary.find(does_not)
    assert key in vocabulary.find(f"She has experience with {word}")
    assert key in vocabulary.find(f"Python, {word} and PostgreSQL")
    assert vocabulary.find(f"We like {word}") == []


@pytest.mark.parametrize(
    "text",
    [
        "Let's go to the beach and c what happens",
        "GO AWAY",
        "Go home",
        "Vitamin C and plan D",
        "The spring of 1968, and rust on the rails",
        "Rust never sleeps",
        "React to failure",
        "A swift reply and a dart in the dark",
        "Spark joy",
        "Make it express yourself",
        "Julia Evans and Ruby Rose",
        "a wild make up artist",
        "the rest of us",
        "he excels in windows of opportunity",
        "See https://github.com/python/rust or mail go@python.example",
        "ar, ml, ci and ai in lower case",
        # terms of another trade
        "an advanced resource locking mechanism, in modern languages",
        "a public offering of fine tuning techniques",
        # words that make a term only when they are joined
        "how it was/is done, and what is in flux",
        "galaxies at high redshifts",
        "the sdc and md files",
        "the Apache 2 license",
        "Sir Arthur Conan Doyle",
        "a Software Carpentry workshop",
    ],
)
def test_ordinary_words_are_left_alone(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.find(text) == []


@given(st.text(max_size=2000))
@settings(max_examples=300)
def test_any_text_yields_keys(vocabulary: Vocabulary, text: str) -> None:
    found = vocabulary.find(text)
    assert len(set(found)) == len(found)
    assert all(key in vocabulary for key in found)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "a-",
        "a.",
        "C, ",
        "Go and ",
        "python ",
        "(",
        "\n",
        ".",
        "a@",
        "https://",
        "\u0301",
        "\ufdfa",
        "Aa ",
        "Kafka. Rust ",
        "C/",
    ],
)
def test_a_megabyte_costs_little(vocabulary: Vocabulary, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    within(10, lambda: vocabulary.find(text))  # 0.1 s; what is not bounded takes minutes, on whatever machine


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0316\u0301", "\u0301" * 5000 + "\u0316" * 5000])
def test_marks_in_a_row_take_no_time(vocabulary: Vocabulary, marks: str) -> None:
    text = "Python e" + (marks * 20_000)[:20_000]
    assert "python" in vocabulary.find(text)
    within(1, lambda: [vocabulary.find(text) for _ in range(10)])  # in the square of their number they took several


def test_letters_and_their_accents_are_found_written_apart(vocabulary: Vocabulary) -> None:
    assert vocabulary.find("Einfu\u0308hrung in Datenbanken") == vocabulary.find("Einführung in Datenbanken")
