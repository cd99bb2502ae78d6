"""The shape of the code: each class name means one thing within a service, and modules are short, those of tests too."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = {
    path.name: path for path in [ROOT / "shared/src/shared", *ROOT.glob("services/*/src/*"), *ROOT.glob("deploy/*/src/*")]
}
MOST_LINES: Final = 350
MEDIAN_LINES: Final = 100


def modules(package: Path) -> Iterator[Path]:
    return package.rglob("*.py")


@lru_cache
def lines_of(module: Path) -> int:
    return len(module.read_text(encoding="utf-8").splitlines())


def class_names(module: Path) -> Iterator[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def named_twice(package: Path) -> dict[str, list[str]]:
    """The names of the classes of which a package has several, each with its modules."""
    places: dict[str, list[str]] = defaultdict(list)
    for module in modules(package):
        for name in class_names(module):
            places[name].append(str(module.relative_to(package)))
    return {name: sorted(found) for name, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_class_name_means_one_thing_within_a_package(package: str) -> None:
    assert named_twice(PACKAGES[package]) == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_long(package: str) -> None:
    long = {str(module.relative_to(ROOT)): lines_of(module) for module in modules(PACKAGES[package])}
    assert {module: lines for module, lines in long.items() if lines > MOST_LINES} == {}


def test_no_module_of_the_tests_is_long() -> None:
    long = {str(module.relative_to(ROOT)): lines_of(module) for module in modules(ROOT / "tests")}
    assert len(long) > 500
    assert {module: lines for module, lines in long.items() if lines > MOST_LINES} == {}


def test_half_of_the_modules_are_short() -> None:
    lengths = [lines for package in PACKAGES.values() for module in modules(package) if (lines := lines_of(module))]
    assert median(lengths) <= MEDIAN_LINES


def test_a_name_that_is_there_twice_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Session: ...\n", encoding="utf-8")
    (tmp_path / "two.py").write_text("class Other:\n    class Session: ...\n", encoding="utf-8")
    assert named_twice(tmp_path) == {"Session": ["one.py", "two.py"]}
