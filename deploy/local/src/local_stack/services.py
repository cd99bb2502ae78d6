"""Starts services, or other programs that serve HTTP, as background processes: `python -m <module>`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.ports import HOST, free_port
from local_stack.process import Server

# The default ports of this project's services, and of the site that has their pages.
SERVICES = {"registration": 8001, "listings": 8002, "matching": 8003, "notifications": 8004}
SITE_PORT = 8000


def start_service(
    name: str,
    directory: Path,
    environment: Mapping[str, str],
    *,
    port: int = 0,
    module: str | None = None,
    command: list[str] | None = None,
    timeout: float = 180.0,
) -> Server:
    """Start `python -m <module>` (by default the module `name`), and wait until it is ready.

    The program gets the inherited environment, `environment` and `PORT` (0 picks a free port). It must answer
    `GET /health/ready` with a status below 400 within `timeout` seconds, at `METRICS_PORT` if that is set. Its output goes
    to `<directory>/<name>.log`.
    Use another `name` with the same `module` for a second instance, or `command` for any other program.

    Raises `StartError`, with the end of the log.
    """
    port = port or free_port()
    url = f"http://{HOST}:{port}"
    metrics_port = int(environment.get("METRICS_PORT") or 0) or port
    return Server(
        name=name,
        kind="service",
        url=url,
        ready_url=f"http://{HOST}:{metrics_port}/health/ready",
        page=f"{url}/docs",
        port=port,
        command=command or [sys.executable, "-m", module or name],
        log=directory.absolute() / f"{name}.log",
        environment={**environment, "PORT": str(port)},
        start_timeout=timeout,
    ).start()
