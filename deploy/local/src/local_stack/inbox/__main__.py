"""Runs the inbox: SMTP and HTTP in one process, on the loopback interface."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette

from local_stack.inbox.mailbox import Mailbox
from local_stack.inbox.server import create_app
from local_stack.ports import HOST

_MAIL_LIMIT_BYTES = 20_000_000


class _Delivery:
    """The handler that aiosmtpd calls for each mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        self._mailbox.deliver(envelope.mail_from or "", [str(r) for r in envelope.rcpt_tos], content)
        return "250 OK"


def main() -> None:
    """Run the inbox until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="the Maildir")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    options = parser.parse_args()
    mailbox = Mailbox(options.directory)

    def receiver() -> SMTP:
        return SMTP(_Delivery(mailbox), enable_SMTPUTF8=True, data_size_limit=_MAIL_LIMIT_BYTES)

    @asynccontextmanager
    async def receiving(_: Starlette) -> AsyncIterator[None]:
        server = await asyncio.get_running_loop().create_server(receiver, HOST, options.smtp_port)
        async with server:
            yield

    app = create_app(mailbox)
    app.router.lifespan_context = receiving
    uvicorn.run(app, host=HOST, port=options.http_port, log_level="warning", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
