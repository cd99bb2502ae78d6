"""A proxy in front of MongoDB that changes the server's answers, to imitate unfit servers."""

import asyncio
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import bson

Document = dict[str, Any]
_OP_MSG = 2013
_HEADER = struct.Struct("<iiii")
_FLAGS = 5
"""The bytes of an OP_MSG before its document: flags, and the kind of its first section."""


class OddDatabase:
    """A proxy for the server at ``url``. ``change`` computes the client's answer from the command and the real answer."""

    def __init__(self, url: str, change: Callable[[Document, Document], Document]) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname, address.port
        self._change = change
        self._commands: dict[tuple[int, int], Document] = {}

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Serve in a separate thread, because the driver sometimes blocks the event loop. Yields the URL."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._connect, "127.0.0.1", 0), loop).result()
        try:
            yield f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/?directConnection=true"
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    async def _stop(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.wait(others, timeout=5) if others else None

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection(self._host, self._port)
        connection = id(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass_on(reader, to_writer, connection, answers=False))
                    both.create_task(self._pass_on(to_reader, writer, connection, answers=True))
        except* (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            to_writer.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int, *, answers: bool
    ) -> None:
        while True:
            header = await reader.readexactly(_HEADER.size)
            length, request, answer_to, code = _HEADER.unpack(header)
            body = await reader.readexactly(length - _HEADER.size)
            if code == _OP_MSG and body[_FLAGS - 1] == 0:
                size = int.from_bytes(body[_FLAGS : _FLAGS + 4], "little")
                document = bson.decode(body[_FLAGS : _FLAGS + size])
                if answers:
                    document = self._change(self._commands.pop((connection, answer_to), {}), document)
                    body = body[:_FLAGS] + bson.encode(document) + body[_FLAGS + size :]
                    header = _HEADER.pack(_HEADER.size + len(body), request, answer_to, code)
                else:
                    self._commands[connection, request] = document
            writer.write(header + body)
            await writer.drain()
