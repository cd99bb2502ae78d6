"""Runs Schemathesis, which tests a running service against its OpenAPI document."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Final

import httpx
import pytest

SEED: Final = os.environ.get("SCHEMATHESIS_SEED", "1")
FEW: Final = 3
MANY: Final = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "8"))
EXAMPLES: Final = [FEW, pytest.param(MANY, marks=pytest.mark.proof)]
"""The number of examples for each operation: a few, and more in the proof."""
PHASES: Final = [
    ("examples,fuzzing", FEW),
    pytest.param("examples,fuzzing", MANY, marks=pytest.mark.proof),
    pytest.param("coverage", MANY, marks=pytest.mark.proof),
]
"""The phases of a test, with the examples."""


async def schemathesis(api: httpx.AsyncClient, directory: Path, config: str, *options: str) -> int:
    """Run it on the service. Returns how many operations it tested; raises ``AssertionError`` with its report if one failed."""
    (directory / "schemathesis.toml").write_text(config)
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        "schemathesis.toml",
        "run",
        f"{api.base_url}/openapi.json",
        "--suppress-health-check=too_slow",  # it depends on the machine's load
    ]
    process = await asyncio.create_subprocess_exec(
        *command, "--seed", SEED, *options, cwd=directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        told = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    tested = re.search(r"Tested: +(\d+)", told)
    assert process.returncode == 0, told
    assert tested, told
    return int(tested[1])
