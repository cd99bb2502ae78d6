"""The stack: Kafka, MongoDB and mail, and the services that use them."""

import fcntl
import json
import logging
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from local_stack.kafka import is_in_memory
from local_stack.operator import operator_key
from local_stack.parts import Part, Ports, answers, find_or_start_kafka, find_or_start_mail, find_or_start_mongodb, port_setting
from local_stack.ports import HOST
from local_stack.process import Server, make_private
from local_stack.services import SERVICES, SITE_PORT, start_service
from local_stack.site import start_site

log = logging.getLogger(__name__)

OPERATOR = "operator@example.org"
"""Who may sign in as an operator, unless OPERATOR_EMAILS says otherwise."""
_FIND_OR_START = {"kafka": find_or_start_kafka, "mongodb": find_or_start_mongodb, "mail": find_or_start_mail}


@dataclass
class Stack:
    """Kafka, MongoDB, mail and services. As a context manager, it stops what it started."""

    directory: Path
    parts: dict[str, Part] = field(default_factory=dict)
    services: dict[str, Server] = field(default_factory=dict)
    _writing: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @classmethod
    def start(cls, directory: Path, *, ports: Ports | None = None) -> Self:
        """Find or start Kafka, MongoDB and mail, and wait until each answers.

        Each is the first of these: the address in `KAFKA_BOOTSTRAP_SERVERS`, `MONGODB_URI` or `SMTP_URL`; the server that an
        earlier start with this `directory` left running; a usable server on its port; a new server, with its data in `directory`.
        Without `ports`, those of `Ports.from_environment` are used.

        Raises `StartError`, after stopping what this call started.
        """
        stack = cls.load(directory.absolute())
        stack.start_missing(ports or Ports.from_environment())
        return stack

    @classmethod
    def load(cls, directory: Path) -> Self:
        """The stack that an earlier start with this `directory` recorded, running or not; empty if there was none."""
        stack = cls(directory.absolute())
        stack.reload()
        return stack

    @property
    def kafka(self) -> str:
        """Kafka's bootstrap servers, `host:port[,host:port]`."""
        return self.parts["kafka"].url

    @property
    def mongodb_uri(self) -> str:
        """The address of MongoDB, without a database."""
        return self.parts["mongodb"].url

    @property
    def smtp_url(self) -> str:
        """Where to send mail, `smtp://host:port`."""
        return self.parts["mail"].url

    @property
    def inbox_url(self) -> str:
        """The page that shows the mails, with JSON at `/api/messages`; empty if `SMTP_URL` names another server."""
        return self.parts["mail"].page

    @property
    def servers(self) -> list[Server]:
        """All processes that were started here: servers first, then services."""
        return [*(part.server for part in self.parts.values() if part.server), *self.services.values()]

    def runs(self, services: Collection[str] = ()) -> bool:
        """Whether all parts answer, and these services, of those that were started here."""
        parts = [part.server for part in self.parts.values() if part.server]
        programs = [*parts, *(self.services[name] for name in services if name in self.services)]
        return bool(self.parts) and self.services.keys() >= set(services) and all(map(answers, programs))

    def environment(self) -> dict[str, str]:
        """The settings that services need to use this stack. The environment overrides defaults."""
        running = self.services.get("site")
        site = running.url if running else f"http://{HOST}:{port_setting('SITE_PORT', SITE_PORT)}"
        defaults = {
            **self._keys(),
            "MAIL_FROM": "Opportunity Desk <desk@localhost>",
            "LINK_HOSTS": "*",
            "OPERATOR_EMAILS": OPERATOR,
            "PUBLIC_URL": site,
            "ISSUER_URL": site,
        }
        settings = {name: os.environ.get(name) or value for name, value in defaults.items()}
        settings["KAFKA_BOOTSTRAP_SERVERS"] = self.kafka
        settings["MONGODB_URI"] = self.mongodb_uri
        settings["SMTP_URL"] = self.smtp_url
        if self.inbox_url:
            settings["INBOX_URL"] = self.inbox_url
        kafka = self.parts["kafka"].server
        if kafka and is_in_memory(kafka):
            settings["KAFKA_IDEMPOTENCE"] = "false"
        return settings

    def start_missing(self, ports: Ports) -> None:
        """Find or start every part; see `start`."""
        with self._locked():
            self.reload()
            before = [server.pid for server in self.servers]
            starting: dict[str, Future[Part]] = {}
            try:
                with ThreadPoolExecutor() as pool:
                    for name, find_or_start in _FIND_OR_START.items():
                        starting[name] = pool.submit(find_or_start, self.directory, ports, self.parts.get(name))
                self.parts = {name: part.result() for name, part in starting.items()}
            except BaseException:  # also an interruption while they start
                started = [part.result().server for part in starting.values() if not part.exception()]
                _stop([server for server in started if server and server.pid not in before])
                raise
            self._save()

    def start_service(
        self,
        name: str,
        *,
        port: int = 0,
        module: str | None = None,
        command: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 180.0,
    ) -> Server:
        """Start a service that uses this stack, unless it already runs and answers; see `local_stack.services.start_service`.

        Raises `StartError`.
        """

        def start() -> Server:
            settings = {**self.environment(), **(environment or {})}
            logs = self.directory / "logs"
            return start_service(name, logs, settings, port=port, module=module, command=command, timeout=timeout)

        return self._find_or_start(name, start)

    def start_site(self, port: int = 0) -> Server:
        """Start the site of the services that run here, unless it already runs and answers. Raises `StartError`."""

        def start() -> Server:
            ports = {name: self.services[name].port for name in SERVICES}
            return start_site(self.directory / "site", ports, port)

        return self._find_or_start("site", start)

    def _find_or_start(self, name: str, start: Callable[[], Server]) -> Server:
        """The program of this name if it runs and answers; otherwise what ``start`` makes."""
        if running := self.services.get(name):
            if answers(running):
                return running
            running.stop()
        server = start()
        with self._writing:
            self.services[name] = server
            self._save()
        return server

    @property
    def operator_key(self) -> Path:
        """The file that holds a key for all services, once `make_operator_key` was called."""
        return self.directory / "operator-key"

    def make_operator_key(self) -> str:
        """A key with all scopes, the same at each call, which all services that run here know. Raises `StartError`."""
        others = [server for name, server in self.services.items() if name in SERVICES and name != "registration"]
        return operator_key(self.operator_key, self.services["registration"], [server for server in others if server.alive])

    def stop(self) -> None:
        """Stop the services, then the servers, if they were started here. The data stays."""
        with self._locked():
            _stop(list(self.services.values()))
            _stop([part.server for part in self.parts.values() if part.server])
            (self.directory / "state.json").unlink(missing_ok=True)

    def reload(self) -> None:
        """Read the state file."""
        path = self.directory / "state.json"
        try:
            state = json.loads(path.read_text())
            self.parts = {name: Part.from_dict(data) for name, data in state["parts"].items()}
            self.services = {name: Server.from_dict(data) for name, data in state["services"].items()}
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("Ignoring %s, which is damaged or from another version.", path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _keys(self) -> dict[str, str]:
        """The secrets of this stack. They are created only once, because data is stored under ids that depend on them."""
        path = self.directory / "keys.json"
        with self._writing:  # services that start at the same time need the same keys
            keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
            made = {name: secrets.token_hex(32) for name in ("PERSON_KEY", "UNSUBSCRIBE_KEY")}
            made |= {name: urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in ("SECRETS_KEY", "SESSION_KEY")}
            if missing := made.keys() - keys.keys():  # all of them, or those that newer versions added
                keys |= {name: made[name] for name in missing}
                _write_private(path, keys)
        return keys

    def _save(self) -> None:
        state = {
            "parts": {name: part.to_dict() for name, part in self.parts.items()},
            "services": {name: server.to_dict() for name, server in self.services.items()},
        }
        _write_private(self.directory / "state.json", state)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one command at a time start and stop things. The lock ends with its process."""
        make_private(self.directory)
        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _stop(servers: list[Server]) -> None:
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(server.stop) for server in servers]:
            done.result()


def _write_private(path: Path, data: object) -> None:
    """Write a file that has secrets: completely or not at all, and readable only by its owner."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(data, file, indent=2)
    partial.replace(path)
