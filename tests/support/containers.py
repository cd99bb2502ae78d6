"""Kafka and MongoDB in containers, for machines with Docker: ``TEST_SERVERS=containers make integration``."""

import os
import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from testcontainers.core.container import DockerContainer

from local_stack.ports import free_port

START_SECONDS = 60


class Containers:
    """The two servers of the Compose file. Their data is deleted when they stop."""

    def __init__(self) -> None:
        kafka_port = free_port()
        self._kafka = (
            DockerContainer("apache/kafka:4.1.1")
            .with_bind_ports(9092, kafka_port)
            .with_envs(
                KAFKA_NODE_ID="1",
                KAFKA_PROCESS_ROLES="broker,controller",
                KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
                KAFKA_LISTENERS="HOST://:9092,CONTROLLER://localhost:9093",
                KAFKA_ADVERTISED_LISTENERS=f"HOST://127.0.0.1:{kafka_port}",
                KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="HOST:PLAINTEXT,CONTROLLER:PLAINTEXT",
                KAFKA_INTER_BROKER_LISTENER_NAME="HOST",
                KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
                KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
                KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
                KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
                KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
                KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
            )
        )
        self._kafka_address = f"127.0.0.1:{kafka_port}"
        self._mongodb = DockerContainer("mongo:8.0").with_command("--replSet rs0 --bind_ip_all").with_exposed_ports(27017)

    def start(self) -> None:
        """Start both, and put their addresses in the environment, which test workers inherit."""
        self._kafka.start()
        self._mongodb.start()
        uri = f"mongodb://127.0.0.1:{self._mongodb.get_exposed_port(27017)}/?directConnection=true"
        _initiate(uri)
        os.environ.update(KAFKA_BOOTSTRAP_SERVERS=self._kafka_address, MONGODB_URI=uri)

    def stop(self) -> None:
        self._kafka.stop()
        self._mongodb.stop()


def _initiate(uri: str) -> None:
    """Make the server a replica set of one, and wait until it accepts writes."""
    deadline = time.monotonic() + START_SECONDS
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=1000) as client:
        while True:
            try:
                hello = client.admin.command("hello")
                if hello.get("isWritablePrimary") and "setName" in hello:
                    return
                if "setName" not in hello:
                    client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": "localhost:27017"}]})
            except PyMongoError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)
