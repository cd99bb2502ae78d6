"""Charts, rendered by Helm and checked against the schemas of Kubernetes."""

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft7Validator

from chart_tools import ROOT, TOOLS, program

CHARTS: Final = ROOT / "deploy" / "kubernetes"
EXAMPLES: Final = CHARTS / "examples"
VERSION: Final = "1.34"
"""The version of Kubernetes against whose schemas objects are checked."""
CUSTOM: Final = Path(__file__).parent / "custom_resources"
"""Schemas of custom resources, written by us from the operators' documentation, with the fields that we use."""


def examples(service: str) -> list[Path]:
    """The values files with which the documentation installs a service."""
    return [EXAMPLES / "common.yaml", EXAMPLES / f"{service}.yaml"]


def helm(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Helm; skip the test if it is not installed."""
    path = program("helm")
    if path is None:
        pytest.skip("there is no helm for this machine, and none on the PATH")
    command = [path, *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)


def rendered(chart: str, files: Sequence[Path] = (), /, **values: Any) -> list[dict[str, Any]]:
    """The objects of a chart with these values."""
    arguments = [argument for file in files for argument in ("-f", file)]
    answer = helm("template", "release", CHARTS / chart, *arguments, "-f", "-", given=json.dumps(values))
    assert answer.returncode == 0, answer.stderr
    return [found for found in yaml.safe_load_all(answer.stdout) if found]


def refusal(chart: str, files: Sequence[Path] = (), /, **values: Any) -> str:
    """Helm's error message for values that it refuses."""
    arguments = [argument for file in files for argument in ("-f", file)]
    answer = helm("template", "release", CHARTS / chart, *arguments, "-f", "-", given=json.dumps(values))
    assert answer.returncode != 0, "these values are not refused"
    return answer.stderr


def one(objects: list[dict[str, Any]], kind: str, name: str = "") -> dict[str, Any]:
    """The only object of this kind, with this name if one is given."""
    (found,) = [each for each in objects if each["kind"] == kind and name in ("", each["metadata"]["name"])]
    return found


def faults(found: dict[str, Any]) -> list[str]:
    """The violations of Kubernetes' or an operator's schema in an object. Unknown fields are faults."""
    known = CUSTOM / f"{found['kind'].lower()}.yaml"
    if known.is_file():
        return [f"{error.json_path}: {error.message}" for error in _custom(known).iter_errors(found)]
    if str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    validation = pytest.importorskip("kubernetes_validate", reason="`make setup` installs it for checks of the charts")
    try:
        validation.validate(found, VERSION, strict=True)
    except validation.ValidationError as error:
        return [f"{'/'.join(map(str, error.path))}: {error.message}"]
    return []


@lru_cache
def _custom(path: Path) -> Draft7Validator:
    return Draft7Validator(yaml.safe_load(path.read_text(encoding="utf-8")))


def container_of(deployment: dict[str, Any]) -> dict[str, Any]:
    """The one container of a deployment's pods."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = container
    return found
