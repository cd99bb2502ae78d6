"""A server as an operating-system process: started in the background, waited for until it answers, stopped reliably.

A `Server` is plain data in the state file, so that a later command can find, stop and restart what an earlier one started. A
process is identified by its id *and* its start time, because ids are reused.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import psutil

from local_stack.ports import HOST
from local_stack.probes import NotAnsweringError, probe

_LOG_TAIL_LINES = 25
_LOG_LIMIT_BYTES = 20_000_000
# Start times are read from a clock that may be adjusted while the process runs.
_CLOCK_TOLERANCE_SECONDS = 2.0


class StartError(RuntimeError):
    """A server did not start. The message is for people: it says why, and what to do."""


@dataclass
class Server:
    """A server process, with everything needed to start it again.

    Clients use `url`; `local_stack.probes.probe` checks `ready_url`. `kind` names the software for people ("Apache Kafka 4.1.1"),
    and `page` is a page for their browser. `environment` is added to the inherited environment.
    """

    name: str
    kind: str
    url: str
    ready_url: str
    port: int
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    page: str = ""
    start_timeout: float = 180.0
    pid: int | None = None
    started_at: float | None = None
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def alive(self) -> bool:
        """Whether the process still runs, and not another one with its id."""
        return self._process() is not None

    def start(self) -> Self:
        """Start the process and wait until it answers.

        Raises `StartError`, with the end of the log, if the process ends or does not answer within `start_timeout` seconds. Then
        nothing is left running.
        """
        self.spawn()
        return self.wait_until_ready()

    def spawn(self) -> None:
        """Start the process without waiting for an answer. Raises `StartError` if the port is taken."""
        if self.alive:
            raise StartError(f"{self.name} is already running (pid {self.pid}).")
        if port_is_taken(self.port):
            raise StartError(f"Port {self.port} for {self.name} is used by another program; stop it, or choose another port.")
        make_private(self.log.parent)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        try:
            with self.log.open("ab") as log:
                self.log.chmod(0o600)
                self._popen = subprocess.Popen(
                    self.command,
                    env={**os.environ, **self.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Detached: it outlives the command that started it, and does not get Ctrl-C from that terminal.
                    start_new_session=True,
                    # Other users of this machine must not read mails, logs and personal data.
                    umask=0o077,
                )
        except OSError as error:
            raise StartError(f"{self.name} cannot be run: {error}") from error
        self.pid = self._popen.pid
        self.started_at = psutil.Process(self.pid).create_time()

    def wait_until_ready(self) -> Self:
        """Wait until the started process answers. Raises `StartError` as `start` does."""
        deadline = time.monotonic() + self.start_timeout
        reason: object = "no answer"
        while time.monotonic() < deadline:
            if not self.alive:
                raise StartError(f"{self.name} ended while starting.\n{self.log_tail()}")
            try:
                if port_is_taken(self.port):
                    probe(self.ready_url)
                    return self
            except NotAnsweringError as error:
                reason = error
            time.sleep(0.05)
        self.kill()
        raise StartError(
            f"{self.name} did not answer at {self.ready_url} within {self.start_timeout:g} s ({reason}).\n" + self.log_tail()
        )

    def stop(self, timeout: float = 15.0) -> None:
        """Ask the process to end (SIGTERM), wait up to `timeout` seconds, then kill it. Does nothing if it has ended."""
        if process := self._process():
            try:
                process.terminate()
                self._wait(process, timeout)
            except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
                self.kill()
            except psutil.NoSuchProcess:
                pass

    def kill(self) -> None:
        """Kill the process and its children at once (SIGKILL), like a power cut. Does nothing if it has ended."""
        if process := self._process():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self._wait(process, 10.0)

    def restart(self) -> Self:
        """Stop the process if it runs, then start it again, on the same port and with the same data."""
        self.stop()
        return self.start()

    def log_tail(self) -> str:
        """The path and the last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:] if self.log.exists() else []
        return "\n".join([f"--- the end of {self.log} ---", *lines])

    def to_dict(self) -> dict[str, Any]:
        """This server as JSON-compatible data, for the state file."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        return {**values, "log": str(self.log)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(**{**data, "log": Path(data["log"])})

    def _process(self) -> psutil.Process | None:
        if self.pid is None or self.started_at is None:
            return None
        if self._popen is not None and self._popen.pid == self.pid and self._popen.poll() is not None:
            return None
        try:
            process = psutil.Process(self.pid)
            ours = abs(process.create_time() - self.started_at) < _CLOCK_TOLERANCE_SECONDS
            return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def _wait(self, process: psutil.Process, timeout: float) -> None:
        if self._popen is not None and self._popen.pid == process.pid:
            self._popen.wait(timeout)
        else:
            process.wait(timeout)


def make_private(directory: Path) -> None:
    """Create the directory if it is missing, and let only its owner read it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


def port_is_taken(port: int) -> bool:
    """Whether a program listens on this port of the loopback interface."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0
