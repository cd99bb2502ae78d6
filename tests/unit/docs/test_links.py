"""The guides name only what exists: each relative link with its heading, each path, and each target of ``make``."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
PAGES: Final = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/README.md"), *ROOT.glob("services/*/*/README.md")]
)
_ELSEWHERE: Final = re.compile(r"[a-z]+:|//")
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_BLOCK: Final = re.compile(r"^ *```.*?^ *```", re.M | re.S)
_FILE: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|md|toml|html|txt|eml|yaml|yml)")
_FOLDER: Final = re.compile(
    r"(?:deploy|docs|locks|services|shared|tests)(?:/[\w.-]+)*/?|(?:registration|listings|matching|notifications)(?:/[\w.-]+)+"
)
_MAKE: Final = re.compile(r"\bmake ([a-z][a-z-]*)")


def names_of_pages(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=names_of_pages)
def test_every_relative_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    broken = []
    for target in _LINK.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if _ELSEWHERE.match(target):
            continue
        name, _, heading = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists():
            broken.append(f"{target}: there is no such file")
        elif heading and heading not in headings(path):
            broken.append(f"{target}: the page has no such heading")
    assert not broken, f"{names_of_pages(page)}: {'; '.join(broken)}"


@pytest.mark.parametrize("page", PAGES, ids=names_of_pages)
def test_every_path_in_backticks_exists(page: Path) -> None:
    missing = [path for path in paths_in(page.read_text(encoding="utf-8")) if not exists(path, page)]
    assert not missing, f"{names_of_pages(page)} names what does not exist: {', '.join(missing)}"


@pytest.mark.parametrize("page", PAGES, ids=names_of_pages)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    text = page.read_text(encoding="utf-8")
    commands = [*_CODE.findall(text), *(line for block in _BLOCK.findall(text) for line in block.splitlines())]
    named = {target for command in commands for target in _MAKE.findall(command.partition("#")[0])}
    assert named <= targets, f"{names_of_pages(page)} names targets that the Makefile lacks: {named - targets}"


def test_what_does_not_exist_is_found_out() -> None:
    assert list(paths_in("`no/such/file.py`, `tests/nothing`, `GET /me`, `a.b`")) == ["no/such/file.py", "tests/nothing"]
    assert not exists("no/such/file.py", ROOT / "README.md")
    assert not exists("tests/nothing", ROOT / "README.md")
    assert exists("messaging/outbox.py", ROOT / "README.md")


def paths_in(text: str) -> Iterator[str]:
    for code in _CODE.findall(_BLOCK.sub("", text)):
        path = re.sub(r"(?<=\.py):.*", "", code)
        if _FILE.fullmatch(path) or _FOLDER.fullmatch(path):
            yield path


def exists(path: str, page: Path) -> bool:
    """Whether it is there from the root or from the page, or is the end of the path of a file of the project."""
    end = path.rstrip("/")
    return (page.parent / path).exists() or end in files() or any(file.endswith(f"/{end}") for file in files())


@lru_cache
def files() -> frozenset[str]:
    """The project's files and the folders that hold any, from the root."""
    kept = (top for top in ROOT.iterdir() if not top.name.startswith(".") and top.name != "site")
    every = (file for top in kept for file in ([top] if top.is_file() else top.rglob("*")))
    found = {file.relative_to(ROOT) for file in every if file.is_file() and "__pycache__" not in file.parts}
    return frozenset(str(path) for file in found for path in (file, *file.parents))


@lru_cache
def headings(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", _BLOCK.sub("", page.read_text(encoding="utf-8")), re.M)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)
