"""A process that serves, over TCP."""

import asyncio
import os
import sys

import httpx

from local_stack.ports import free_port
from support.patience import until

SERVED = """
import gc
from fastapi import FastAPI
from shared.runtime.server import serve
from shared.settings import ServiceSettings

def create_app(settings):
    app = FastAPI()
    app.get("/frozen")(lambda: [gc.get_freeze_count(), len(gc.get_objects())])
    return app

serve(create_app, ServiceSettings())
"""


async def test_what_is_there_after_the_start_is_left_out_of_garbage_collections(environment: dict[str, str]) -> None:
    port = free_port()
    served = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVED), env=os.environ | environment | {"PORT": str(port)}
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def answered() -> list[int]:
                try:
                    return list((await client.get("/frozen")).json())
                except httpx.TransportError:
                    return []

            frozen, collected = await until(answered)
        assert frozen > 10 * collected
    finally:
        served.kill()
        await served.wait()
