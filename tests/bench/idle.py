"""How much memory each service takes when it has nothing to do."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil

from local_stack import Stack
from shared.contract.topics import SERVICES

SETTLE_SECONDS = 5


def idle(stack: Stack) -> Iterator[dict[str, Any]]:
    """Resident memory of each service's process, some seconds after its start."""
    services = [stack.start_service(name) for name in SERVICES]
    time.sleep(SETTLE_SECONDS)
    for service in services:
        assert service.pid
        process = psutil.Process(service.pid)
        print(f"{service.name}: {process.cpu_percent(2):.1f} % of a core while idle", file=sys.stderr)
        yield {"name": f"idle_{service.name}", "value": round(process.memory_info().rss / 2**20, 1), "unit": "MiB"}
