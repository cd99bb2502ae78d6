"""Nothing of a mail changes on its way: what was signed when it left (DKIM, RFC 6376) holds where it arrives."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime

import dkim
from aiosmtpd.smtp import SMTP, Envelope
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

from notifications.delivery.worker.smtp import Connection
from notifications.mail.samples import sample
from notifications.smtp_server import SmtpServer
from support.mails import TO, Mails
from support.worst_mails import worst_samples

KEY = generate_private_key(65537, 2048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
PUBLIC = b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


class Inbox:
    """Keeps what arrives, byte by byte."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(bytes(envelope.original_content or b""))
        return "250 OK"


def signed(mail: bytes) -> bytes:
    """Over all headers and the body, in the form that allows for no change at all."""
    names = {line.partition(b":")[0].lower() for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] not in b" \t"}
    header: bytes = dkim.sign(
        mail, b"desk", b"example.org", PRIVATE, canonicalize=(b"simple", b"simple"), include_headers=sorted(names)
    )
    return header + mail


def holds(mail: bytes) -> bool:
    """Whether the signature does."""
    verified: bool = dkim.verify(mail, dnsfunc=lambda *_, **__: b"v=DKIM1; k=rsa; p=" + PUBLIC)
    return verified


SAMPLES = [
    *(sample(kind, language) for kind in ("matches", "interview", "round_result") for language in ("en", "de")),
    *(worst for worst in worst_samples() if worst.kind.name in ("matches", "interview")),
]


async def test_what_was_signed_holds_where_it_arrives() -> None:
    inbox, mails = Inbox(), Mails()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = Connection(SmtpServer.parse(SecretStr(f"smtp://127.0.0.1:{port}")), seconds=10, tls=None)
    sent = [signed(mails.write(sample, datetime.now(UTC))) for sample in SAMPLES]
    async with server:
        for mail in sent:
            assert await connection.offer("bounces@example.org", TO) is None
            assert (await connection.transmit(mail)).verdict == "taken"
        await connection.close()
    assert inbox.mails == sent
    assert all(holds(mail) for mail in inbox.mails)
    assert not holds(sent[0].replace(b"digest", b"diqest", 1))
