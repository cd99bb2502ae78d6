"""HTTP connections that end: how long a client may take to send a request and to read the response."""

import asyncio
import time
from typing import Final

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger(__name__)

_TICK_SECONDS: Final = 1.0


class BoundedConnection(H11Protocol):
    """uvicorn's protocol, cut off where the client keeps it waiting. Half-open connections would stay for ever otherwise.

    A client that cannot send a request within ``header_seconds`` has none. A body must come at ``least_bytes_a_second``, beyond
    the first ``body_seconds``; an answer must be read without a pause of ``answer_seconds``.
    """

    header_seconds = 15.0
    body_seconds = 30.0
    least_bytes_a_second = 1000.0
    answer_seconds = 60.0
    most_connections = 1000

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting_since = self._unread_since = time.monotonic()
        self._received = self._unread = 0
        self._awaited: object = None
        self._last: object = None
        if len(self.connections) > self.most_connections:
            log.warning("connection_refused", reason="too many connections are open", most=self.most_connections)
            transport.abort()
            return
        self._ticking = self.loop.call_later(_TICK_SECONDS, self._tick)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if ticking := getattr(self, "_ticking", None):
            ticking.cancel()
        super().connection_lost(exc)

    def _tick(self) -> None:
        if why := self._slow(time.monotonic()):
            log.info("slow_connection_closed", reason=why)
            self.transport.abort()
        else:
            self._ticking = self.loop.call_later(_TICK_SECONDS, self._tick)

    def _slow(self, now: float) -> str:
        """What the client keeps us waiting for too long; "" where it does not."""
        unread = self.transport.get_write_buffer_size()
        if not unread or unread < self._unread:
            self._unread_since = now
        self._unread = unread
        if unread and now - self._unread_since > self.answer_seconds:
            return "the answer is not read"
        cycle = self.cycle
        answered = cycle is None or cycle.response_complete
        awaited = None if answered else cycle
        if cycle is not self._last or awaited is not self._awaited or (awaited and not cycle.more_body) or self.flow.read_paused:
            # Another request, even if it is answered already, or one that is all here, or it is we who do not read.
            self._last, self._awaited, self._waiting_since, self._received = cycle, awaited, now, 0
            return ""
        waited = now - self._waiting_since
        if awaited:
            late = waited - self.body_seconds > self._received / self.least_bytes_a_second
            return "the body does not come" if late else ""
        return "no request comes" if waited > self.header_seconds else ""
