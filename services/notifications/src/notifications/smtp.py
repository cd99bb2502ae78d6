"""SMTP: one connection that carries many mails, and what a server's answers mean for a mail."""

import asyncio
import socket
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
from pydantic import SecretStr

IDLE_SECONDS: Final = 5.0
"""A connection idle for longer is asked whether it still lives: servers and firewalls close idle ones."""

_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class NotNow(Exception):
    """The server did not take the mail, and may later. Safe to repeat."""


class Away(NotNow):
    """The server is not to be reached, or takes no mail at all from us: every other mail would fare the same."""


class Refused(Exception):
    """The server will never take this mail."""


class Unclear(Exception):
    """The mail was handed over, but no answer came: the server may have taken it. Not safe to repeat."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to reach it."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: SecretStr) -> Self:
        """Raises ``ValueError`` where it is no such URL. The URL is not quoted there: it may hold a password."""
        try:
            parts = urlsplit(url.get_secret_value())
            port = parts.port
        except ValueError:
            raise ValueError("SMTP_URL must look like smtp://[user:password@]host[:port]") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://, smtps:// or smtp+starttls://[user:password@]host[:port]")
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)


class Connection:
    """A connection that is made when first needed, kept over many mails, and made anew after trouble. For one mail at a time."""

    def __init__(self, server: Server, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0

    async def offer(self, sender: str, recipient: str) -> None:
        """Name the mail's sender and recipient (MAIL, RCPT). To be followed by ``transmit`` or ``withdraw``.

        Raises:
            NotNow: it asked to come back later with this one.
            Away: trouble with the connection, the server, the log-in or the sender's address.
            Refused: it will not take mail for this recipient.
        """
        try:
            async with asyncio.timeout(self._seconds):
                kept = self._client is not None
                try:
                    await self._offer(await self._connected(), sender, recipient)
                except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused):
                    if not kept:
                        raise
                    # Servers end a connection after so many mails or minutes. That is no fault of this mail.
                    self._drop()
                    await self._offer(await self._connected(), sender, recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            await self.withdraw()
            raise (Refused if error.code >= 500 else NotNow)(_answer(error)) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise Away(_answer(error)) from None

    async def transmit(self, mail: bytes) -> str:
        """Hand over the mail that was offered (DATA). Returns the server's answer once it has taken it.

        Raises:
            NotNow: the server answered that it did not take the mail, and may later.
            Refused: it answered that it never will.
            Unclear: no answer came.
        """
        if self._client is None:
            raise NotNow("the connection was closed")
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.data(mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            if isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500:
                raise Refused(_answer(error)) from None
            self._drop()
            answered = isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 400
            raise (NotNow if answered else Unclear)(_answer(error)) from None
        self._used_at = time.monotonic()
        return f"{response.code} {response.message}"

    async def withdraw(self) -> None:
        """Take the offered mail back (RSET)."""
        if self._client and not await self._well(self._client.rset()):
            self._drop()

    async def close(self) -> None:
        """Part from the server (QUIT)."""
        if self._client and self._client.is_connected:
            await self._well(self._client.quit())
        self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client:
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client and time.monotonic() - self._used_at > IDLE_SECONDS and not await self._well(self._client.noop()):
            self._drop()
        if self._client is None or not self._client.is_connected:
            client = aiosmtplib.SMTP(
                hostname=self._server.host,
                port=self._server.port,
                username=self._server.user,
                password=self._server.password,
                use_tls=self._server.scheme == "smtps",
                start_tls=self._server.scheme == "smtp+starttls",
                # Its default is a name look-up, which can take seconds.
                local_hostname=socket.gethostname() or "localhost",
                timeout=self._seconds,
            )
            await client.connect()
            await client.ehlo()
            self._client = client
        self._used_at = time.monotonic()
        return self._client

    async def _offer(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
        if recipient.isascii():
            await client.mail(sender)
            await client.rcpt(recipient)
        elif client.supports_extension("smtputf8"):
            await client.mail(sender, options=["SMTPUTF8"])
            await client.rcpt(recipient, encoding="utf-8")
        else:
            raise aiosmtplib.SMTPRecipientRefused(553, "the mail server takes no internationalized addresses", recipient)

    async def _well(self, command: Awaitable[object]) -> bool:
        try:
            async with asyncio.timeout(min(self._seconds, 5)):
                await command
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True


def _answer(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
