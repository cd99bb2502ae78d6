"""Each service's rights on the broker: access control lists, derived from the table of topics.

``python -m shared.contract.acls`` prints the commands of Kafka's ``kafka-acls.sh`` that grant it. Topics must exist: a principal
with these rights creates none.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from shared.contract.topics import ATTENDANCE_INBOUND, SERVICES, TOPICS, Topic, dead_letters

Operation = Literal["Read", "Write", "Describe", "Delete"]
Resource = Literal["topic", "group"]
Pattern = Literal["literal", "prefixed"]

REPLAY: Final = "replay"
"""The principal of operators who send dead letters again, with ``python -m shared.messaging.dead_letters``."""

PROGRAM: Final = "kafka-acls.sh --bootstrap-server localhost:9092"
"""The beginning of each command."""


@dataclass(frozen=True, slots=True)
class Acl:
    """A principal's right on a topic or a consumer group."""

    principal: str
    resource: Resource
    name: str
    operations: tuple[Operation, ...]
    pattern: Pattern = "literal"


def acls(principal: str, prefix: str = "") -> tuple[Acl, ...]:
    """The rights of a service, or of ``REPLAY``, where the names of topics and groups begin with ``prefix``."""
    granted = _replay_acls() if principal == REPLAY else _service_acls(principal)
    return tuple(Acl(principal, resource, prefix + name, operations, pattern) for resource, name, operations, pattern in granted)


_Grant = tuple[Resource, str, tuple[Operation, ...], Pattern]


def _service_acls(service: str) -> Iterator[_Grant]:
    own = dead_letters(service)
    for topic in TOPICS:
        operations = _operations(service, topic)
        if topic == own:  # read, too: an erasure looks for the person in it
            operations = ("Read", "Write", "Describe")
        if operations:
            yield "topic", topic.name, operations, "literal"
    yield "group", service, ("Read", "Describe"), "literal"
    yield "group", f"{service}.", ("Read", "Describe"), "prefixed"


def _operations(service: str, topic: Topic) -> tuple[Operation, ...]:
    reads, writes = service in topic.readers, service == topic.publisher
    if topic == ATTENDANCE_INBOUND and service == "registration":
        # It publishes what comes by HTTP, webhook or file, and deletes what an erasure concerns.
        return "Read", "Write", "Delete", "Describe"
    # Its own topics, too: after its database was restored, it looks which versions it has published.
    granted: tuple[Operation, ...] = (*(("Read",) if reads or writes else ()), *(("Write",) if writes else ()))
    return (*granted, "Describe") if granted else ()


def _replay_acls() -> Iterator[_Grant]:
    for service in SERVICES:
        yield "topic", dead_letters(service).name, ("Read", "Write", "Describe"), "literal"
    for topic in TOPICS:
        if any(reader in SERVICES for reader in topic.readers):
            yield "topic", topic.name, ("Read", "Write", "Describe"), "literal"


def commands(prefix: str = "", program: str = PROGRAM) -> Iterator[str]:
    """The command that grants each of these rights, for all principals."""
    for principal in (*SERVICES, REPLAY):
        for acl in acls(principal, prefix):
            operations = " ".join(f"--operation {operation}" for operation in acl.operations)
            yield (
                f"{program} --add --allow-principal User:{principal} {operations} --{acl.resource} {acl.name} "
                f"--resource-pattern-type {acl.pattern}"
            )


def main() -> None:
    """Print the commands."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.contract.acls", description="Print commands that grant each service its rights."
    )
    parser.add_argument("--prefix", default="", help="TOPIC_PREFIX, where it is set")
    parser.add_argument("--program", default=PROGRAM, help="how each command begins")
    options = parser.parse_args()
    sys.stdout.writelines(f"{command}\n" for command in commands(options.prefix, options.program))


if __name__ == "__main__":
    main()
