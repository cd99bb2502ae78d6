"""The walkthroughs lead through code that exists, and through no file twice."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs/walkthroughs.md"
MOST_FILES: Final = 30
"""From an attendance event to SMTP, with those by which an event travels between two services."""

TRAVEL: Final = "From service to service"

_STEP: Final = re.compile(r"\d+\. `([\w/]+\.py):([\w.]+)` ")


class Step(NamedTuple):
    line: int
    walk: str
    file: str
    function: str


def steps() -> Iterator[Step]:
    walk = ""
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            walk = line.removeprefix("## ")
        elif re.match(r"\d", line):
            found = _STEP.match(line)
            assert found, f"docs/walkthroughs.md:{number}: a step begins with `path/to/file.py:function`, not with {line[:60]!r}"
            yield Step(number, walk, *found.groups())


def path_of(file: str) -> Path:
    package = file.partition("/")[0]
    return ROOT / ("shared" if package == "shared" else f"services/{package}") / "src" / file


def test_every_function_that_is_named_exists() -> None:
    missing = [
        f"docs/walkthroughs.md:{step.line}: {step.file}:{step.function} does not exist; name the function that is there now"
        for step in steps()
        if step.function not in functions_of(path_of(step.file))
    ]
    assert not missing, "\n".join(missing)


def test_steps_are_numbered_in_order() -> None:
    for walk, lines in groupby(
        re.findall(r"^## .+|^\d+\.", PAGE.read_text(encoding="utf-8"), re.M), lambda line: line[:2] == "##"
    ):
        if not walk:
            numbers = list(lines)
            assert numbers == [f"{number}." for number in range(1, len(numbers) + 1)]


def test_no_file_is_entered_twice_but_a_use_case_that_leads() -> None:
    twice = [
        f"docs/walkthroughs.md, {walk!r}: {file} is entered {entries} times"
        for walk, walked in groupby(steps(), lambda step: step.walk)
        for file, entries in entered(walked).items()
        if entries > 1 and "use_cases" not in file
    ]
    assert not twice, "\n".join(twice)


def test_an_attendance_event_passes_few_files_on_its_way_to_smtp() -> None:
    files = {walk: {step.file for step in steps() if step.walk == walk} for walk in (TRAVEL, "Attendance event to SMTP")}
    assert all(files.values())
    assert len(set().union(*files.values())) <= MOST_FILES


def test_a_name_that_does_not_exist_is_found_out() -> None:
    test = Path(__file__)
    assert {"path_of", "Step", "entered"} <= functions_of(test)
    assert "Step.file_of" not in functions_of(test)
    assert functions_of(test.with_name("no_such_file.py")) == frozenset()


def entered(walked: Iterable[Step]) -> dict[str, int]:
    """How often each file is entered from another one."""
    entries: dict[str, int] = {}
    for file, _ in groupby(walked, lambda step: step.file):
        entries[file] = entries.get(file, 0) + 1
    return entries


@lru_cache
def functions_of(path: Path) -> frozenset[str]:
    """The names of a module's classes and functions, those inside others with dots; none where there is no such module."""
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8")).body)) if path.is_file() else frozenset()


def _names(body: Iterable[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
            yield from _names(node.body, f"{prefix}{node.name}.")
