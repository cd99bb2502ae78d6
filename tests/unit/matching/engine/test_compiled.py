"""Machine code on disk: used wherever it can be read, and an error nowhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = """
from matching.engine.machine_code import compiled

@compiled
def double(number):
    return 2 * number

print(double(21), "read" if double.stats.cache_hits else "compiled")
"""

AS_SERVED = """
import importlib, pkgutil
import numpy as np
from numba.core.dispatcher import Dispatcher
import matching.engine
from matching.engine.match_day import Applicant, Host, match
from matching.engine.warm_up import warm_up

def variants():
    modules = [importlib.import_module(f"matching.engine.{name}") for name in
               ("index.compiled_score", "index.top_k", "index.lookups", "match_day.deferred_acceptance")]
    return {(module.__name__, name): len(value.signatures)
            for module in modules for name, value in vars(module).items() if isinstance(value, Dispatcher)}

warm_up()
before = variants()
assert sum(before.values()) >= 6, before
match(
    [Applicant("a", ("h", "i"), "ict"), Applicant("b", ("h", "i")), Applicant("c", ())],
    [Host("h", 1, ("b", "a"), {"ict": 1}), Host("i", 2, ("a",), reverts_to="h")],
)
print(variants() == before)
"""


def run(program: Path, cache: Path) -> str:
    # Root could write everywhere: it gives up what lets it.
    unprivileged = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []
    command = [*unprivileged, sys.executable, str(program)]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("as root, this needs setpriv (util-linux)")
    program = tmp_path / "program.py"
    program.write_text(KERNEL)
    return program


def test_it_is_compiled_once_and_then_read_also_where_nothing_can_be_written(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(program, cache) == "42 compiled"
    assert run(program, cache) == "42 read"
    for directory in (cache, *(path for path in cache.rglob("*") if path.is_dir())):
        directory.chmod(0o555)
    assert run(program, cache) == "42 read"


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_directory_that_holds_nothing_and_takes_nothing_is_no_error(mode: int, program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=mode)
    assert run(program, cache) == "42 compiled"
    cache.chmod(0o755)
    assert not list(cache.iterdir())


def test_what_cannot_be_read_is_compiled(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(program, cache)
    for file in cache.rglob("*.nb?"):
        file.chmod(0o000)
    for directory in (path for path in cache.rglob("*") if path.is_dir()):
        directory.chmod(0o555)
    assert run(program, cache) == "42 compiled"


def test_after_the_warm_up_a_match_day_compiles_nothing(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(AS_SERVED)
    ran = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=240)
    assert ran.stdout.strip() == "True", ran.stderr
