"""Collects the licences of everything that is installed in an environment: ``python licences.py SITE_PACKAGES FOLDER``."""

import shutil
import sys
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

_NAMES: Final = ("licen", "copying", "notice", "authors")


def collect(packages: Path, folder: Path) -> list[str]:
    """Copy each package's licence texts to a folder of its name, and write what each says of its licence to ``LICENCES``.

    Returns these lines.
    """
    lines = []
    for info in sorted(packages.glob("*.dist-info")):
        metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8", errors="replace"))
        name = f"{metadata['Name']}-{metadata['Version']}"
        for text in sorted(path for path in info.rglob("*") if path.is_file() and path.name.lower().startswith(_NAMES)):
            target = folder / name / text.relative_to(info)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(text, target)
        said = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier", []) if one.startswith("License ::")]
        short = next(iter((metadata["License"] or "").splitlines()), "")
        lines.append(f"{name}: {metadata['License-Expression'] or ', '.join(said) or short or 'see its texts'}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "LICENCES").write_text("\n".join([*lines, ""]))
    return lines


if __name__ == "__main__":
    collect(Path(sys.argv[1]), Path(sys.argv[2]))
