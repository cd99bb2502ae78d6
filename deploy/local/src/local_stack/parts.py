"""Kafka, MongoDB and mail for the services: used if given or found, else started."""

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from local_stack.kafka import start_kafka
from local_stack.mail import start_inbox
from local_stack.mongodb import start_mongodb
from local_stack.ports import HOST
from local_stack.probes import NotAnsweringError, probe
from local_stack.process import Server, StartError, port_is_taken

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ports:
    """The ports of servers that are started here. 0 means any free port."""

    kafka: int = 9092
    mongodb: int = 27017
    smtp: int = 1025
    inbox: int = 8025

    @classmethod
    def free(cls) -> Self:
        """Any free ports: for tests, and for several stacks side by side."""
        return cls(0, 0, 0, 0)

    @classmethod
    def from_environment(cls) -> Self:
        """The default ports, or those in KAFKA_PORT, MONGODB_PORT, SMTP_PORT and INBOX_PORT."""
        return cls(
            port_setting("KAFKA_PORT", cls.kafka),
            port_setting("MONGODB_PORT", cls.mongodb),
            port_setting("SMTP_PORT", cls.smtp),
            port_setting("INBOX_PORT", cls.inbox),
        )


@dataclass(frozen=True)
class Part:
    """Where Kafka, MongoDB or mail is. `server` is None if it was not started here: then it is not stopped here either."""

    url: str
    kind: str
    page: str = ""
    server: Server | None = None

    @classmethod
    def of(cls, server: Server) -> Self:
        """The part that this server provides."""
        return cls(server.url, server.kind, server.page, server)

    def to_dict(self) -> dict[str, Any]:
        """This part as JSON-compatible data, for the state file."""
        server = self.server.to_dict() if self.server else None
        return {"url": self.url, "kind": self.kind, "page": self.page, "server": server}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        server = Server.from_dict(data["server"]) if data["server"] else None
        return cls(data["url"], data["kind"], data["page"], server)


def find_or_start_kafka(directory: Path, ports: Ports, known: Part | None) -> Part:
    """Find or start Kafka. `known` is what an earlier start recorded. Raises `StartError`."""
    address = f"{HOST}:{ports.kafka}"
    return (
        _given("KAFKA_BOOTSTRAP_SERVERS", known, scheme="kafka://")
        or _left_running(known)
        or _found(ports.kafka, Part(address, "found running"), f"kafka://{address}", "KAFKA_PORT")
        or Part.of(start_kafka(directory / "kafka", ports.kafka))
    )


def find_or_start_mongodb(directory: Path, ports: Ports, known: Part | None) -> Part:
    """Find or start a MongoDB with transactions, as `find_or_start_kafka` does Kafka."""
    uri = f"mongodb://{HOST}:{ports.mongodb}/?directConnection=true"
    return (
        _given("MONGODB_URI", known)
        or _left_running(known)
        or _found(ports.mongodb, Part(uri, "found running"), uri, "MONGODB_PORT")
        or Part.of(start_mongodb(directory / "mongodb", ports.mongodb))
    )


def find_or_start_mail(directory: Path, ports: Ports, known: Part | None) -> Part:
    """Find or start an SMTP server. One that is started here has a page that shows the mails."""
    page = f"http://{HOST}:{ports.inbox}"
    found = Part(f"smtp://{HOST}:{ports.smtp}", "found running", page)
    return (
        _given("SMTP_URL", known, page=os.environ.get("INBOX_URL", ""))
        or _left_running(known)
        or _found(ports.smtp, found, f"{page}/api/messages/count", "SMTP_PORT")
        or _found(ports.inbox, found, found.url, "INBOX_PORT")
        or Part.of(start_inbox(directory / "mail", ports.smtp, ports.inbox))
    )


def answers(server: Server) -> bool:
    """Whether the process that was started here runs and answers."""
    try:
        probe(server.ready_url)
    except NotAnsweringError:
        return False
    return server.alive


def port_setting(variable: str, default: int) -> int:
    """The port in an environment variable, or the default. Raises `StartError` if it is not a port."""
    value = os.environ.get(variable) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) > 65_535:
        raise StartError(f"{variable} is {value!r}; it must be a port, 0 to 65535.")
    return int(value)


def _given(variable: str, known: Part | None, *, scheme: str = "", page: str = "") -> Part | None:
    url = os.environ.get(variable)
    # With our own address, as the `env` command exports it, the server still counts as started here.
    if not url or (known and known.server and known.url == url):
        return None
    try:
        probe(scheme + url)
    except NotAnsweringError as error:
        raise StartError(
            f"{variable} is set to {_without_password(url)}, but that cannot be used: {error}. "
            f"Start it, or unset {variable} to have one started here."
        ) from error
    return Part(url, f"given by {variable}", page)


def _left_running(known: Part | None) -> Part | None:
    if not known or not known.server or not known.server.alive:
        return None
    if not answers(known.server):
        log.warning("%s runs but does not answer; restarting it.", known.server.name)
        known.server.restart()
    return known


def _found(port: int, part: Part, url: str, setting: str) -> Part | None:
    """A usable server on this port that was not started here; None if the port is free. Else raises `StartError`."""
    if not port or not port_is_taken(port):
        return None
    try:
        probe(url)
    except NotAnsweringError as error:
        raise StartError(
            f"Port {port} is taken by a program that cannot be used here ({error}). "
            f"Stop it, or choose another port with {setting}=<port>."
        ) from error
    return part


def _without_password(url: str) -> str:
    # Up to the last @, because a password that is not escaped may contain one.
    return re.sub(r"//.*@", "//***@", url, flags=re.DOTALL)
