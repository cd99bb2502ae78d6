"""The page about OWASP ASVS names each requirement of levels 1 and 2 once, and only files and tests that exist."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs/asvs.md"
COUNTS: Final = {
    1: (2, 9, 11, 3, 2),
    2: (3, 3, 4, 1),
    3: (0, 2, 4, 6, 5, 0, 2),
    4: (3, 1, 2, 4),
    5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4),
    7: (3, 4, 2, 5, 2, 2),
    8: (2, 3, 1, 1),
    9: (3, 4),
    10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1),
    12: (3, 2, 4),
    13: (1, 5, 2, 5),
    14: (2, 4, 3),
    15: (3, 3, 7),
    16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}
"""How many requirements of levels 1 and 2 each section of each chapter of ASVS 5.0.0 has. They come before those of level 3."""

_ROW: Final = re.compile(r"\| (\d+\.\d+\.\d+) \| (.+?) \| (?:\*\*(met|not met)\*\*|(n/a)) \| (.+) \|")
_FILE: Final = re.compile(r"`([\w./-]+?)(?::(\w+))?`")
_AS: Final = re.compile(r"\bas (\d+\.\d+\.\d+)(?: and (\d+\.\d+\.\d+))?")


class Row(NamedTuple):
    number: str
    state: str
    why: str

    @property
    def files(self) -> list[tuple[str, str]]:
        """The files that are named, each with a test or ""."""
        return [(file, test) for file, test in _FILE.findall(self.why) if "/" in file.lstrip("/") or file == "pyproject.toml"]


@lru_cache
def rows() -> dict[str, Row]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    found = [_ROW.fullmatch(line) for line in lines]
    wrong = [line for line, row in zip(lines, found, strict=True) if row is None]
    assert not wrong, f"not a row of number, words, state and reason: {wrong}"
    numbers = [row[1] for row in found if row]
    assert len(numbers) == len(set(numbers))
    return {row[1]: Row(row[1], row[3] or row[4], row[5]) for row in found if row}


def path_of(file: str) -> Path | None:
    places = [ROOT, ROOT / "shared/src", *sorted(ROOT.glob("services/*/src"))]
    return next((place / file for place in places if (place / file).exists()), None)


def test_each_requirement_is_there_once() -> None:
    expected = [
        f"{chapter}.{section}.{number}"
        for chapter, sections in COUNTS.items()
        for section, count in enumerate(sections, start=1)
        for number in range(1, count + 1)
    ]
    assert list(rows()) == expected
    assert len(expected) == 253


def test_each_file_and_test_that_is_named_exists() -> None:
    missing = []
    for row in rows().values():
        for file, test in row.files:
            path = path_of(file)
            if path is None or (test and not re.search(rf"^(?:async )?def {test}\(", path.read_text(encoding="utf-8"), re.M)):
                missing.append(f"{row.number}: {file}{test and ':'}{test}")
    assert not missing


def test_what_is_met_names_where() -> None:
    """A file, or another requirement that is met and names one."""
    for row in rows().values():
        if row.state != "met" or row.files:
            continue
        references = [number for pair in _AS.findall(row.why) for number in pair if number]
        assert references, row
        for number in references:
            assert rows()[number].state == "met", row
            assert rows()[number].files, row


def test_names_that_do_not_exist_are_found_out() -> None:
    assert path_of("shared/web/no_such_module.py") is None
    assert path_of("shared/web/gate.py")
    assert path_of("notifications/links.py")
