"""What is stored is read by this release also where a newer one has added to it."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.contract.topics import SERVICES
from shared.database.documents import from_document

ROOT = Path(__file__).parents[4]


class Slot(NamedTuple):
    place: str
    minutes: int = 30


@dataclass
class Meeting:
    id: str
    slot: Slot
    kept: bool = True


def test_fields_are_taken_from_the_document_and_those_of_a_newer_release_left_out() -> None:
    stored = {"_id": "m", "slot": {"place": "Hall", "minutes": 20, "floor": 2}, "kept": False, "colour": "red"}
    slot = from_document(Slot, stored["slot"])  # type: ignore[arg-type]
    assert from_document(Meeting, stored, id=stored["_id"], slot=slot) == Meeting("m", Slot("Hall", 20), kept=False)


def test_what_is_missing_has_its_default_or_is_an_error() -> None:
    assert from_document(Meeting, {}, id="m", slot=Slot("Hall")) == Meeting("m", Slot("Hall", 30), kept=True)
    with pytest.raises(TypeError, match="slot"):
        from_document(Meeting, {"id": "m"})


def test_no_repository_passes_all_that_is_stored_to_a_class() -> None:
    """``Meeting(**document)`` would fail on a field of a newer release. Pydantic's validators leave it out by themselves."""
    sources = [ROOT / "shared" / "src", *(ROOT / "services" / one / "src" for one in SERVICES)]
    functions = [
        (file, function)
        for source in sources
        for file in source.rglob("*.py")
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    reading = [(file, one) for file, one in functions if "repository" in str(file) or "Document" in ast.unparse(one.args)]
    assert len(reading) > 200
    found = [
        f"{file.name}:{call.lineno}: {call.func.id}"
        for file, function in reading
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id[0].isupper()
        if any(keyword.arg is None for keyword in call.keywords)
    ]
    assert found == []
