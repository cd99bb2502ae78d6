"""Every regular expression takes time in proportion to the text, whatever strangers write: each is tried with hostile texts."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import listings
import matching
import notifications
import registration
import shared
from matching.engine.vocabulary import forms, term_finder
from notifications.delivery.domain import replies
from shared import persons
from shared.wording import untrusted_text

SERVICES: tuple[ModuleType, ...] = (shared, registration, listings, matching, notifications)
LENGTHS = (500, 12_000)
SECONDS = 0.15
"""For the longest text. What is quadratic takes ten times as long."""
ATOMS = [
    "a",
    "1",
    "A",
    "é",
    " ",
    "\n",
    "\t",
    ".",
    "@",
    "-",
    "_",
    "/",
    ":",
    "<",
    ">",
    "(",
    "[",
    '"',
    "\\",
    "&",
    "=",
    "%",
    "#",
    "+",
    ",",
    ";",
    "*",
    "`",
]
ATOMS += [
    "a.",
    "a@",
    "a@b.",
    "1.",
    "a-",
    "a ",
    "/a",
    "//",
    "\\a",
    '\\"',
    "a\n",
    " \n",
    "\r\n",
    "> ",
    "</",
    "<a",
    "&a;",
    "a:",
    "http://",
    "a=",
    "a, ",
    "4.1.",
    "Message-ID:",
    "message-id: <",
]


BOUNDED = {
    persons._ADDRESS: 1000,
    replies._ADDRESS: 1000,
    untrusted_text._SCHEME: 4 * untrusted_text.PLACE,
    forms._VERSION: forms.LONGEST,
    term_finder._START: 10,
}
"""Those which would take more than that, and how many characters the code around them lets them see."""


def _modules() -> Iterator[str]:
    for package in SERVICES:
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield found.name


def _of_module(module: ModuleType) -> Iterator[re.Pattern[Any]]:
    pending = [value for name, value in vars(module).items() if not name.startswith("__")]
    for value in pending:
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, dict) and len(value) < 1000:
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple) and len(value) < 1000:
            pending += value


def _inline(module: ModuleType) -> Iterator[re.Pattern[Any]]:
    """Patterns written where they are used: ``re.sub(r"…", …)``."""
    path = Path(module.__file__ or "")
    for call in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "re"):
            continue
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str | bytes):
            flags = 0
            for name in re.findall(r"re\.([A-Z]+)\b", ast.unparse(call)):
                flags |= getattr(re, name)
            yield re.compile(call.args[0].value, flags)


def _patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    for name in _modules():
        module = importlib.import_module(name)
        for pattern in (*_of_module(module), *_inline(module)):
            found.setdefault(repr((pattern.pattern, pattern.flags)), pattern)
    return found


PATTERNS = _patterns()


def test_there_are_patterns_to_try() -> None:
    assert len(PATTERNS) > 40


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=[f"{p.pattern!r:.60}" for p in PATTERNS.values()])
def test_a_pattern_takes_time_in_proportion_to_the_text(pattern: re.Pattern[Any]) -> None:
    for atom in ATOMS:
        for end in ("", "\x00", "!"):
            for length in LENGTHS:
                text = (atom * (length // len(atom)))[: BOUNDED.get(pattern, length)] + end
                subject = text.encode() if isinstance(pattern.pattern, bytes) else text
                taken = _seconds(pattern, subject)
                assert taken < SECONDS, f"{pattern.pattern!r}: {taken:.2f} s for {length:,} characters of {atom!r} and {end!r}"


def _seconds(pattern: re.Pattern[Any], subject: str | bytes) -> float:
    """The least of some tries: a busy machine makes the processor slow."""
    taken = SECONDS
    for _ in range(3):
        began = time.thread_time()
        pattern.search(subject)
        taken = min(taken, time.thread_time() - began)
        if taken < SECONDS:
            break
    return taken


def test_no_model_reads_a_pattern_by_python_s_engine() -> None:
    """Pydantic's own engine takes time in proportion; Python's does not."""
    for name in _modules():
        assert "python-re" not in Path(importlib.import_module(name).__file__ or "").read_text()
