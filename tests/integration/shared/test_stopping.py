"""A service stops in time, whatever hangs."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from local_stack import Server, start_kafka, start_mongodb, start_service
from shared.runtime.background import repeat
from support.mailing import SECRETS
from support.patience import PATIENCE

STOP_SECONDS = 4.0
LATEST = 20.0
"""What a stop may take on a busy machine; one that waited for its servers would take longer, or for ever."""


async def test_a_service_stops_in_time_though_all_its_servers_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KAFKA", "memory")  # it only has to go away
    kafka, mongodb = await asyncio.gather(
        asyncio.to_thread(start_kafka, tmp_path / "kafka"), asyncio.to_thread(start_mongodb, tmp_path / "mongodb")
    )
    environment = SECRETS | {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.url,
        "KAFKA_IDEMPOTENCE": "false",
        "MONGODB_URI": mongodb.url,
        "SMTP_URL": "smtp://127.0.0.1:1",
        "STOP_SECONDS": str(STOP_SECONDS),
    }
    service: Server | None = None
    try:
        service = await asyncio.to_thread(start_service, "notifications", tmp_path, environment)
        for server in (mongodb, kafka):
            await asyncio.to_thread(server.kill)
        await asyncio.sleep(1)
        assert service.pid
        os.kill(service.pid, signal.SIGTERM)
        began = time.monotonic()
        while service.alive and time.monotonic() - began < LATEST:
            await asyncio.sleep(0.1)
        assert not service.alive, service.log_tail()
    finally:
        for one in filter(None, (service, mongodb, kafka)):
            await asyncio.to_thread(one.kill)


async def test_background_work_that_fails_on_its_way_out_is_not_begun_anew() -> None:
    begun = 0

    async def fail_when_cancelled() -> None:
        nonlocal begun
        begun += 1
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise OSError("the database is away") from None

    task = asyncio.create_task(repeat(0.01, fail_when_cancelled))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)
    assert task.done()
    assert begun == 1
