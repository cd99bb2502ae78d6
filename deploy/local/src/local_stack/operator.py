"""An operator's key for all services: made once, kept in a file that only its owner reads."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from local_stack.process import Server, StartError

SCOPES = (
    "attendance,conferences,people,connections,keys,organizations,listings,ideas,"
    "rounds,rankings,placements,recommendations,applications,nominations,insight,mails,operator"
)
EVENTS_PER_MINUTE = 1_000_000
OLD_SECONDS = 5.0
"""How long to wait until all services know a key that was made earlier, before another one is made."""
NEW_SECONDS = 30.0
"""The same of a new key. The services learn it from registration, through Kafka."""


def operator_key(path: Path, registration: Server, others: Iterable[Server] = ()) -> str:
    """The key in this file, if it opens the running registration service and the others; else a new one, which the file has then.

    Returns once all of these services know it. Raises `StartError`.
    """
    services = [registration, *others]
    key = path.read_text().strip() if path.exists() else ""
    if key and _status(key, registration.url) == HTTPStatus.OK and not _strangers(key, services, OLD_SECONDS):
        return key
    key = make_key(registration.environment, "operator")
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
    if strangers := _strangers(key, services, NEW_SECONDS):
        raise StartError(
            f"The operator's key is not accepted by {', '.join(server.name for server in strangers)} after {NEW_SECONDS:.0f} s; "
            f"see {', '.join(str(server.log) for server in strangers)}"
        )
    return key


def make_key(environment: Mapping[str, str], name: str) -> str:
    """Make a key on the registration service's database, which its settings lead to. Raises `StartError`."""
    command = [sys.executable, "-m", "registration", "keys", "create", "--json", "--name", name, "--scopes", SCOPES]
    command += ["--events-per-minute", str(EVENTS_PER_MINUTE)]
    made = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if made.returncode:
        raise StartError(f"No operator's key could be made:\n{made.stderr}")
    return str(json.loads(made.stdout)["key"])


def _strangers(key: str, services: Iterable[Server], seconds: float) -> list[Server]:
    """The services that do not accept the key within this time."""
    deadline, strangers = time.monotonic() + seconds, list(services)
    while strangers := [server for server in strangers if _status(key, server.url) != HTTPStatus.OK]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return strangers


def _status(key: str, url: str) -> int:
    """What the service at this address answers to an operator with this key; 0 if it does not answer."""
    request = Request(f"{url}/statistics", headers={"authorization": f"Bearer {key}"})  # noqa: S310 - our own address
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0
