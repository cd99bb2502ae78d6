"""Running a service's app inside the test, served over TCP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from support.patience import PATIENCE


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the app, its lifespan included, on this port or a free one; gives a client for it."""
    # uvicorn opens the socket: asyncio does not set TCP_NODELAY on one from `socket.create_server`, which delays answers by 40 ms.
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on"))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if running.done():
                raise RuntimeError("the app did not start") from running.exception()
            await asyncio.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield client
    finally:
        server.should_exit = True
        await running
