"""Does a server truly answer? One probe per protocol, chosen by the scheme of the address."""

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
# An HTTP proxy of the environment must not be asked for servers of this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotAnsweringError(ConnectionError):
    """Nothing, or not the right thing, answers at an address; the message says what went wrong."""


def probe(url: str) -> None:
    """Ask the server at `url` something only a working one can answer; return if it does.

    `kafka://host:port` lists the brokers of the cluster, `mongodb://…` wants a primary of a replica set (without one there are
    no transactions) and writes to it (one whose disk is full still answers), `http://…` wants a status below 400,
    `smtp://host:port` wants the greeting, `tcp://host:port` only a connection.

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
            raise ValueError("it is no address of such a server")
    # ValueError: the address makes no sense.
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

    # A quiet look first: the Kafka client logs every failed connection as an error.
    for server in bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), timeout=_TIMEOUT_SECONDS).close()
    # In a thread, because the caller may be inside a running event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, list_brokers()).result()


def _probe_mongodb(uri: str) -> None:
    soon, later = int(_TIMEOUT_SECONDS * 1000), int(_WRITE_SECONDS * 1000)
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=soon, socketTimeoutMS=later) as client:
        hello = client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise ConnectionError("it has no transactions, as it is not a member of a replica set")
        if not hello.get("isWritablePrimary"):
            raise ConnectionError("it has no primary yet")
        try:
            client["local-stack"]["probes"].update_one({"_id": "write"}, {"$set": {"at": datetime.now(UTC)}}, upsert=True)
        except OperationFailure as error:
            raise ConnectionError(f"it takes no writes, as when its disk is full: {error}") from error


def _probe_smtp(url: str) -> None:
    address = urlsplit(url)
    if not address.hostname:
        raise ValueError("it names no host")
    with socket.create_connection((address.hostname, address.port or 25), timeout=_TIMEOUT_SECONDS) as client:
        if not client.recv(3).startswith(b"220"):
            raise ConnectionError("it is not an SMTP server")
