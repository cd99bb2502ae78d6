"""What the local stack writes is for its owner only."""

import sys
import time
from pathlib import Path

from local_stack.ports import free_port
from local_stack.process import Server


def test_what_a_server_writes_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "stack"
    directory.mkdir(mode=0o755)
    log = directory / "server.log"
    log.touch(0o644)
    written = directory / "data" / "mail"
    program = f"import pathlib; p = pathlib.Path({str(written)!r}); p.parent.mkdir(); p.write_text('x')"
    server = Server("s", "test", "", "", free_port(), [sys.executable, "-c", program], log)
    server.spawn()
    deadline = time.monotonic() + 30
    while server.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    modes = [path.stat().st_mode & 0o777 for path in (directory, log, written.parent, written)]
    assert modes == [0o700, 0o600, 0o700, 0o600]
