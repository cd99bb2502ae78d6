"""Starts MongoDB: `mongod` from the PATH as a one-node replica set, or else SecantusDB.

SecantusDB (GPL) only runs as a separate program. Nothing here imports it.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from local_stack.ports import HOST, free_port
from local_stack.process import Server, StartError

_REPLICA_SET = "local"
_NOT_YET_INITIALIZED = 94
# SecantusDB keeps the entries of all indexes in one table. In a new database they share one page, until it is written out and
# split. WiredTiger only tries to once the page has 5 MB; and if a transaction is open on it then, as there mostly is under load,
# it fails, and each access to any index waits some milliseconds for another try. With these settings, pages are written out in
# the background as soon as 2 MB have changed.
# A commit waits until the operating system has it, which is enough to survive `kill -9`, though not a power cut. To wait for the
# disk takes several times as long, one commit after the other; not to wait at all loses the last commits at `kill -9`.
_WIREDTIGER_CONFIG = "eviction_dirty_target=2MB,eviction_updates_target=1MB,transaction_sync=(enabled=true,method=none)"


def start_mongodb(directory: Path, port: int = 0, *, standalone: bool = False) -> Server:
    """Start a MongoDB with transactions and its data in `directory`, and wait for its primary. Port 0 picks a free port.

    Acknowledged writes survive `kill` and `restart`. Raises `StartError`.

    A `standalone` server has no transactions; this does not wait for it. Tests use it to see that services refuse it.
    """
    port = port or free_port()
    if program := shutil.which("mongod"):
        server = _mongod(program, directory, port)
        if standalone:
            server.command.remove(f"--replSet={_REPLICA_SET}")
            server.spawn()
            return server
        server.spawn()
        _initiate(server)
        return server.wait_until_ready()
    server = _secantus(directory, port)
    if standalone:
        server.command.append("--standalone")
        server.spawn()
        return server
    return server.start()


def _mongod(program: str, directory: Path, port: int) -> Server:
    data = _data_directory(directory, "mongod")
    uri = f"mongodb://{HOST}:{port}/?directConnection=true"
    return Server(
        name="mongodb",
        kind=f"MongoDB ({program})",
        url=uri,
        ready_url=uri,
        port=port,
        command=[
            program,
            f"--dbpath={data}",
            f"--port={port}",
            f"--bind_ip={HOST}",
            f"--replSet={_REPLICA_SET}",
            "--wiredTigerCacheSizeGB=0.5",
            # How long documents stay locked by the transactions of a killed service.
            "--setParameter=transactionLifetimeLimitSeconds=30",
        ],
        log=directory.absolute() / "mongodb.log",
    )


def _initiate(server: Server) -> None:
    """Make a `mongod` the only member of its replica set, even if it was so on another port before."""
    member = {"_id": 0, "host": f"{HOST}:{server.port}"}
    deadline = time.monotonic() + server.start_timeout
    with MongoClient[dict[str, object]](server.url, serverSelectionTimeoutMS=500) as client:
        while server.alive and time.monotonic() < deadline:
            try:
                try:
                    config = client.admin.command("replSetGetConfig")["config"]
                except OperationFailure as error:
                    if error.code != _NOT_YET_INITIALIZED:
                        raise
                    client.admin.command("replSetInitiate", {"_id": _REPLICA_SET, "members": [member]})
                    return
                if config["members"][0]["host"] != member["host"]:
                    moved = {**config, "version": config["version"] + 1, "members": [member]}
                    client.admin.command("replSetReconfig", moved, force=True)
                return
            except PyMongoError:  # still starting; `wait_until_ready` raises if that does not end
                time.sleep(0.1)


def _secantus(directory: Path, port: int) -> Server:
    beside_python = Path(sys.executable).parent / "secantusd-py"
    program = str(beside_python) if beside_python.exists() else shutil.which("secantusd-py")
    if program is None:
        raise StartError(
            "There is no MongoDB: neither `mongod` nor `secantusd-py` is on the PATH. "
            "Install one (pip install SecantusDB), or set MONGODB_URI to a replica set."
        )
    data = _data_directory(directory, "secantusdb")
    # An empty configuration keeps the program from using one that it finds elsewhere.
    config = directory.absolute() / "secantusd.toml"
    config.touch()
    uri = f"mongodb://{HOST}:{port}/?directConnection=true"
    return Server(
        name="mongodb",
        kind="SecantusDB (MongoDB's protocol)",
        url=uri,
        ready_url=uri,
        port=port,
        command=[
            program,
            f"--config={config}",
            f"--host={HOST}",
            f"--port={port}",
            f"--storage-path={data}",
            # With a quarter of it, a commit that trims the oplog could wait forever for room that it holds itself.
            f"--cache-size={os.environ.get('SECANTUSDB_CACHE', '1G')}",
            "--log-level=WARNING",
        ],
        log=directory.absolute() / "mongodb.log",
        environment={"WIREDTIGER_CONFIG": _WIREDTIGER_CONFIG},
    )


def _data_directory(directory: Path, program: str) -> Path:
    # Named after the program, because neither can read the other's files.
    data = (directory / program).absolute()
    data.mkdir(parents=True, exist_ok=True)
    return data
