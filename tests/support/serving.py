"""Runs a service's app inside the test, served over TCP."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import uvicorn
from fastapi import FastAPI

from support.patience import PATIENCE

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP clients: otherwise, each loads all certificate authorities, which takes 30 ms of processor time."""


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the app with its lifespan, on this port or a free one; yields a client for it."""
    # uvicorn opens the socket: asyncio does not set TCP_NODELAY on one from `socket.create_server`, which delays answers by 40 ms.
    # It keeps connections for as long as a test waits: one that it closed because a busy machine made a pause would be used again.
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on", timeout_keep_alive=int(PATIENCE)
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if running.done():
                raise RuntimeError("the app did not start") from running.exception()
            await asyncio.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, verify=NO_TLS) as client:
            yield client
    finally:
        server.should_exit = True
        await running
