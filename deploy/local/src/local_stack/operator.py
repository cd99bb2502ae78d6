"""An operator's key for the registration service: made once, kept in a file that only its owner reads."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from local_stack.process import Server, StartError

SCOPES = "attendance,conferences,people,connections,keys,operator"
EVENTS_PER_MINUTE = 1_000_000


def operator_key(path: Path, registration: Server) -> str:
    """The key in this file, if it opens the running registration service; else a new one, which the file has then.

    Raises `StartError`.
    """
    key = path.read_text().strip() if path.exists() else ""
    if not key or not _opens(key, registration.url):
        key = make_key(registration.environment, "operator")
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
    return key


def make_key(environment: Mapping[str, str], name: str) -> str:
    """Make a key on the registration service's database, which its settings lead to. Raises `StartError`."""
    command = [sys.executable, "-m", "registration", "keys", "create", "--json", "--name", name, "--scopes", SCOPES]
    command += ["--events-per-minute", str(EVENTS_PER_MINUTE)]
    made = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if made.returncode:
        raise StartError(f"No operator's key could be made:\n{made.stderr}")
    return str(json.loads(made.stdout)["key"])


def _opens(key: str, url: str) -> bool:
    """Whether the service knows the key: its data may have been deleted since."""
    request = Request(f"{url}/keys", headers={"authorization": f"Bearer {key}"})  # noqa: S310 - our own address
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=10):
            return True
    except HTTPError as error:
        return error.code != 401
    except (OSError, ValueError):
        return False
