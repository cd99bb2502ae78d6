"""Probes whether a server works, for each protocol. The scheme of the address chooses the probe."""

import asyncio
import http.client
import socket
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

_TIMEOUT_SECONDS = 3.0
_WRITE_SECONDS = 10.0
# For servers on this machine, ignore an HTTP proxy in the environment.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotAnsweringError(ConnectionError):
    """No server, or not the right one, answers at an address. The message says what is wrong."""


def probe(url: str) -> None:
    """Make a request to the server at `url` that only a working server can answer.

    - `kafka://host:port`: it lists the brokers of the cluster.
    - `mongodb://…`: it must be a primary of a replica set, because transactions need one, and accept a write, because a server
      whose disk is full still answers.
    - `http://…`: the status must be below 400.
    - `smtp://host:port`: it must send the greeting.
    - `tcp://host:port`: it must accept a connection.

    Raises `NotAnsweringError`, within a few seconds.
    """
    try:
        scheme = urlsplit(url).scheme
        if scheme == "kafka":
            _probe_kafka(url.removeprefix("kafka://"))
        elif scheme in ("mongodb", "mongodb+srv"):
            _probe_mongodb(url)
        elif scheme == "tcp":
            address = urlsplit(url)
            socket.create_connection((address.hostname or "", address.port or 0), timeout=_TIMEOUT_SECONDS).close()
        elif scheme in ("http", "https"):
            _direct.open(url, timeout=_TIMEOUT_SECONDS).close()
        elif scheme in ("smtp", "smtp+starttls", "smtps"):
            _probe_smtp(url)
        else:
            raise ValueError("the address has an unknown scheme")
    # ValueError: the address is invalid.
    except (OSError, http.client.HTTPException, KafkaError, PyMongoError, ValueError) as error:
        raise NotAnsweringError(str(error) or type(error).__name__) from error


def _probe_kafka(bootstrap_servers: str) -> None:
    async def list_brokers() -> None:
        timeout_ms = int(_TIMEOUT_SECONDS * 1000)
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=timeout_ms)
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await admin.start()
                if not (await admin.describe_cluster())["brokers"]:
                    raise ConnectionError("the cluster has no brokers yet")
        finally:
            await admin.close()

    # Try to connect first, because the Kafka client logs every failed connection as an error.
    for server in bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), timeout=_TIMEOUT_SECONDS).close()
    # In a thread, because the caller may be in a running event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, list_brokers()).result()


def _probe_mongodb(uri: str) -> None:
    soon, later = int(_TIMEOUT_SECONDS * 1000), int(_WRITE_SECONDS * 1000)
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=soon, socketTimeoutMS=later) as client:
        hello = client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise ConnectionError("it has no transactions, because it is not a member of a replica set")
        if not hello.get("isWritablePrimary"):
            raise ConnectionError("it has no primary yet")
        try:
            client["local-stack"]["probes"].update_one({"_id": "write"}, {"$set": {"at": datetime.now(UTC)}}, upsert=True)
        except OperationFailure as error:
            raise ConnectionError(f"it takes no writes, for example because its disk is full: {error}") from error


def _probe_smtp(url: str) -> None:
    address = urlsplit(url)
    if not address.hostname:
        raise ValueError("the address has no host")
    with socket.create_connection((address.hostname, address.port or 25), timeout=_TIMEOUT_SECONDS) as client:
        if not client.recv(3).startswith(b"220"):
            raise ConnectionError("it is not an SMTP server")
