"""SMTP (RFC 5321): one connection for many mails, one method for each phase of a mail."""

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
"""A connection that was idle for longer is checked before use: servers and firewalls close idle connections."""

_COMMAND_SECONDS: Final = 5.0
"""How long the server may take for NOOP, RSET and QUIT."""


class Connection:
    """A connection for one mail at a time. It is opened when needed, kept for many mails, and reopened after an error."""

    def __init__(self, server: SmtpServer, seconds: float, tls: ssl.SSLContext | None) -> None:
        """``seconds``: how long the server may take for each phase: to connect, for ``offer``, for ``transmit``."""
        self._server = server
        self._seconds = seconds
        self._tls = tls
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0
        self._phase: Phase = "connect"

    async def offer(self, sender: str, recipient: str) -> Outcome | None:
        """Name the mail's sender and recipient (MAIL, RCPT).

        Returns None if the server is ready for the mail: follow with ``transmit`` or ``withdraw``. Otherwise the mail was not
        sent, and the outcome says why.
        """
        try:
            await self._offer_or_reconnect(sender, recipient)
        except aiosmtplib.SMTPResponseException as error:
            result = outcome(self._phase, error.code, error.message)
            if self._phase == "rcpt" and 400 <= error.code != 421:
                await self.withdraw()
            else:
                self._drop()
            return result
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            return silence(self._phase, _text_of(error))
        self._used_at = time.monotonic()
        return None

    async def transmit(self, mail: bytes) -> Outcome:
        """Send the mail that was offered (DATA)."""
        # It may have taken long to record the beginning. If the server has left meanwhile, it does not have the mail.
        if not await self._is_alive() or self._client is None:
            self._drop()
            return silence("rcpt", "the connection was closed before the mail was handed over")
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.data(mail)
        except aiosmtplib.SMTPDataError as error:
            if error.code < 400:  # neither a go-ahead nor success, so nobody knows what the server has
                self._drop()
                return silence("data", f"unexpected answer: {error.code} {error.message}")
            if error.code == 421:
                self._drop()
            self._used_at = time.monotonic()
            return outcome("data", error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            return silence("data", _text_of(error))
        self._used_at = time.monotonic()
        return outcome("data", response.code, response.message)

    async def withdraw(self) -> None:
        """Withdraw the offered mail (RSET)."""
        if self._client and not await self._succeeds(self._client.rset()):
            self._drop()

    async def close(self) -> None:
        """Close the connection (QUIT)."""
        if self._client and self._client.is_connected:
            await self._succeeds(self._client.quit())
        self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client:
            client.close()

    async def _offer_or_reconnect(self, sender: str, recipient: str) -> None:
        kept = self._client is not None
        try:
            await self._offer(sender, recipient)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused):
            if not kept or self._phase != "mail":
                raise
            # Servers end connections after a number of mails or minutes: this is not about the mail.
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
            raise aiosmtplib.SMTPRecipientRefused(553, "5.6.7 the mail server accepts no internationalized addresses", recipient)
        async with asyncio.timeout(self._seconds):
            await client.mail(sender, options=options)
            self._phase = "rcpt"
            await client.rcpt(recipient, encoding=encoding)

    async def _connected(self) -> aiosmtplib.SMTP:
        self._phase = "connect"
        if not await self._is_alive():
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

    async def _is_alive(self) -> bool:
        if self._client is None or not self._client.is_connected:
            return False
        return time.monotonic() - self._used_at <= IDLE_SECONDS or await self._succeeds(self._client.noop())

    async def _succeeds(self, command: Awaitable[object]) -> bool:
        try:
            async with asyncio.timeout(min(self._seconds, _COMMAND_SECONDS)):
                await command
        except (aiosmtplib.SMTPException, OSError):
            return False
        self._used_at = time.monotonic()
        return True


def full_name(host: str) -> str:
    """The name of this host in EHLO: an address literal (RFC 5321, 4.1.4) if ``host`` is not fully qualified, as in containers.

    Many servers refuse a short name, and looking up the full one could take seconds.
    """
    return host if "." in host else "[127.0.0.1]"


def _text_of(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer within SMTP_SECONDS"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
