"""Free ports for servers. No two processes of a user are given the same one."""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from threading import Lock
from typing import Final

HOST: Final = "127.0.0.1"
_FIRST: Final = 20_000
_BLOCKS: Final = 120
_BLOCK: Final = 100
"""How many ports a process has to itself."""
_choosing = Lock()


def free_port() -> int:
    """A TCP port of the loopback interface that is free now, and that is given to nobody else before its server has started.

    It is below the ports that systems give to outgoing connections. Otherwise a client that retries while a server is down could
    be given the server's port, connect to itself, and keep the server from starting again.

    Raises ``OSError`` if there is none.
    """
    with _choosing:
        ports = _own_ports()
        for _ in range(_BLOCK):
            with socket.socket() as server:
                try:
                    server.bind((HOST, port := next(ports)))
                except OSError:
                    continue
                return port
    raise OSError(f"No port is free of the {_BLOCK} that this process may use.")


@cache
def _own_ports() -> Iterator[int]:
    """The ports of a block that no other process uses, one after the other, for ever.

    The block's lock ends with the process. A server that outlives it keeps its port by listening there.
    """
    directory = Path(tempfile.gettempdir()) / f"local-stack-ports-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    for number in random.sample(range(_BLOCKS), _BLOCKS):
        lock = os.open(directory / str(number), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        first = _FIRST + number * _BLOCK
        return cycle(range(first, first + _BLOCK))
    raise OSError(f"All {_BLOCKS} blocks of ports are in use by other processes; their locks are in {directory}.")
