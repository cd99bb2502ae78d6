"""What people write comes to the key of what they mean."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.vocabulary import Vocabulary, forms
from matching.engine.vocabulary.vocabulary import read
from support.cost import within


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@pytest.mark.parametrize(
    ("written", "key"),
    [
        # abbreviations and other names
        ("k8s", "kubernetes"),
        ("JS", "javascript"),
        ("ml", "machine learning"),
        ("golang", "go"),
        ("postgres", "postgresql"),
        ("sklearn", "scikit-learn"),
        ("Amazon Web Services", "aws"),
        ("AI/ML", "machine learning"),
        ("i18n", "internationalization"),
        # case, separators, number
        ("machine-learning", "machine learning"),
        ("MACHINE  LEARNING", "machine learning"),
        ("Scikit Learn", "scikit-learn"),
        ("NodeJS", "node.js"),
        ("node js", "node.js"),
        ("Re-act", "react"),
        ("neural network", "neural networks"),
        ("Neural Networks", "neural networks"),
        ("data visualisation", "data visualization"),
        ("ＰＹＴＨＯＮ", "python"),
        ("git\u200bhub", "github"),
        # what is said besides
        ("Python 3.12", "python"),
        ("python3", "python"),
        ("Angular 17+", "angular"),
        ("Java programming", "java"),
        ("React framework", "react"),
        ("Amazon Web Services (AWS)", "aws"),
        ("Microsoft Excel", "excel"),
        ("Google TensorFlow", "tensorflow"),
        ("r-project", "r"),
        ("AngularJS 1.8", "angularjs"),
        # signs that matter
        ("C", "c"),
        ("C++", "c++"),
        ("c plus plus", "c++"),
        ("C/C++", "c++"),
        ("C#", "c#"),
        ("F#", "f#"),
        (".NET", ".net"),
        ("dotnet", ".net"),
        ("R", "r"),
        # slips
        ("pyhton", "python"),
        ("javscript", "javascript"),
        ("kuberntes", "kubernetes"),
        ("machine leraning", "machine learning"),
        ("postgress", "postgresql"),
        ("tensorfow", "tensorflow"),
        # other languages
        ("Datenbanken", "databases"),
        ("Datenbank", "databases"),
        ("künstliche Intelligenz", "artificial intelligence"),
        ("Kuenstliche Intelligenz", "artificial intelligence"),
        ("maschinelles Lernen", "machine learning"),
        ("Verschlüsselung", "cryptography"),
        ("aprendizaje automático", "machine learning"),
        ("base de données", "databases"),
        ("Geschichtswissenschaft", "history"),
        ("Rechtswissenschaften", "law"),
        ("Maschinenbau", "mechanical engineering"),
        ("Volkswirtschaftslehre", "economics"),
        ("Biochemie", "biochemistry"),
        ("Pflegewissenschaft", "nursing"),
        # the same, word by word
        ("Konfliktlösung", "conflict management"),
        ("gestión de la calidad", "quality assurance procedures"),
        ("traitement d'images", "image processing"),
        ("arqueología", "archaeology"),
        ("Suaheli", "swahili"),
        # ESCO
        ("manage musical staff", "manage musical staff"),
        ("Oversee correctional procedures", "supervise correctional procedures"),
    ],
)
def test_ways_to_write_a_term_have_one_key(vocabulary: Vocabulary, written: str, key: str) -> None:
    assert vocabulary.normalise(written) == key
    assert vocabulary.known(written)


@pytest.mark.parametrize(
    ("key", "name"),
    [("kubernetes", "Kubernetes"), ("c++", "C++"), ("node.js", "Node.js"), ("pandas", "pandas"), ("ci/cd", "CI/CD")],
)
def test_a_key_has_a_name_for_people(vocabulary: Vocabulary, key: str, name: str) -> None:
    assert vocabulary.name(key) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Java", "JavaScript"),
        ("C", "C++"),
        ("C", "C#"),
        ("R", "Rust"),
        ("Go", "Godot"),
        ("Jest", "NestJS"),
        ("NumPy", "Numba"),
        ("SciPy", "spaCy"),
        ("Angular", "AngularFire Basics of Nothing"),
        ("React", "React Native"),
        ("Angular", "AngularJS"),
        ("JSON", "GeoJSON"),
        ("TDD", "BDD"),
        ("SELinux", "AppArmor"),
        ("MariaDB", "MongoDB"),
        ("PostgreSQL", "PostGIS"),
        ("Flask", "Flink"),
        ("Scala", "Scalar"),
        ("H264", "H265"),
        ("machine learning", "machine translation"),
        # words that are spelt as they should be
        ("conference", "Confluence"),
        ("fast.ai", "FastAPI"),
        ("illustration", "Illustrator"),
        ("release engineering", "reverse engineering"),
        # what a list gives as another name, and is something else
        ("processor", "security panels"),
        ("engineering", "packaging engineering"),
        ("data", "statistics"),
        ("natural science", "physics"),
        # fields of study
        ("humanities", "digital humanities"),
        ("meteorology", "climate science"),
        ("geology", "geophysics"),
        ("sociology", "political science"),
        ("accounting", "banking"),
        ("medicine", "biomedical engineering"),
        ("law", "intellectual property"),
        ("music", "audio"),
    ],
)
def test_what_is_different_stays_so(vocabulary: Vocabulary, one: str, other: str) -> None:
    assert vocabulary.normalise(one) != vocabulary.normalise(other)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Quantum Foo-Bars", "quantum foo bar"),
        ("  Underwater  basket_weavery ", "underwater basket weavery"),
        ("Zzyzx", "zzyzx"),
        ("日本語の何か", "日本語の何か"),
        ("हिन्दी साहित्य", "हिन्दी साहित्य"),
        ("", ""),
        ("!!! ???", ""),
        ("\u0307\u0307", "\u0307\u0307"),
        ("\0", ""),
    ],
)
def test_an_unknown_term_has_its_normal_form(vocabulary: Vocabulary, written: str, key: str) -> None:
    assert vocabulary.normalise(written) == key
    assert not vocabulary.known(written)
    assert vocabulary.name(key) == key


def test_short_terms_are_never_corrected(vocabulary: Vocabulary) -> None:
    for written in ("jvaa", "pyth", "gti", "rsut"):
        assert vocabulary.normalise(written) == written


def test_a_slip_that_may_mean_two_terms_means_none() -> None:
    vocabulary = Vocabulary(row for row in read() if row.name in ("Cypress", "Python"))
    assert vocabulary.normalise("pyhton") == "python"
    two = [row for row in read() if row.name == "Python"]
    renamed = [type(two[0])(name, (name,), (), (), (), (), ()) for name in ("abcdefgh", "abcdefgi")]
    assert Vocabulary(renamed).normalise("abcdefgj") == "abcdefgj"


@given(st.text(max_size=300))
@settings(max_examples=500)
def test_a_key_is_its_own_key(vocabulary: Vocabulary, text: str) -> None:
    key = vocabulary.normalise(text)
    assert vocabulary.normalise(key) == key
    assert len(key) <= forms.LONGEST


@given(
    st.lists(
        st.sampled_from([*"aàßİﬁ’'-_./ +#()&0 19sSiv\u0301\u200d\u0345\u1fc3", "ies", " programming", "Python", "3.1"]),
        max_size=12,
    ).map("".join)
)
@settings(max_examples=1000)
def test_a_key_made_of_odd_pieces_is_its_own_key(vocabulary: Vocabulary, text: str) -> None:
    key = vocabulary.normalise(text)
    assert vocabulary.normalise(key) == key


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "(",
        "a(",
        "1 ",
        " ",
        "\u0301",
        "a\u0301\u0323",
        "\ufdfa",
        "s",
        "ies ",
        "\ud800",
        "\x00",
        ".",
        "'",
        "C++ ",
        "😀",
        "python ",
    ],
)
def test_a_term_of_ten_kilobytes_costs_little(vocabulary: Vocabulary, piece: str) -> None:
    text = piece * (10_000 // len(piece))
    numbers = count()  # each try needs terms that were not seen before
    within(0.5, lambda: [vocabulary.normalise(f"{next(numbers)}{text}") for _ in range(100)])  # 5 ms each
    assert len(vocabulary.normalise(text)) <= forms.LONGEST
