"""The demo's data. NOTICE.md has its sources and licences."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def conference() -> dict[str, Any]:
    """Return the conference: id, name, starts, ends, and sessions of {id, title, topics, skills}."""
    return _read("europython_2024.json")


@cache
def internships() -> dict[str, Any]:
    """Return {organizations: [{id, name, conference_ids, mentors: [{id, name, email}]}], listings: [...]}."""
    return _read("openastronomy.json")


@cache
def names() -> dict[str, list[str]]:
    """Return {given: [...], family: [...]}: invented or common names to combine."""
    return _read("names.json")


@cache
def vocabulary() -> dict[str, Any]:
    """Return {skills: {name: [other spellings]}, topics: the same, exact_case: [spellings]}."""
    return _read("vocabulary.json")


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return data
