"""Making a release ready."""

from pathlib import Path

import pytest

import make_ready
from licences import collect

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Seats\n\n## [0.1.0] - 2026-11-01\n\n- First\n"


def test_every_file_that_holds_the_version_holds_the_same() -> None:
    found = {name: set(make_ready.versions_in((make_ready.ROOT / name).read_text())) for name in make_ready.VERSIONED}
    assert all(found.values()), found
    assert len(set.union(*found.values())) == 1, found


def test_what_is_unreleased_gets_the_version_and_the_day() -> None:
    changed = make_ready.released(CHANGELOG, "0.2.0", "2026-11-29")
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-11-29\n\n### Added\n\n- Seats\n\n## [0.1.0]" in changed
    with pytest.raises(make_ready.Unready, match="nothing under Unreleased"):
        make_ready.released(changed, "0.3.0", "2026-11-30")
    with pytest.raises(make_ready.Unready, match=r"has a version 0\.1\.0"):
        make_ready.released(CHANGELOG, "0.1.0", "2026-11-30")


def test_licences_of_all_packages_are_collected(tmp_path: Path) -> None:
    for name, said, text in (
        ("new", "License-Expression: MIT", "licenses/LICENSE.txt"),
        ("old", "Classifier: License :: OSI Approved :: BSD License", "COPYING"),
    ):
        info = tmp_path / "packages" / f"{name}-1.0.dist-info"
        (info / text).parent.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{said}\n\nText")
        (info / text).write_text(f"terms of {name}")
    assert collect(tmp_path / "packages", tmp_path / "to") == ["new-1.0: MIT", "old-1.0: BSD License"]
    assert (tmp_path / "to/new-1.0/licenses/LICENSE.txt").read_text() == "terms of new"
    assert (tmp_path / "to/old-1.0/COPYING").read_text() == "terms of old"
