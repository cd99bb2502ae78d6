"""One connection to a mail server: encryption, and what it is asked between mails."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from notifications.delivery.domain.replies import Outcome
from notifications.delivery.worker.smtp import Connection, full_name
from notifications.smtp_server import SmtpServer
from support.mail_server import MailServer
from support.mailing import mail
from support.odd_server import OddServer
from support.patience import PATIENCE

MAIL = mail("0" * 32)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def connected(url: str, tls: ssl.SSLContext | None = None, seconds: float = PATIENCE) -> AsyncIterator[Connection]:
    server = SmtpServer.parse(SecretStr(url))
    connection = Connection(server, seconds, tls or server.tls())
    try:
        yield connection
    finally:
        await connection.close()


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_mails_go_encrypted_to_a_server_with_a_known_certificate_and_to_no_other(certificate: Path, scheme: str) -> None:
    mails = MailServer()
    async with mails.listening(tls=of_server(certificate), starttls=scheme == "smtp+starttls") as url:
        url = url.replace("smtp://", f"{scheme}://")
        async with connected(url, ssl.create_default_context(cafile=str(certificate))) as connection:
            for _ in range(2):
                assert await connection.offer("a@example.net", "ada@example.org") is None
                assert (await connection.transmit(MAIL)).verdict == "taken"
        async with connected(url) as stranger:
            outcome = await stranger.offer("a@example.net", "ada@example.org")
    assert outcome
    assert (outcome.verdict, outcome.every) == ("away", True)
    assert "ertificate" in outcome.answer
    assert len(mails.taken) == 2
    assert mails.connections == 2


async def test_a_server_that_offers_no_encryption_gets_no_mail_where_it_is_asked_for() -> None:
    mails = MailServer()
    async with mails.listening() as url, connected(url.replace("smtp://", "smtp+starttls://")) as connection:
        outcome = await connection.offer("a@example.net", "ada@example.org")
    assert outcome
    assert outcome.verdict == "away"
    assert not mails.offered


async def test_a_mail_after_one_that_was_refused_goes_over_the_same_connection() -> None:
    mails = MailServer()
    async with mails.listening() as url, connected(url) as connection:
        for step, verdict in (("r550", "bad_address"), ("r450", "later"), ("d554", "refused"), ("d451", "later")):
            outcome = await connection.offer("a@example.net", f"{step}@example.org")
            outcome = outcome or await connection.transmit(MAIL)
            assert outcome.verdict == verdict
        assert await connection.offer("a@example.net", "taken-back@example.org") is None
        await connection.withdraw()
        assert await connection.offer("a@example.net", "ada@example.org") is None
        assert (await connection.transmit(MAIL)).verdict == "taken"
    assert mails.connections == 1


async def test_a_connection_that_was_closed_before_the_data_left_is_no_unclear_end() -> None:
    mails = MailServer()
    async with mails.listening() as url, connected(url) as connection:
        assert await connection.offer("a@example.net", "ada@example.org") is None
        mails.drop_all()
        for _ in range(10):  # rounds of the loop, so many as it takes to hear of it
            await asyncio.sleep(0.01)
        outcome = await connection.transmit(MAIL)
        assert outcome.verdict == "away"
        assert await connection.offer("a@example.net", "ada@example.org") is None
        assert (await connection.transmit(MAIL)).verdict == "taken"
    assert len(mails.taken) == 1


async def send(connection: Connection) -> Outcome:
    return await connection.offer("a@example.net", "ada@example.org") or await connection.transmit(MAIL)


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"": [b"200 welcome\r\n"]}, "away"),
        ({"MAIL": [b"251 ok\r\n"]}, "away"),
        ({"RCPT": [b"252 cannot verify, will try\r\n"]}, "away"),
        ({"RCPT": [b"hello\r\n"]}, "away"),
        ({"DATA": [b"250 ok\r\n"]}, "unclear"),
        ({".": [b"354 go on\r\n"]}, "unclear"),
    ],
)
async def test_an_answer_out_of_place_is_no_success_and_ends_the_connection(
    answers: dict[str, list[bytes]], verdict: str
) -> None:
    odd = OddServer(answers)
    async with odd.listening() as url, connected(url) as connection:
        for _ in range(2):
            outcome = await send(connection)
            assert outcome.verdict == verdict
            assert "unexpected answer" in outcome.answer
    assert odd.connections == 2


async def test_answers_of_many_lines_that_come_in_pieces_are_read_whole() -> None:
    lines = b"250-2.0.0 taken\r\n250-as\r\n250 2.0.0 4F2D\r\n"
    unknown = b"550-5.1.1 The account that you tried to reach\r\n550 5.1.1 does not exist\r\n"
    answers = {"": [b"220-odd.test\r\n220 ready\r\n"], "RCPT": [lines, unknown, lines], ".": [lines]}
    odd = OddServer(answers, by_bytes=True)
    async with odd.listening() as url, connected(url) as connection:
        assert [(await send(connection)).verdict for _ in range(3)] == ["taken", "bad_address", "taken"]
    assert (odd.connections, len(odd.mails)) == (1, 2)


@pytest.mark.parametrize(
    "answers", [{".": [b"250 ok\r\n421 one at a time\r\n"]}, {"MAIL": [b"250 ok\r\n", b"421 one at a time\r\n"] * 3}]
)
async def test_a_server_that_ends_the_connection_after_each_mail_gets_all(answers: dict[str, list[bytes]]) -> None:
    """With its answer, or as the answer to the next."""
    odd = OddServer(answers)
    async with odd.listening() as url, connected(url) as connection:
        assert [(await send(connection)).verdict for _ in range(3)] == ["taken"] * 3
    assert len(odd.mails) == 3


async def test_the_time_limit_applies_to_each_phase_of_a_mail() -> None:
    odd = OddServer({}, pause=0.7)  # two pauses in each of the three, which together take longer than one may
    async with odd.listening() as url, connected(url, seconds=3) as connection:
        assert (await send(connection)).verdict == "taken"
    async with odd.listening() as url, connected(url, seconds=0.1) as connection:
        assert await send(connection) == Outcome("away", "no answer within SMTP_SECONDS", every=True)


async def test_a_mail_that_was_refused_at_data_leaves_nothing_behind() -> None:
    odd = OddServer(
        {"DATA": [b"451 4.3.0 later\r\n", b"354 go on\r\n"], "MAIL": [b"250 ok\r\n", b"503 nested\r\n", b"250 ok\r\n"]}
    )
    async with odd.listening() as url, connected(url) as connection:
        assert [(await send(connection)).verdict for _ in range(2)] == ["later", "taken"]


async def test_a_log_in_that_is_offered_with_encryption_only_is_told_how() -> None:
    odd = OddServer({})
    async with odd.listening() as url, connected(url.replace("//", "//desk:hidden@")) as connection:
        outcome = await send(connection)
    assert (outcome.verdict, outcome.every) == ("away", True)
    assert "STARTTLS" in outcome.answer
    assert not [command for command in odd.commands if "AUTH" in command or "MAIL" in command]


async def test_who_has_no_full_name_gives_an_address() -> None:
    assert full_name("mail.example.org") == "mail.example.org"
    odd = OddServer({})
    async with odd.listening() as url, connected(url) as connection:
        await send(connection)
    assert odd.commands[0] in (f"EHLO {socket.gethostname()}", "EHLO [127.0.0.1]")
    assert "." in odd.commands[0]


async def test_a_server_that_nobody_runs_is_away_for_every_mail() -> None:
    async with connected("smtp://127.0.0.1:1") as connection:
        outcome = await connection.offer("a@example.net", "ada@example.org")
    assert outcome
    assert (outcome.verdict, outcome.every) == ("away", True)


@pytest.mark.parametrize("url", ["smtp://", "http://host", "smtp://host:port", "host", "smtp://[::1"])
def test_a_url_that_is_none_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="must look like") as refused:
        SmtpServer.parse(SecretStr(url.replace("host", "user:hidden@host")))
    assert "hidden" not in str(refused.value)
