"""The local stack: real servers, started, killed and found again."""

import asyncio
import json
import smtplib
import socket
import subprocess
import sys
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient

from local_stack import Ports, Server, Stack, StartError, start_inbox, start_kafka, start_mongodb, start_service
from local_stack.__main__ import main
from local_stack.parts import Part, find_or_start_kafka, find_or_start_mail, find_or_start_mongodb
from local_stack.ports import free_port
from support.patience import PATIENCE

SETTINGS = (
    "KAFKA_BOOTSTRAP_SERVERS",
    "MONGODB_URI",
    "SMTP_URL",
    "INBOX_URL",
    "LOCAL_KAFKA",
    "PERSON_KEY",
    "UNSUBSCRIBE_KEY",
    "SECRETS_KEY",
    "SESSION_KEY",
)
STAND_IN = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = self.path == "/health/ready"
        self.send_response(200 if ready else 404)
        self.end_headers()
        self.wfile.write(os.environ["KAFKA_BOOTSTRAP_SERVERS"].encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about servers of their own, whatever the environment offers."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def running() -> Iterator[list[Server]]:
    """Servers put in here are ended after the test."""
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.kill()


async def send(kafka: str, topic: str, *values: bytes, idempotent: bool = True) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=idempotent) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def receive(kafka: str, topic: str, group: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, group_id=group, auto_offset_reset="earliest")
    async with asyncio.timeout(PATIENCE), consumer:
        received = [(await consumer.getone()).value for _ in range(count)]
        await consumer.commit()
        return received


@asynccontextmanager
async def administration(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def create_topic(kafka: str, topic: str) -> None:
    async with administration(kafka) as admin:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])


def test_keys_of_an_older_stack_stay_and_those_that_have_come_since_are_added(tmp_path: Path) -> None:
    kept = {"PERSON_KEY": "p" * 64, "UNSUBSCRIBE_KEY": "u" * 64}
    (tmp_path / "keys.json").write_text(json.dumps(kept))
    parts = {name: Part("", "given") for name in ("kafka", "mongodb", "mail")}
    settings = Stack(tmp_path, parts).environment()
    assert settings.items() >= kept.items()
    assert len(urlsafe_b64decode(settings["SECRETS_KEY"])) == len(urlsafe_b64decode(settings["SESSION_KEY"])) == 32
    assert Stack(tmp_path, parts).environment() == settings
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_links_in_mails_lead_to_the_port_that_the_site_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    monkeypatch.setenv("SITE_PORT", "18000")
    parts = {name: Part("", "given") for name in ("kafka", "mongodb", "mail")}
    assert Stack(tmp_path, parts).environment()["PUBLIC_URL"] == "http://127.0.0.1:18000"
    running = Server("site", "Caddy", "http://127.0.0.1:28000", "", 28000, [], tmp_path / "log")
    assert Stack(tmp_path, parts, {"site": running}).environment()["PUBLIC_URL"] == running.url


async def test_mongodb_keeps_what_it_acknowledged_over_kill_and_stop(tmp_path: Path, running: list[Server]) -> None:
    server = await asyncio.to_thread(start_mongodb, tmp_path)
    running.append(server)
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(server.url)
    people = client["test"]["people"]
    await people.create_index("email", unique=True)
    async with await client.start_session() as session, session.start_transaction():
        await people.insert_one({"_id": 1, "email": "ada@example.org"}, session=session)

    first = server.pid
    await asyncio.to_thread(server.kill)
    assert not server.alive
    await asyncio.to_thread(server.restart)
    assert server.pid != first
    await people.insert_one({"_id": 2, "email": "grace@example.org"})
    await asyncio.to_thread(server.restart)

    assert [person["_id"] async for person in people.find().sort("_id")] == [1, 2]
    assert "email_1" in await people.index_information()
    client.close()


async def test_kafka_keeps_messages_and_offsets_over_kill_and_restart(tmp_path: Path, running: list[Server]) -> None:
    server = await asyncio.to_thread(start_kafka, tmp_path)
    running.append(server)
    await create_topic(server.url, "greetings")
    await send(server.url, "greetings", b"one", b"two")
    assert await receive(server.url, "greetings", "readers", 1) == [b"one"]

    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)

    assert await receive(server.url, "greetings", "readers", 1) == [b"two"]
    assert await receive(server.url, "greetings", "others", 2) == [b"one", b"two"]
    async with administration(server.url) as admin:
        assert "never-created" not in await admin.list_topics()


async def test_without_a_download_kafka_falls_back_to_the_in_memory_broker_and_says_so(
    tmp_path: Path, running: list[Server], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MAVEN_REPOSITORY_URL", f"http://127.0.0.1:{free_port()}")

    server = await asyncio.to_thread(start_kafka, tmp_path / "kafka")
    running.append(server)

    [said] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "in-memory broker" in said
    await create_topic(server.url, "greetings")
    await send(server.url, "greetings", b"one", idempotent=False)
    assert await receive(server.url, "greetings", "readers", 1) == [b"one"]
    monkeypatch.setenv("LOCAL_KAFKA", "apache")
    with pytest.raises(StartError, match="LOCAL_KAFKA=apache"):
        await asyncio.to_thread(start_kafka, tmp_path / "kafka")


def test_the_inbox_keeps_mails_and_serves_hostile_ones_escaped(tmp_path: Path, running: list[Server]) -> None:
    server = start_inbox(tmp_path)
    running.append(server)
    mail = EmailMessage()
    mail["Subject"] = "<script>alert(1)</script>"
    mail["Message-ID"] = "<1@desk>"
    mail["X-Correlation-ID"] = "abc"
    mail.set_content("Hello")
    mail.add_alternative("<script>alert(2)</script><b>Hello</b>", subtype="html")
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        smtp.send_message(mail, "desk@example.org", ["ada@example.org"])
        # Lone surrogates, by a charset that is none, must not break the list for all other mails.
        smtp.sendmail("x@y", ["grace@example.org"], b"Subject: =?unicode_escape?q?=5Cud800?=\r\n\r\n")
    server.restart()

    with httpx.Client(base_url=server.page, trust_env=False) as client:
        assert client.get("/api/messages/count").json() == {"count": 2}
        found = client.get("/api/messages", params={"to": "ADA@"}).json()
        assert found["total"] == 1
        [message] = found["messages"]
        assert (message["from"], message["to"]) == ("desk@example.org", ["ada@example.org"])
        assert (message["message_id"], message["correlation_id"]) == ("<1@desk>", "abc")
        read = client.get(f"/api/messages/{message['id']}").json()
        assert read["text"].strip() == "Hello"
        for page in ("/", f"/messages/{message['id']}", f"/messages/{message['id']}?view=source"):
            response = client.get(page)
            assert response.status_code == 200
            assert "<script>alert" not in response.text
            assert "default-src 'none'" in response.headers["content-security-policy"]
        frame = client.get(f"/messages/{message['id']}/html")
        assert frame.headers["content-security-policy"].startswith("sandbox ")
        assert "allow-scripts" not in frame.headers["content-security-policy"]
        assert client.get("/", headers={"Host": "rebound.example.org"}).status_code == 400


def test_the_inbox_lists_the_newest_first_page_by_page(tmp_path: Path, running: list[Server]) -> None:
    server = start_inbox(tmp_path)
    running.append(server)
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        for number in range(120):
            smtp.sendmail("desk@example.org", [f"{number}@example.org"], f"Subject: no. {number}\r\n\r\n")

    with httpx.Client(base_url=server.page, trust_env=False) as client:
        listed = client.get("/api/messages", params={"offset": 1, "limit": 2}).json()
        assert [message["subject"] for message in listed["messages"]] == ["no. 118", "no. 117"]
        last = client.get("/", params={"page": 3}).text
        assert last.count("<tr>") == 1 + 20
        assert "Page 3 of 3" in last


def test_a_stack_is_found_again_by_the_next_start_and_stops_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KAFKA", "memory")
    with Stack.start(tmp_path, ports=Ports.free()) as stack:
        settings = stack.environment()
        assert settings["KAFKA_IDEMPOTENCE"] == "false"
        for name, value in settings.items():  # as after: eval "$(python -m local_stack env)"
            monkeypatch.setenv(name, value)
        again = Stack.start(tmp_path, ports=Ports.free())
        assert [server.pid for server in again.servers] == [server.pid for server in stack.servers]

        service = stack.start_service("stand-in", command=[sys.executable, "-c", STAND_IN])
        assert httpx.get(service.ready_url, trust_env=False).text == stack.kafka
        assert stack.start_service("stand-in").pid == service.pid
        servers = Stack.load(tmp_path).servers
        assert len(servers) == 4
        assert all(server.alive for server in servers)
    assert not any(server.alive for server in servers)
    assert Stack.load(tmp_path).servers == []


def test_stopping_never_ends_a_process_that_has_taken_over_an_id(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as foreign:
        ours = Server("stand-in", "service", "", "", 1, ["true"], tmp_path / "log", pid=foreign.pid, started_at=1.0)
        Stack(tmp_path, services={"stand-in": ours}).stop()
        assert not ours.alive
        ours.stop()
        ours.kill()
        assert foreign.poll() is None
        foreign.communicate(b"\n")


def test_a_damaged_state_file_does_not_keep_the_next_start_from_working(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"parts": [')
    assert Stack.load(tmp_path).servers == []


def test_a_port_taken_by_another_program_is_named_with_the_setting_to_change_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KAFKA", "memory")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"Port {port} is taken.*SMTP_PORT"):
            Stack.start(tmp_path, ports=Ports(0, 0, port, 0))
    assert Stack.load(tmp_path).servers == []


def test_an_address_that_is_given_but_dead_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KAFKA", "memory")
    monkeypatch.setenv("MONGODB_URI", f"mongodb://127.0.0.1:{free_port()}")
    with pytest.raises(StartError, match="MONGODB_URI is set"):
        Stack.start(tmp_path, ports=Ports.free())


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("MONGODB_URI", "garbage"),
        ("MONGODB_URI", "mongodb://user:sec/ret@host"),
        ("MONGODB_URI", "smtp://host"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka:port"),
        ("SMTP_URL", "garbage"),
        ("SMTP_URL", "smtp://[::1"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://user:sec@ret@127.0.0.1:1"),
    ],
)
def test_an_address_that_makes_no_sense_is_named_without_its_password(
    variable: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, address)
    given = {
        "MONGODB_URI": find_or_start_mongodb,
        "KAFKA_BOOTSTRAP_SERVERS": find_or_start_kafka,
        "SMTP_URL": find_or_start_mail,
    }[variable]
    with pytest.raises(StartError, match=f"^{variable} is set to .*, but that cannot be used") as error:
        given(tmp_path, Ports.free(), None)
    assert "sec" not in str(error.value)
    assert "ret@" not in str(error.value)


def test_a_service_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no such setting"):
        start_service("broken", tmp_path, {}, command=[sys.executable, "-c", "raise SystemExit('no such setting')"])


def test_a_service_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    sleeper = [sys.executable, "-c", "print('waiting for Godot', flush=True); import time; time.sleep(60)"]
    with pytest.raises(StartError, match=r"within 1 s(.|\n)*Godot"):
        start_service("slow", tmp_path, {}, command=sleeper, timeout=1)


def test_the_command_line_starts_shows_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_KAFKA", "memory")
    ports = {name: str(free_port()) for name in ("KAFKA_PORT", "MONGODB_PORT", "SMTP_PORT", "INBOX_PORT")}
    for name, port in ports.items():
        monkeypatch.setenv(name, port)
    where = f"--directory={tmp_path}"
    try:
        assert main(["up", where]) == 0
        started = capsys.readouterr().out
        assert started.startswith("Starting ")
        assert f"http://127.0.0.1:{ports['INBOX_PORT']}" in started
        assert main(["up", where]) == 0
        again = capsys.readouterr().out
        assert again.startswith("Everything is running already:\n")
        assert again.partition("\n")[2] in started, "with the same processes, at the same addresses"
        assert main(["env", where]) == 0
        assert f"export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:{ports['KAFKA_PORT']}\n" in capsys.readouterr().out
        Stack.load(tmp_path).servers[0].kill()
        assert main(["status", where]) == 1
        assert "NOT ANSWERING" in capsys.readouterr().out
    finally:
        assert main(["down", where]) == 0
    assert main(["status", where]) == 1
