"""HTTP as raw bytes over TCP, for requests that no client library sends."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass

STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


@dataclass(frozen=True)
class Raw:
    """A server on a local port, addressed with raw bytes."""

    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def answer(self, sent: bytes, *, seconds: float = 60) -> bytes:
        """All bytes that the server sends until it closes the connection. It must close it within ``seconds``."""
        parts: list[bytes] = []
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)

        async def read() -> None:
            while part := await reader.read(65_536):
                parts.append(part)

        reading = asyncio.create_task(read())
        try:
            async with asyncio.timeout(seconds):
                with suppress(ConnectionError):  # it may end before it has read everything
                    writer.write(sent)
                    await writer.drain()
                with suppress(ConnectionError):
                    await reading
            return b"".join(parts)
        finally:
            reading.cancel()
            writer.close()

    async def statuses(self, sent: bytes, *, seconds: float = 60) -> list[int]:
        """The status of each answer; empty where the connection ended without one."""
        return [int(status) for status in STATUS.findall(await self.answer(sent, seconds=seconds))]

    def request(self, line: str, *headers: str, body: bytes = b"", host: str | None = None, last: bool = True) -> bytes:
        """A request with the header ``Host``, unless ``host`` is empty; the ``last`` one closes the connection."""
        named = [f"Host: {self.host if host is None else host}"] if host != "" else []
        ending = ["Connection: close"] if last else []
        lines = [f"{line} HTTP/1.1", *named, *ending, *headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
