"""Solves rounds with the library `matching` from PyPI, to compare match day with. It runs in a separate process, because its
package has the same name as our service.

As a script, it reads one round per line from standard input, as JSON, and prints its matching and the processor seconds.
"""

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PEERS = Path(__file__).parents[2] / ".venv" / "peers"
"""The directory into which `make setup` installs it."""
STACK = 2**29
"""The bytes of a thread's stack. The library's constructor copies residents and hospitals recursively, along rankings."""


def solved(rounds: Iterable[dict[str, Any]], nice: int = 0) -> Iterator[dict[str, Any]]:
    """The peer's answers: `matching` (hospital: residents), `create_seconds` and `solve_seconds` of the processor, one after the other.

    A round has `residents` and `hospitals` (id: ranking) and `capacities` (id: seats). Rankings must be mutual.
    """
    # -P: otherwise, the modules next to this one would hide libraries of the same name.
    command = ["nice", "-n", str(nice), sys.executable, "-P", __file__]
    environment = os.environ | {"PYTHONPATH": str(PEERS)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for one in rounds:
            process.stdin.write(json.dumps(one) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise RuntimeError(f"the peer ended with {process.wait()}")
            yield json.loads(answer)
        process.stdin.close()


def _solve(one: dict[str, Any]) -> dict[str, Any]:
    from matching.games import HospitalResident  # type: ignore[import-not-found]  # the peer's, not our service's

    started = time.process_time()
    game = HospitalResident.create_from_dictionaries(one["residents"], one["hospitals"], one["capacities"])
    created = time.process_time()
    matching = game.solve(optimal="resident")
    ended = time.process_time()
    return {
        "matching": {hospital.name: [resident.name for resident in residents] for hospital, residents in matching.items()},
        "create_seconds": created - started,
        "solve_seconds": ended - created,
    }


def _serve() -> None:
    warnings.simplefilter("ignore")  # about hospitals nobody ranked
    for line in sys.stdin:
        print(json.dumps(_solve(json.loads(line))), flush=True)


if __name__ == "__main__":
    sys.setrecursionlimit(10**6)
    threading.stack_size(STACK)
    thread = threading.Thread(target=_serve)
    thread.start()
    thread.join()
