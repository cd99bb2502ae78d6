"""Serving HTTP until a signal to stop, and stopping in time whatever hangs."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from shared.environment import Settings, misspelt, refuse
from shared.settings import ServiceSettings
from shared.web.http_connections import BoundedConnection

log = structlog.get_logger(__name__)

_LAST_SECONDS: Final = 0.5
"""What a stop that came to its end may take beyond ``stop_seconds`` to end the process."""


def serve(create_app: Callable[[Settings], FastAPI], settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly.

    With METRICS_PORT, the app of ``app.state.operation`` is served there, from when the service has started until it stops.

    The exit status is 2 where the service cannot listen at its address, and 3 where Kafka or MongoDB did not come.
    """
    _check_address(settings.host, settings.port, "PORT")
    if settings.metrics_port:
        _check_address(settings.host, settings.metrics_port, "METRICS_PORT")
    app = create_app(settings)
    for given, meant in misspelt(type(settings)).items():
        log.warning("unknown_setting", name=given, meant=meant)
    # The lifespan says itself why it could not start.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.getMessage().startswith("Traceback"))
    # Once it has stopped, uvicorn raises the signal again, for whoever handled it before: a clean stop is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    second = _SecondServer(_config(app.state.operation, settings, settings.metrics_port)) if settings.metrics_port else None
    server = _Server(app, _config(app, settings, settings.port), settings.stop_seconds, second)
    server.run()
    if not server.started:
        raise SystemExit(3)


def _config(app: FastAPI, settings: ServiceSettings, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        http=BoundedConnection,
        ws="none",
        timeout_graceful_shutdown=max(1, int(settings.stop_seconds / 3)),
    )


def _check_address(host: str, port: int, name: str) -> None:
    """Before Kafka and MongoDB are waited for: uvicorn would listen only after that."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        refuse(
            f"HOST, {name}: cannot listen at {host!r}, port {port} ({reason}): "
            f"HOST must be an address of this machine, and {name} one that is free"
        )


class _SecondServer(uvicorn.Server):
    """Serves beside the service's own server, which starts and stops it: signals are not for this one."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Server(uvicorn.Server):
    """Stops within ``stop_seconds`` of the first signal, whatever hangs."""

    def __init__(self, app: FastAPI, config: uvicorn.Config, stop_seconds: float, second: _SecondServer | None) -> None:
        super().__init__(config)
        self._state = app.state
        self._stop_seconds = stop_seconds
        self._second = second
        self._serving_second: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Modules and models stay until the end. Left out of collections, they no longer hold up all requests for up to a second.
        gc.collect()
        gc.freeze()
        if self._second and self.started:
            self._serving_second = asyncio.create_task(self._second.serve())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._second and self._serving_second:
            self._second.should_exit = True
            await asyncio.gather(super().shutdown(sockets), self._serving_second)
        else:
            await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if not self.started:  # it waits for Kafka or MongoDB, and has not begun any work
            raise SystemExit(0)
        if not hasattr(self._state, "stopping_since"):
            self._state.stopping_since = time.monotonic()
            # A thread that waits for a server that is away would keep the process after all else has ended.
            watchdog = threading.Timer(self._stop_seconds + _LAST_SECONDS, _cut_off)
            watchdog.daemon = True
            watchdog.start()


def _cut_off() -> None:
    log.critical("shutdown_timed_out", meaning="something did not stop in time; unfinished work resumes after the next start")
    os._exit(1)
