"""Each service installs alone from its hashed requirements, with pip, and without any other service."""

import os
import subprocess
import venv
from pathlib import Path

import pytest

from shared.contract.topics import SERVICES

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.proof  # half a minute each, most of it spent by pip
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_installs_alone_and_says_what_it_lacks(service: str, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # What is needed to build wheels comes from hashed requirements too, as in the Dockerfile.
    subprocess.run(
        [*pip, "--require-hashes", "-r", ROOT / "locks" / f"{service}.txt", "-r", ROOT / "locks" / "build.txt"], check=True
    )
    sources = [ROOT / "shared", ROOT / "services" / service]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", *sources], check=True)
    subprocess.run([python, "-m", "pip", "check"], check=True)

    codecs = "from aiokafka import codec; assert codec.has_lz4() and codec.has_snappy() and codec.has_zstd()"
    subprocess.run([python, "-c", codecs], check=True)  # a publisher may compress by any of them

    others = ", ".join(repr(other) for other in SERVICES if other != service)
    find = f"from importlib.util import find_spec; print([name for name in ({others},) if find_spec(name)])"
    there = subprocess.run([python, "-c", find], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert there.stdout.strip() == "[]"

    bare = {"PATH": os.environ["PATH"], "MONGODB_URI": "mongodb://127.0.0.1:1", "STARTUP_SECONDS": "1"}
    keys = {
        "PERSON_KEY": "k" * 32,
        "SECRETS_KEY": "k" * 43 + "=",
        "UNSUBSCRIBE_KEY": "k" * 32,
        "SESSION_KEY": "k" * 43 + "=",
        "MAIL_FROM": "desk@example.org",
        "PUBLIC_URL": "https://desk.example.org",
    }
    started = subprocess.run(
        [python, "-m", service], check=False, capture_output=True, text=True, cwd=tmp_path, env=bare | keys, timeout=60
    )
    assert (started.returncode, "MongoDB did not answer within 1 s" in started.stderr) == (3, True), started.stderr
