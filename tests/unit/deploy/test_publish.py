"""The script that publishes a release, with stand-ins for the programs that it runs."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "a" * 64
PROGRAMS = {
    "git": 'case "$1" in describe) echo v9.9.9;; log) echo 1;; esac',
    "make": ":",
    "docker": 'while [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && echo \'{"containerimage.digest": "'
    + DIGEST
    + '"}\' > "$2"; shift; done',
    "helm": f'echo "Digest: {DIGEST}"',
    "cosign": ":",
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the script, in which every program writes down how it was called."""
    script = tmp_path / "deploy/release/publish.sh"
    script.parent.mkdir(parents=True)
    script.write_bytes((ROOT / "deploy/release/publish.sh").read_bytes())
    (tmp_path / ".local/release/9.9.9").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    for name, does in PROGRAMS.items():
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{tmp_path}/calls"\n{does}\n')
        program.chmod(0o755)
    return tmp_path


def publish(clone: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    usual = {"REGISTRY": "registry.example.org", "PYTHON_IMAGE": f"python:3.13-slim@{DIGEST}"}
    path = f"{clone / 'bin'}:{os.environ['PATH']}"
    command = ["bash", str(clone / "deploy/release/publish.sh"), "9.9.9", *options]
    return subprocess.run(command, env=usual | environment | {"PATH": path}, capture_output=True, text=True, check=False)


def calls(clone: Path, program: str) -> list[str]:
    return [line for line in (clone / "calls").read_text().splitlines() if line.startswith(program)]


def test_every_image_and_chart_is_pushed_and_signed_by_its_digest(clone: Path) -> None:
    done = publish(clone)

    assert done.returncode == 0, done.stderr
    images = [
        f"registry.example.org/opportunity-desk-{one}@{DIGEST}"
        for one in ("registration", "listings", "matching", "notifications")
    ]
    charts = [f"registry.example.org/charts/opportunity-desk-{one}@{DIGEST}" for one in ("service", "platform")]
    assert done.stdout.split() == images
    assert [line.split()[-1] for line in calls(clone, "cosign sign")] == images + charts
    assert [line.split()[-1] for line in calls(clone, "cosign attest")] == images
    assert not any("--key" in line for line in calls(clone, "cosign"))


def test_options_reach_the_build_and_the_key_every_signature(clone: Path) -> None:
    done = publish(clone, "--secret", "id=pip,src=pip.conf", COSIGN_KEY="my key.pem")

    assert done.returncode == 0, done.stderr
    assert all("--secret id=pip,src=pip.conf ." in line for line in calls(clone, "docker"))
    assert all("--key my key.pem --yes" in line for line in calls(clone, "cosign"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"PYTHON_IMAGE": "python:3.13-slim"}, "PYTHON_IMAGE must have a digest"),
        ({"REGISTRY": ""}, "is missing: where images and charts go"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_pushed(clone: Path, wrong: dict[str, str], said: str) -> None:
    refused = publish(clone, **wrong)

    assert refused.returncode != 0
    assert said in refused.stderr
    assert not (clone / "calls").exists()
