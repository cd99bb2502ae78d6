"""A real SMTP server that fails for each recipient as scripted, then accepts the mail.

The fault comes from a script or from the address itself: ``r450.x@…`` gets the answer 450 to RCPT, once.
"""

import asyncio
import email
import email.policy
import re
import ssl
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

TEXTS: Final = {
    "421": "4.3.2 closing down",
    "450": "4.2.1 mailbox busy, try again in 1 second",
    "451": "4.3.0 come back later",
    "452": "4.2.2 mailbox full",
    "535": "5.7.8 wrong password",
    "550": "5.1.1 no such mailbox",
    "552": "5.2.2 mailbox full",
    "554": "5.6.0 cannot take this",
    "571": "5.7.1 blocked",
}
"""The text for each code in a recipient's address."""

_STEP: Final = re.compile(r"([mrd])(drop|hang|\d{3})")


class MailServer:
    """``taken``: each recipient and mail that the server received completely, even if its answer got lost.

    A step is ``r`` (at RCPT), ``d`` (after the data) or ``m`` (at MAIL: no recipient is known yet, see ``at_mail``) with a code,
    an answer ("450 4.2.1 busy"), ``drop`` (the connection) or ``hang`` (until ``go_on`` is set; after the data an answer may follow).
    """

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.script: dict[str, list[str]] = defaultdict(list)
        """One step per attempt, by recipient: ``r450 4.2.1 busy``, ``ddrop``, …; without one, the mail is accepted."""
        self.at_mail: list[str] = []
        """The answers to MAIL, one per attempt."""
        self.reached = asyncio.Event()
        """Set once a step hangs."""
        self.go_on = asyncio.Event()
        self.offered: list[str] = []
        """The recipient of each RCPT."""
        self.connections = 0
        self.mails_per_connection = 1_000_000
        self.login: tuple[bytes, bytes] | None = None
        self.smtputf8 = True
        self.on_taken: Callable[[str], None] | None = None
        """Called with the recipient once the server has all the data, and before it answers."""
        self.at_once: Counter[str] = Counter()
        """The most mails that were in progress at the same time, by domain."""
        self._in_hand: Counter[str] = Counter()
        self._met: set[str] = set()
        self._accepted: list[SMTP] = []

    def _step(self, address: str) -> str:
        """The next step for this recipient: from the script, or once from the address."""
        if steps := self.script[address]:
            return steps.pop(0)
        found = _STEP.match(address)
        if not found or address in self._met:
            return ""
        self._met.add(address)
        return found[0] if found[2] in ("drop", "hang") else f"{found[0]} {TEXTS[found[2]]}"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        begun = session.__dict__["begun"] = session.__dict__.get("begun", 0) + 1
        if begun > self.mails_per_connection:
            return "421 enough for one connection"
        if self.at_mail and (answer := self.at_mail.pop(0)):
            return answer
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.offered.append(address)
        step = self._step(address)
        session.__dict__["step"] = step
        domain = address.rpartition("@")[2]
        self._in_hand[domain] += 1
        self.at_once[domain] = max(self.at_once[domain], self._in_hand[domain])
        session.__dict__["domain"] = domain
        if step.startswith("r"):
            try:
                return await self._do(step[1:], server)
            finally:
                self._in_hand[domain] -= 1
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        step: str = session.__dict__["step"]
        try:
            if step[1:4].isdigit():
                return step[1:]
            if step.startswith("dhang"):
                await self._hang()
                if answer := step.removeprefix("dhang").strip():
                    return answer
            await asyncio.sleep(0)
            content = envelope.content
            assert isinstance(content, bytes)
            mail = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            self.taken.append((envelope.rcpt_tos[0], mail))
            self.raw.append(content)
            self.senders.append(envelope.mail_from or "")
            if self.on_taken:
                self.on_taken(envelope.rcpt_tos[0])
            if step == "ddrop":
                self._drop(server)
            return "250 2.0.0 taken"
        finally:
            self._in_hand[session.__dict__["domain"]] -= 1

    async def _do(self, what: str, server: SMTP) -> str:
        if what == "drop":
            self._drop(server)
        elif what == "hang":
            await self._hang()
        else:
            return what
        return "451 4.3.0 come back later"

    def _drop(self, server: SMTP) -> None:
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()

    async def _hang(self) -> None:
        self.reached.set()
        await self.go_on.wait()

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == self.login, handled=False)

    def to(self, address: str) -> list[EmailMessage]:
        """The mails accepted for this recipient."""
        return [mail for recipient, mail in self.taken if recipient == address]

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None, *, starttls: bool = False) -> AsyncIterator[str]:
        """Serve; yields the URL. With ``tls``, connections are encrypted from the start or, with ``starttls``, on request."""
        loop = asyncio.get_running_loop()

        def accept() -> SMTP:
            self.connections += 1
            smtp = SMTP(
                self,
                hostname="mail.test",
                enable_SMTPUTF8=self.smtputf8,
                authenticator=self._authenticate,
                auth_require_tls=False,
                auth_required=self.login is not None,
                tls_context=tls if starttls else None,
                require_starttls=starttls,
                loop=loop,
            )
            self._accepted.append(smtp)
            return smtp

        server = await loop.create_server(accept, "127.0.0.1", 0, ssl=None if starttls else tls)
        try:
            self.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self.url
        finally:
            self.go_on.set()
            server.close()
            self.drop_all()

    def drop_all(self) -> None:
        """Break all connections."""
        for one in self._accepted:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
        self._accepted.clear()
