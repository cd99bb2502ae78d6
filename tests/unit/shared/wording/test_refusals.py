"""What a use case refuses is said on pages, too: in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import listings
import matching
from matching.applications.domain.transitions import check
from shared.refusals import Conflict
from shared.worded import Worded
from shared.wording.languages import translations

TEXT_AT = {"Conflict": 0, "Invalid": 1}


def bare_texts(package: ModuleType) -> Iterator[str]:
    """Where rules and use cases refuse something in English only."""
    root = Path(package.__path__[0])
    for file in root.rglob("*.py"):
        if not {"domain", "use_cases"} & {*file.parts, file.stem}:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXT_AT:
                text = node.args[TEXT_AT[node.func.id]]
                if isinstance(text, ast.Constant | ast.JoinedStr):
                    yield f"{file.relative_to(root)}:{node.lineno}"


@pytest.mark.parametrize("package", [listings, matching])
def test_what_people_are_refused_is_made_to_be_translated(package: ModuleType) -> None:
    assert list(bare_texts(package)) == []


def test_a_refusal_is_english_for_programs_and_has_its_state_in_german() -> None:
    with pytest.raises(Conflict) as refused:
        check("accept", "withdrawn", "attendee")
    text = refused.value.detail
    assert text == "the application is withdrawn; only the attendee can reopen it, by applying again"
    assert isinstance(text, Worded)
    german = text.translated(translations("de", "matching").gettext)
    assert german == "die Bewerbung ist zurückgezogen; nur durch eine neue Bewerbung kann es weitergehen"
