"""SMTP: one connection that carries many mails, its phases called one by one (RFC 5321)."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable
from typing import Final

import aiosmtplib

from notifications.delivery.domain.replies import Outcome, Phase, outcome, silence
from notifications.smtp_server import SmtpServer

IDLE_SECONDS: Final = 5.0
"""A connection idle for longer is asked whether it still lives: servers and firewalls close idle ones."""

_ASIDE_SECONDS: Final = 5.0
"""How long the server may take for what is no mail: NOOP, RSET, QUIT."""


class Connection:
    """A connection that is made when first needed, kept over many mails, and made anew after trouble. For one mail at a time."""

    def __init__(self, server: SmtpServer, seconds: float, tls: ssl.SSLContext | None) -> None:
        """``seconds``: how long the server may take to connect, to take an offer, and for the text of a mail."""
        self._server = server
        self._seconds = seconds
        self._tls = tls
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0
        self._phase: Phase = "connect"

    async def offer(self, sender: str, recipient: str) -> Outcome | None:
        """Name the mail's sender and recipient (MAIL, RCPT).

        Returns None where the server is ready for the mail: to be followed by ``transmit`` or ``withdraw``. Otherwise what
        became of it; it was not sent.
        """
        try:
            await self._offer_on_a_living(sender, recipient)
        except aiosmtplib.SMTPResponseException as error:
            result = outcome(self._phase, error.code, error.message)
            if self._phase == "rcpt" and 400 <= error.code != 421:
                await self.withdraw()
            else:
                self._drop()
            return result
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            return silence(self._phase, _named(error))
        self._used_at = time.monotonic()
        return None

    async def transmit(self, mail: bytes) -> Outcome:
        """Hand over the mail that was offered (DATA)."""
        # Recording that it begins may have taken long, and a server that has left meanwhile has not got it.
        if not await self._lives() or self._client is None:
            self._drop()
            return silence("rcpt", "the connection was closed before the mail was handed over")
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.data(mail)
        except aiosmtplib.SMTPDataError as error:
            if error.code < 400:  # no go-ahead, or not the one answer that means success: who knows what it took
                self._drop()
                return silence("data", f"an answer out of place: {error.code} {error.message}")
            if error.code == 421:
                self._drop()
            self._used_at = time.monotonic()
            return outcome("data", error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            return silence("data", _named(error))
        self._used_at = time.monotonic()
        return outcome("data", response.code, response.message)

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

    async def _offer_on_a_living(self, sender: str, recipient: str) -> None:
        kept = self._client is not None
        try:
            await self._offer(sender, recipient)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused):
            if not kept or self._phase != "mail":
                raise
            # Servers end a connection after so many mails or minutes. That is no fault of this mail.
            self._drop()
            await self._offer(sender, recipient)

    async def _offer(self, sender: str, recipient: str) -> None:
        async with asyncio.timeout(self._seconds):
            client = await self._connected()
        self._phase = "mail"
        if recipient.isascii():
            options, encoding = [], "ascii"
        elif client.supports_extension("smtputf8"):
            options, encoding = ["SMTPUTF8"], "utf-8"
        else:
            self._phase = "rcpt"
            raise aiosmtplib.SMTPRecipientRefused(553, "5.6.7 the mail server takes no internationalized addresses", recipient)
        async with asyncio.timeout(self._seconds):
            await client.mail(sender, options=options)
            self._phase = "rcpt"
            await client.rcpt(recipient, encoding=encoding)

    async def _connected(self) -> aiosmtplib.SMTP:
        self._phase = "connect"
        if not await self._lives():
            self._drop()
        if self._client is None:
            client = aiosmtplib.SMTP(
                hostname=self._server.host,
                port=self._server.port,
                use_tls=self._server.scheme == "smtps",
                start_tls=self._server.scheme == "smtp+starttls",
                tls_context=self._tls,
                local_hostname=full_name(socket.gethostname()),
                timeout=self._seconds,
            )
            try:
                await client.connect()
                await client.ehlo()
                if self._server.user is not None:
                    self._phase = "login"
                    await client.login(self._server.user, self._server.password or "")
            except BaseException:
                client.close()
                raise
            self._client = client
        return self._client

    async def _lives(self) -> bool:
        if self._client is None or not self._client.is_connected:
            return False
        return time.monotonic() - self._used_at <= IDLE_SECONDS or await self._well(self._client.noop())

    async def _well(self, command: Awaitable[object]) -> bool:
        try:
            async with asyncio.timeout(min(self._seconds, _ASIDE_SECONDS)):
                await command
        except (aiosmtplib.SMTPException, OSError):
            return False
        self._used_at = time.monotonic()
        return True


def full_name(host: str) -> str:
    """What this host calls itself (EHLO): where its name is no full one, as in containers, an address (RFC 5321, 4.1.4).

    Many servers refuse half a name. To look a full one up could take seconds.
    """
    return host if "." in host else "[127.0.0.1]"


def _named(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer within SMTP_SECONDS"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
