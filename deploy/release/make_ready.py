"""Prepares a release: ``python deploy/release/make_ready.py 0.2.0``. It publishes nothing.

1. Each version in the code and the charts is the new one, and the changelog's "Unreleased" gets its number and date.
2. The contract's schemas are saved as released; what is generated is generated again (``make release`` does it in between).
3. ``--pack`` writes charts and bills of materials (CycloneDX), from the hashed requirements, to ``.local/release/VERSION``.
"""

import argparse
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = ("registration", "listings", "matching", "notifications")
CHARTS: Final = ("opportunity-desk-service", "opportunity-desk-platform")
VERSIONED: Final = (
    "shared/pyproject.toml",
    "shared/src/shared/contract/asyncapi.py",
    *(f"services/{service}/pyproject.toml" for service in SERVICES),
    "deploy/demo/pyproject.toml",
    *(f"deploy/kubernetes/{chart}/Chart.yaml" for chart in (*CHARTS, "opportunity-desk-trial")),
)
"""Files that hold the version."""
VERSION: Final = re.compile(r"""(\b(?:version|appVersion)"?\s?[=:]\s?"?)(\d+\.\d+\.\d+)\b""")
_UNRELEASED: Final = "## [Unreleased]\n"
_ENTRIES: Final = re.compile(r"## \[Unreleased\]\n(.*?)(?=^## \[|\Z)", re.DOTALL | re.MULTILINE)


class Unready(SystemExit):
    """There is nothing to release, or not as this version."""


def versions_in(text: str) -> list[str]:
    """All versions of ours that a file holds."""
    return [found[2] for found in VERSION.finditer(text)]


def released(changelog: str, version: str, day: str) -> str:
    """The changelog with what was unreleased under this version. Raises ``Unready`` if nothing was, or it has the version."""
    entries = _ENTRIES.search(changelog)
    if entries is None or not entries[1].strip():
        raise Unready("CHANGELOG.md has nothing under Unreleased")
    if f"## [{version}]" in changelog:
        raise Unready(f"CHANGELOG.md has a version {version} already")
    return changelog.replace(_UNRELEASED, f"{_UNRELEASED}\n## [{version}] - {day}\n", 1)


def raise_version(version: str) -> None:
    """Make it the version everywhere."""
    number = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    known = versions_in((ROOT / VERSIONED[0]).read_text())[0]
    if number is None or tuple(map(int, version.split("."))) <= tuple(map(int, known.split("."))):
        raise Unready(f"VERSION must be a number such as 1.2.0, above {known}")
    changelog = ROOT / "CHANGELOG.md"
    changelog.write_text(released(changelog.read_text(), version, f"{datetime.now(UTC):%Y-%m-%d}"))
    for name in VERSIONED:
        path = ROOT / name
        path.write_text(VERSION.sub(rf"\g<1>{version}", path.read_text()))


def pack(version: str, folder: Path) -> None:
    """Write charts and bills of materials."""
    folder.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        bill = folder / f"opportunity-desk-{service}-{version}.cdx.json"
        project, lock = ROOT / f"services/{service}/pyproject.toml", ROOT / f"locks/{service}.txt"
        about = ("--output-reproducible", "--mc-type", "application", "--pyproject", str(project))
        _run(sys.executable, "-m", "cyclonedx_py", "requirements", *about, "--output-file", bill, lock)
    for chart in CHARTS:
        tools = ROOT / "deploy/kubernetes/chart_tools.py"
        _run(sys.executable, tools, "helm", "package", "--destination", folder, ROOT / "deploy/kubernetes" / chart)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


def main() -> None:
    """Run the step that is asked for."""
    parser = argparse.ArgumentParser(prog="make release VERSION=", description="Make a release ready.")
    parser.add_argument("version")
    parser.add_argument("--pack", action="store_true", help="write charts and bills of materials")
    options = parser.parse_args()
    if options.pack:
        pack(options.version, ROOT / ".local/release" / options.version)
    else:
        raise_version(options.version)


if __name__ == "__main__":
    main()
