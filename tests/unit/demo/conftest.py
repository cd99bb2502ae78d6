"""The original data behind the demo, with the names of real people, on machines that have it."""

import gzip
import json
import os
import re
import tarfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
DIRECTORY = Path(os.environ.get("DEMO_ORIGINALS", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def talks() -> Path:
    """The collection of talks that the conference comes from."""
    return _original("schedules/pyvideo_eng_2018plus.jsonl.gz")


@pytest.fixture(scope="session")
def projects() -> Path:
    """The archive of projects that the listings come from."""
    return _original("listings/openastronomy_projects.tar.gz")


def _original(name: str) -> Path:
    path = DIRECTORY / name
    if not path.exists():
        pytest.skip("the originals of the demo's data are not here: set DEMO_ORIGINALS to their directory")
    return path


@pytest.fixture(scope="session")
def speakers(talks: Path) -> frozenset[str]:
    """The full name of everybody who spoke at any of the collection's conferences."""
    with gzip.open(talks, "rt", encoding="utf-8") as lines:
        names = {name for talk in map(json.loads, lines) for name in talk["speakers"]}
    return frozenset(name for name in names if " " in name.strip())


@pytest.fixture(scope="session")
def handles(projects: Path) -> frozenset[str]:
    """The handle of everybody who is a mentor, or is mentioned, in the projects."""
    found: set[str] = set()
    with tarfile.open(projects) as tar:
        for member in tar.getmembers():
            if member.name.endswith(".md") and (file := tar.extractfile(member)):
                text = file.read().decode("utf-8")
                mentors = re.search(r"^mentors:\n((?:[ #-].*\n)*)", text, re.MULTILINE)
                found.update(re.findall(r"^ *- *([\w-]+)", mentors[1] if mentors else "", re.MULTILINE))
                found.update(re.findall(r"(?<![\w/])@([\w-]{3,})", text))
    return frozenset(found)
