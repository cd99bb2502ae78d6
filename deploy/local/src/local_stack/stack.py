"""The servers that the services need, together: what is given is used, what is missing is started."""

import fcntl
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local_stack.kafka import is_in_memory, start_kafka
from local_stack.mail import start_inbox
from local_stack.mongodb import start_mongodb
from local_stack.probes import probe
from local_stack.process import HOST, Server, StartError, port_is_taken
from local_stack.services import SERVICES, start_service

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ports:
    """Where servers that are started here listen; 0 means any free port."""

    kafka: int = 9092
    mongodb: int = 27017
    smtp: int = 1025
    inbox: int = 8025

    @classmethod
    def free(cls) -> Self:
        """Any free ports: for tests, and to run several stacks beside each other."""
        return cls(0, 0, 0, 0)

    @classmethod
    def from_environment(cls) -> Self:
        """The usual ports, or those named by KAFKA_PORT, MONGODB_PORT, SMTP_PORT and INBOX_PORT."""
        usual = {"kafka": cls.kafka, "mongodb": cls.mongodb, "smtp": cls.smtp, "inbox": cls.inbox}
        return cls(**{name: int(os.environ.get(f"{name.upper()}_PORT") or port) for name, port in usual.items()})


@dataclass(frozen=True)
class Part:
    """One of the things services need. `server` is None if it was there already: then it is never stopped here."""

    url: str
    kind: str
    page: str = ""
    server: Server | None = None


@dataclass
class Stack:
    """Kafka, MongoDB, mail and the services that use them. Also a context manager that stops what it started."""

    directory: Path
    parts: dict[str, Part] = field(default_factory=dict)
    services: dict[str, Server] = field(default_factory=dict)

    @classmethod
    def start(cls, directory: Path, *, ports: Ports | None = None) -> Self:
        """Have Kafka, MongoDB and mail running, and wait until each answers.

        In this order, for each: the address in `KAFKA_BOOTSTRAP_SERVERS`, `MONGODB_URI` or `SMTP_URL`; the server that
        an earlier start with this `directory` left running; a usable one that listens on the wanted port; a new one,
        with its data below `directory`. `ports` are by default those of `Ports.from_environment`.

        Raises `StartError`; what this call had started is stopped again then.
        """
        ports = ports or Ports.from_environment()
        directory = directory.absolute()
        with _locked(directory):
            stack = cls.load(directory)
            makers: dict[str, Callable[[], Part]] = {
                "kafka": lambda: stack._kafka(ports),
                "mongodb": lambda: stack._mongodb(ports),
                "mail": lambda: stack._mail(ports),
            }
            before = dict(stack.parts)
            with ThreadPoolExecutor() as pool:
                futures = {name: pool.submit(make) for name, make in makers.items()}
            try:
                stack.parts = {name: future.result() for name, future in futures.items()}
            except BaseException:
                for name, future in futures.items():
                    if future.exception() is None and future.result() != before.get(name):
                        _stop([future.result().server])
                raise
            stack._save()
            return stack

    @classmethod
    def load(cls, directory: Path) -> Self:
        """What an earlier start with this `directory` left, running or not; empty if there was none."""
        path = directory / "state.json"
        try:
            state: Mapping[str, Any] = json.loads(path.read_text())
            parts = {name: _part_from_dict(data) for name, data in state["parts"].items()}
            services = {name: Server.from_dict(data) for name, data in state["services"].items()}
        except FileNotFoundError:
            return cls(directory)
        except (ValueError, KeyError, TypeError):
            log.warning("%s is damaged or from another version; it is ignored.", path)
            return cls(directory)
        return cls(directory, parts, services)

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
        """The page that shows the mails, with JSON at `/api/messages`; empty if `SMTP_URL` named another server."""
        return self.parts["mail"].page

    @property
    def servers(self) -> list[Server]:
        """Everything that was started here: servers first, then services."""
        return [*(part.server for part in self.parts.values() if part.server), *self.services.values()]

    def environment(self) -> dict[str, str]:
        """The settings that services need to use this stack. A setting of the environment wins over one made up here."""
        keys = self._keys()
        made_up = {
            "PERSON_KEY": keys["person"],
            "UNSUBSCRIBE_KEY": keys["unsubscribe"],
            "MAIL_FROM": "Opportunity Desk <desk@localhost>",
            "PUBLIC_URL": f"http://{HOST}:{SERVICES['notifications']}",
        }
        settings = {name: os.environ.get(name) or value for name, value in made_up.items()}
        settings |= {"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "MONGODB_URI": self.mongodb_uri, "SMTP_URL": self.smtp_url}
        if self.inbox_url:
            settings["INBOX_URL"] = self.inbox_url
        kafka = self.parts["kafka"].server
        if kafka and is_in_memory(kafka):
            settings["KAFKA_IDEMPOTENCE"] = "false"
        return settings

    def start_service(
        self,
        name: str,
        *,
        port: int = 0,
        module: str | None = None,
        command: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> Server:
        """Start a service against this stack; see `local_stack.services.start_service`. One that runs is kept.

        Raises `StartError`.
        """
        running = self.services.get(name)
        if running and answers(running):
            return running
        if running:
            running.stop()
        settings = {**self.environment(), **(environment or {})}
        logs = self.directory / "logs"
        server = start_service(name, logs, settings, port=port, module=module, command=command, timeout=timeout)
        self.services[name] = server
        self._save()
        return server

    def stop(self) -> None:
        """Stop the services, then the servers, as far as they were started here. The data stays."""
        with _locked(self.directory):
            _stop(list(self.services.values()))
            _stop([part.server for part in self.parts.values()])
            (self.directory / "state.json").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _kafka(self, ports: Ports) -> Part:
        address = f"{HOST}:{ports.kafka}"
        return (
            self._given("KAFKA_BOOTSTRAP_SERVERS", "kafka", "kafka://")
            or self._left_running("kafka")
            or _found(ports.kafka, Part(address, "found running"), f"kafka://{address}", "KAFKA_PORT")
            or _started(start_kafka(self.directory / "kafka", ports.kafka))
        )

    def _mongodb(self, ports: Ports) -> Part:
        uri = f"mongodb://{HOST}:{ports.mongodb}/?directConnection=true"
        return (
            self._given("MONGODB_URI", "mongodb")
            or self._left_running("mongodb")
            or _found(ports.mongodb, Part(uri, "found running"), uri, "MONGODB_PORT")
            or _started(start_mongodb(self.directory / "mongodb", ports.mongodb))
        )

    def _mail(self, ports: Ports) -> Part:
        page = f"http://{HOST}:{ports.inbox}"
        found = Part(f"smtp://{HOST}:{ports.smtp}", "found running", page)
        return (
            self._given("SMTP_URL", "mail")
            or self._left_running("mail")
            or _found(ports.smtp, found, f"{page}/api/messages/count", "SMTP_PORT")
            or _found(ports.inbox, found, found.url, "INBOX_PORT")
            or _started(start_inbox(self.directory / "mail", ports.smtp, ports.inbox))
        )

    def _given(self, variable: str, name: str, scheme: str = "") -> Part | None:
        url = os.environ.get(variable)
        known = self.parts.get(name)
        # Our own address, exported by the `env` command, is no reason to disown the server.
        if not url or (known and known.server and known.url == url):
            return None
        try:
            probe(scheme + url)
        except Exception as error:
            raise StartError(
                f"{variable} is set to {url}, but that cannot be used: {error}. "
                f"Start it, or unset {variable} to have one started here."
            ) from error
        return Part(url, f"given by {variable}", os.environ.get("INBOX_URL", "") if name == "mail" else "")

    def _left_running(self, name: str) -> Part | None:
        known = self.parts.get(name)
        if not known or not known.server or not known.server.alive:
            return None
        if not answers(known.server):
            log.warning("%s runs but does not answer; restarting it.", name)
            known.server.restart()
        return known

    def _keys(self) -> dict[str, str]:
        """The secrets of this stack: made once, since data is stored under identifiers derived from them."""
        path = self.directory / "keys.json"
        if not path.exists():
            _write_private(path, {name: secrets.token_hex(32) for name in ("person", "unsubscribe")})
        keys: dict[str, str] = json.loads(path.read_text())
        return keys

    def _save(self) -> None:
        state = {
            "parts": {name: _part_to_dict(part) for name, part in self.parts.items()},
            "services": {name: server.to_dict() for name, server in self.services.items()},
        }
        _write_private(self.directory / "state.json", state)


def _found(port: int, part: Part, url: str, setting: str) -> Part | None:
    """A server that somebody else runs on the wanted port, if it answers as it should."""
    if not port or not port_is_taken(port):
        return None
    try:
        probe(url)
    except Exception as error:
        raise StartError(
            f"Port {port} is taken by a program that cannot be used here ({error}). "
            f"Stop it, or choose another port with {setting}=<port>."
        ) from error
    return part


def _started(server: Server) -> Part:
    return Part(server.url, server.kind, server.page, server)


def answers(server: Server) -> bool:
    try:
        probe(server.ready_url)
    except Exception:  # whatever it is, it is no answer
        return False
    return server.alive


def _stop(servers: list[Server | None]) -> None:
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(server.stop) for server in servers if server]:
            done.result()


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one command at a time start and stop things; the lock ends with the process that holds it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, data: object) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(data, file, indent=2)
    partial.replace(path)


def _part_to_dict(part: Part) -> dict[str, Any]:
    server = part.server.to_dict() if part.server else None
    return {"url": part.url, "kind": part.kind, "page": part.page, "server": server}


def _part_from_dict(data: Mapping[str, Any]) -> Part:
    server = Server.from_dict(data["server"]) if data["server"] else None
    return Part(data["url"], data["kind"], data["page"], server)
