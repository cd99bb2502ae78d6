"""Starts the mail inbox, `local_stack.inbox`, as a process."""

import sys
from pathlib import Path

from local_stack.ports import HOST, free_port
from local_stack.process import Server, StartError, port_is_taken


def start_inbox(directory: Path, smtp_port: int = 0, http_port: int = 0) -> Server:
    """Start an SMTP server that stores all mails in `directory`, and a page that shows them. Port 0 picks a free port.

    The server's `url` is for senders (`smtp://…`), its `page` for browsers (`http://…`, with JSON at `/api/messages`).
    Raises `StartError`.
    """
    smtp_port, http_port = smtp_port or free_port(), http_port or free_port()
    if port_is_taken(http_port):
        raise StartError(f"Port {http_port} for the inbox page is used by another program; stop it, or set INBOX_PORT.")
    page = f"http://{HOST}:{http_port}"
    return Server(
        name="mail",
        kind="inbox",
        url=f"smtp://{HOST}:{smtp_port}",
        ready_url=f"{page}/api/messages/count",
        page=page,
        port=smtp_port,
        command=[
            sys.executable,
            "-m",
            "local_stack.inbox",
            f"--directory={(directory / 'maildir').absolute()}",
            f"--smtp-port={smtp_port}",
            f"--http-port={http_port}",
        ],
        log=directory.absolute() / "inbox.log",
    ).start()
