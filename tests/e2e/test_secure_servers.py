"""Kafka with logins, TLS and access control lists, MongoDB with logins and TLS: each service under its own name."""

import asyncio
import json
import shutil
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType
from fastapi import FastAPI, Request
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from local_stack import Server, Stack, start_service
from local_stack.download import UnavailableError
from shared.contract.acls import REPLAY, Acl, acls
from shared.contract.topics import ATTENDANCE_INBOUND, CONTACTS, PROFILES, SEATS, SERVICES, TOPICS, topics_of
from shared.messaging.kafka import ensure_topics
from shared.messaging.kafka_connection import client_options
from shared.server_settings import mongodb_options
from shared.settings import ServiceSettings
from support.kafka import cloud_event
from support.patience import PATIENCE, until
from support.platform import Platform, person, prepare, running
from support.secure_servers import (
    ADMIN,
    MECHANISMS,
    Authority,
    SecureKafka,
    SecureMongo,
    password_of,
    start_secure_kafka,
    start_secure_mongodb,
)
from support.serving import serving

USERS = (*SERVICES, REPLAY, "badges")


@dataclass(frozen=True)
class Servers:
    """Both, with the rights that the table of topics gives."""

    kafka: SecureKafka
    mongodb: SecureMongo

    def settings(self, user: str, mechanism: str = "SCRAM-SHA-512", **others: Any) -> ServiceSettings:
        login = self.kafka.login(user, mechanism) | self.mongodb.login(user)
        return settings_of(login, **{"startup_seconds": PATIENCE, **others})


def settings_of(login: dict[str, str], **others: Any) -> ServiceSettings:
    """The settings that these variables of the environment make."""
    given: dict[str, Any] = {name.lower(): value for name, value in login.items()}
    return ServiceSettings(**given | others)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    if shutil.which("mongod"):
        pytest.skip("a mongod with --auth needs a key file for its replica set; the embedded database is what is started here")
    directory = tmp_path_factory.mktemp("secure")
    authority = Authority(directory / "authority")
    try:
        kafka = start_secure_kafka(directory / "kafka", authority, USERS)
    except UnavailableError as error:
        pytest.skip(f"there is no Apache Kafka: {error}")
    try:
        mongodb = start_secure_mongodb(directory / "mongodb", authority, {user: user for user in (*USERS, ADMIN)})
        try:
            servers = Servers(kafka, mongodb)
            asyncio.run(ensure_topics(TOPICS, servers.settings(ADMIN)))
            grant(kafka, [acl for principal in (*SERVICES, REPLAY) for acl in acls(principal)])
            grant(kafka, [Acl("badges", "topic", ATTENDANCE_INBOUND.name, ("Write", "Describe"))])
            asyncio.run(until(lambda: rights_apply(servers)))
            yield servers
        finally:
            mongodb.server.stop()
    finally:
        kafka.server.stop()


def grant(kafka: SecureKafka, granted: list[Acl]) -> None:
    login = kafka.login(ADMIN)
    admin = AdminClient(
        {
            "bootstrap.servers": login["KAFKA_BOOTSTRAP_SERVERS"],
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": login["KAFKA_SASL_MECHANISM"],
            "sasl.username": login["KAFKA_SASL_USERNAME"],
            "sasl.password": login["KAFKA_SASL_PASSWORD"],
            "ssl.ca.location": login["KAFKA_SSL_CA_FILE"],
        }
    )
    bindings = [
        AclBinding(
            ResourceType[acl.resource.upper()],
            acl.name,
            ResourcePatternType[acl.pattern.upper()],
            f"User:{acl.principal}",
            "*",
            AclOperation[operation.upper()],
            AclPermissionType.ALLOW,
        )
        for acl in granted
        for operation in acl.operations
    ]
    for future in admin.create_acls(bindings).values():
        future.result()


async def rights_apply(servers: Servers) -> bool:
    """Whether the broker applies the rights already, some time after it has stored them: the last of them is that of `badges`."""
    return ATTENDANCE_INBOUND.name in await topics_seen(servers.settings("badges"))


@pytest.fixture
async def platform(servers: Servers, stack: Stack, tmp_path: Path) -> AsyncIterator[Platform]:
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")

    def start(name: str) -> Server:
        # Its secrets come from files; it may make no topic.
        login = servers.kafka.login(name) | servers.mongodb.login(name)
        secrets = {setting: value for setting, value in login.items() if setting.endswith("_PASSWORD")}
        for setting, value in secrets.items():
            (tmp_path / f"{name}.{setting}").write_text(value + "\n")
        files = {f"{setting}_FILE": str(tmp_path / f"{name}.{setting}") for setting in secrets}
        given = {setting: value for setting, value in login.items() if setting not in secrets}
        at_once = {"DIGEST_FREQUENCY": "instant", "GATHER_SECONDS": "0"}
        return start_service(name, tmp_path, stack.environment() | given | files | at_once | {"CREATE_TOPICS": "false"})

    async with running(start, stack.inbox_url) as platform:
        yield platform


async def test_attendance_becomes_a_mail_while_each_service_logs_in_as_itself(servers: Servers, platform: Platform) -> None:
    email = "ada@example.org"
    operator = await platform.operator(servers.settings("registration"))
    async with httpx.AsyncClient(timeout=30, headers=operator) as client:
        await prepare(platform, client)
    event = {"conference_id": "c1", "session_id": "s1", "attendee": person(email)}
    async with AIOKafkaProducer(**client_options(servers.settings("badges", "SCRAM-SHA-256"))) as badges:
        await badges.send_and_wait(
            ATTENDANCE_INBOUND.name, json.dumps(event).encode(), headers=cloud_event("attendance.session_attended.v1")
        )
    assert "Faster <arrays>" in (await platform.mail(email, naming="Faster"))["text"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_a_client_logs_in_by_each_mechanism(servers: Servers, mechanism: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(unsigned_token("listings") + "\n")
    by_token = {"kafka_oauth_token_file": str(token), "kafka_sasl_password": ""} if mechanism == "OAUTHBEARER" else {}
    assert SEATS.name in await topics_seen(servers.settings("listings", mechanism, **by_token))


async def test_a_client_fetches_its_token_from_the_authorization_server(servers: Servers) -> None:
    app, asked = FastAPI(), list[dict[str, list[str]]]()

    @app.post("/token")
    async def post_token(request: Request) -> dict[str, Any]:
        asked.append(parse_qs((await request.body()).decode()))
        return {"access_token": unsigned_token("listings"), "expires_in": 3600}

    async with serving(app) as client:
        url = f"{client.base_url}/token".replace("//token", "/token")
        given = {"kafka_oauth_token_url": url, "kafka_oauth_scope": "kafka", "kafka_sasl_without_tls": True}
        for _ in range(2):
            assert SEATS.name in await topics_seen(servers.settings("listings", "OAUTHBEARER", **given))
    assert len(asked) == 1, "clients that come one after the other use the same token"
    assert asked[0] == {
        "grant_type": ["client_credentials"],
        "client_id": ["listings"],
        "client_secret": [password_of("listings")],
        "scope": ["kafka"],
    }


async def test_a_client_logs_in_by_a_certificate_whose_key_has_a_password(servers: Servers) -> None:
    login = servers.kafka.certificate_login("listings")
    assert SEATS.name in await topics_seen(settings_of(login))


async def topics_seen(settings: ServiceSettings) -> set[str]:
    """The topics that this login may see."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def test_a_login_sees_its_own_topics_only(servers: Servers) -> None:
    assert await topics_seen(servers.settings("listings")) == {
        topic.name for topic in TOPICS if "listings" in (topic.publisher, *topic.readers)
    }


@pytest.mark.parametrize(
    ("user", "topic"), [("listings", PROFILES.name), ("badges", CONTACTS.name), ("matching", "attendance.inbound")]
)
async def test_nobody_publishes_to_a_topic_of_others(servers: Servers, user: str, topic: str) -> None:
    async with AIOKafkaProducer(**client_options(servers.settings(user))) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topic, b"{}")


@pytest.mark.parametrize(
    ("user", "topic", "group", "refusal"),
    [
        ("listings", SEATS.name, "matching", GroupAuthorizationFailedError),
        ("matching", PROFILES.name, "matchings", GroupAuthorizationFailedError),
        ("listings", CONTACTS.name, "listings", TopicAuthorizationFailedError),
        ("badges", ATTENDANCE_INBOUND.name, "badges", GroupAuthorizationFailedError),
    ],
)
async def test_nobody_reads_topics_or_uses_groups_of_others(
    servers: Servers, user: str, topic: str, group: str, refusal: type[KafkaError]
) -> None:
    with pytest.raises(refusal):
        await read(topic, group, servers.settings(user))


async def read(topic: str, group: str, settings: ServiceSettings) -> None:
    """Try to read a topic as a member of a group."""
    consumer = AIOKafkaConsumer(topic, group_id=group, **client_options(settings))
    try:
        await consumer.start()
        await consumer.getmany(timeout_ms=2000)
    finally:
        await consumer.stop()


async def test_a_wrong_password_is_named_in_the_log(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    settings = servers.settings("listings", kafka_sasl_password="wrong", startup_seconds=2)
    with pytest.raises(ConnectionError, match="log say why"):
        await ensure_topics(TOPICS, settings)
    assert "Authentication failed" in caplog.text


async def test_a_service_that_may_create_no_topics_says_which_are_missing(servers: Servers) -> None:
    settings = servers.settings("listings", topic_prefix="other.", create_topics=False, startup_seconds=1)
    with pytest.raises(ConnectionError, match=r"no topic .*other\.listings\.organizations.*CREATE_TOPICS"):
        await ensure_topics(topics_of("listings"), settings)


def test_nobody_reads_the_database_of_another_service(servers: Servers) -> None:
    with MongoClient[dict[str, Any]](**mongodb_options(servers.settings("listings"))) as client:
        client["listings"]["things"].insert_one({"_id": "own"})
        with pytest.raises(OperationFailure):
            client["registration"]["attendees"].find_one()


def unsigned_token(user: str) -> str:
    """A token (RFC 7519) with no signature, which the test's broker takes."""
    now = int(time.time())
    parts = {"alg": "none"}, {"sub": user, "iat": now, "exp": now + 3600}
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
