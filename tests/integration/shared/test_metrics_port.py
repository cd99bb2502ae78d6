"""Health and metrics on a port of their own, over TCP."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from local_stack import Server, start_service
from local_stack.ports import free_port
from support.mailing import SECRETS
from support.patience import until

OPERATION = ("/health/live", "/health/ready", "/metrics")


async def started(tmp_path: Path, environment: dict[str, str], **settings: str) -> Server:
    return await asyncio.to_thread(start_service, "notifications", tmp_path, SECRETS | environment | settings)


async def test_health_and_metrics_move_to_a_port_of_their_own(tmp_path: Path, environment: dict[str, str]) -> None:
    port = free_port()
    service = await started(tmp_path, environment, METRICS_PORT=str(port))
    try:
        async with httpx.AsyncClient() as client:
            for path in OPERATION:
                own = await client.get(f"http://127.0.0.1:{port}{path}")
                assert own.status_code == 200, (path, own.text)
                assert (await client.get(f"{service.url}{path}")).status_code == 404, path
            assert "opportunity_desk_outbox_unsent" in (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            one = await client.get(f"http://127.0.0.1:{port}/metrics?name[]=opportunity_desk_outbox_unsent&name[]=nonsense")
            assert one.text.splitlines()[-1].startswith("opportunity_desk_outbox_unsent "), one.text
            assert one.text.count("# TYPE") == 1, "only what was asked for"
            for path in ("/docs", "/openapi.json", "/messages?person_id=a", "/templates"):
                assert (await client.get(f"http://127.0.0.1:{port}{path}")).status_code == 404, path
            assert "/health/live" not in (await client.get(f"{service.url}/openapi.json")).json()["paths"]
            strange = await client.get(f"http://127.0.0.1:{port}/metrics", headers={"host": "evil.example"})
            assert strange.status_code >= 400, "the host is checked at this port, too"
        assert service.pid
        os.kill(service.pid, signal.SIGTERM)
        await until(lambda: not service.alive)
        log = service.log.read_text()
        assert '"event": "stopped"' in log, log[-2000:]
        assert "Traceback" not in log, log[-2000:]
    finally:
        await asyncio.to_thread(service.kill)


async def test_a_port_that_is_taken_stops_the_start_by_the_name_of_its_setting(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken:
        service = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "notifications"),
            env=os.environ | SECRETS | environment | {"METRICS_PORT": str(port), "PORT": str(free_port())},
            stderr=asyncio.subprocess.PIPE,
        )
        _, error = await service.communicate()
    assert service.returncode == 2
    assert f"HOST, METRICS_PORT: cannot listen at '127.0.0.1', port {port}" in error.decode()
