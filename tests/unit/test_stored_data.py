"""Whatever is stored is in the export of the person whom it is about, or left out for a reason."""

import re
from pathlib import Path

import pytest

from support.stored_data import EXPORTED, LEFT_OUT

_COLLECTION = re.compile(r"\bdb(?:\[|\.get_collection\()\s*\"([a-z_]+)\"")
ROOT = Path(__file__).parents[2]


def collections(source: Path) -> set[str]:
    """The collections that the code below names."""
    return {name for path in source.rglob("*.py") for name in _COLLECTION.findall(path.read_text())}


@pytest.mark.parametrize("service", LEFT_OUT)
def test_every_collection_is_exported_or_left_out_for_a_reason(service: str) -> None:
    exported, left_out = set(EXPORTED.get(service, ())), set(LEFT_OUT[service])
    stored = collections(ROOT / "shared" / "src" if service == "shared" else ROOT / "services" / service / "src")
    assert stored, "no collection was found"
    assert not exported & left_out
    assert exported | left_out == stored, "name it in tests/support/stored_data.py, and export it if it is about people"
