"""A mail server that gives scripted answers to commands, even answers that no SMTP library would send."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

USUAL = {
    "": b"220 odd.test\r\n",
    "EHLO": b"250-odd.test\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n",
    "DATA": b"354 go on\r\n",
    "QUIT": b"221 bye\r\n",
}


class OddServer:
    """``answers``: for each command, the answers in order; the last one repeats. "" is the greeting, "." the end of the mail.

    An answer with 421 ends the connection. ``pause``: seconds before each answer. ``by_bytes``: send each byte in its own packet.
    """

    def __init__(self, answers: Mapping[str, list[bytes]], *, pause: float = 0, by_bytes: bool = False) -> None:
        self.commands: list[str] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self._answers = {command: list(said) for command, said in answers.items()}
        self._pause = pause
        self._by_bytes = by_bytes

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serve; yields the URL."""
        async with await asyncio.start_server(self._talk, "127.0.0.1", 0) as server:
            yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            goes_on = await self._answer("", writer)
            while goes_on and (line := await reader.readline()):
                self.commands.append(line.decode().strip())
                command = line.decode().strip().partition(" ")[0]
                goes_on = await self._answer(command, writer)
                if command == "DATA" and self._answered.startswith(b"354"):
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    goes_on = await self._answer(".", writer)
        writer.close()

    async def _answer(self, command: str, writer: asyncio.StreamWriter) -> bool:
        said = self._answers.get(command) or [USUAL.get(command, b"250 ok\r\n")]
        self._answered = said.pop(0) if len(said) > 1 else said[0]
        await asyncio.sleep(self._pause)
        for packet in [bytes([one]) for one in self._answered] if self._by_bytes else [self._answered]:
            writer.write(packet)
            await writer.drain()
            await asyncio.sleep(0)
        return b"421" not in self._answered
