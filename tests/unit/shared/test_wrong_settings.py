"""Every setting of every service, with values that it cannot have: each stops the start by its name, and nothing else happens."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Literal, get_origin

import pytest
from pydantic.fields import FieldInfo

from shared.contract.topics import SERVICES
from shared.environment import read_settings
from shared.settings import ServiceSettings
from support.services import settings_of

RIGHT = {
    "PERSON_KEY": "a key for persons",
    "UNSUBSCRIBE_KEY": "a key for links to unsubscribe",
    "SECRETS_KEY": "MzIgYnl0ZXMgZm9yIHdoYXQgY29ubmVjdGlvbnMga2U=",
    "SESSION_KEY": "MzIgYnl0ZXMgZm9yIHdoYXQgY29ubmVjdGlvbnMga2U=",
    "MAIL_FROM": "Desk <desk@example.org>",
    "PUBLIC_URL": "https://desk.example.org",
}
"""What is required."""

BY_TYPE: dict[Any, list[str]] = {
    bool: ["maybe", "2", "-1", "truefalse"],
    int: ["x", "-1", "1.5", "nan", "1e300", "9" * 30, "9" * 5000, "0x10", "1 2", "１two"],
    float: ["x", "-1", "nan", "inf", "-inf", "1e300", "9" * 400, "1,5", "5s"],
    Literal: ["LOUD", "1", "json,console", "infoo", "x" * 10_000],
}
_KEYS = ["short", " " * 20, "\t" * 16]
_LISTS = [
    *_KEYS,
    "0123456789abcdef,short",
    "0123456789abcdef,",
    ",0123456789abcdef",
    "a key, with a comma in it",
    ",,,,,,,,,,,,,,,,",
]
_NAMES = ["a\nb", "a\tb", "x" * 513, "\x7f"]
_PASSWORDS = ["sec\nret", "sec\tret", "x" * 4097]
_FILES = ["/there/is/none", "/", "x" * 5000]
_BROKERS = [
    "kafka:port", "kafka:0", "kafka:99999", "kafka:-1", "kafka 9092", "kafka:9092,,kafka:9093", "kafka:1;kafka:2", ",",
    "http://kafka:9092/", "kafka:9092/topic", "[::1", "kafka:٣", " ",
]  # fmt: skip
_ADDRESSES = [
    "desk.example.org", "ftp://desk.example.org", "https://", "https:///path", "https://desk.example.org?a", "https://desk:port",
    "https://desk:99999", "https://:8004", "https://a b", "https://user:secret@desk.example.org", "https://[::1", "javascript:1",
    "https://desk.example.org\\@evil.example", "https://desk.example.org#x",
]  # fmt: skip
BY_NAME: dict[str, list[str]] = {
    "kafka_bootstrap_servers": _BROKERS,
    "publishers_kafka_servers": _BROKERS,
    "mongodb_uri": [
        "127.0.0.1:27017", "http://127.0.0.1", "mongodb://", "mongodb:/127.0.0.1", "mongodb://a:secret@b:c@d", "mongodb://h:port",
        "mongodb://h:99999", "mongodb://u:sec/ret@h", "mongodb://u:sec%ret@h/", "mongodb://h/?tls=maybe", "mongodb://h/?replicaSet",
        "mongodb://h/?tls=true&tlsCAFile=/there/is/none", "mongodb://h/?directConnection=true&loadBalanced=true", "mongodb+srv://",
        "mongodb+srv://h:27017", "mongodb://[::1", "mongodb://a,b/?directConnection=true", "mongodb://h/?w=-1", "garbage",
    ],
    "kafka_sasl_username": _NAMES,
    "kafka_sasl_password": _PASSWORDS,
    "kafka_oauth_scope": _NAMES,
    "kafka_oauth_token_url": ["id.example.org/token", "ftp://id.example.org", "https://", "https://a b", "https://[::1", "https://id:port"],
    "kafka_oauth_token_file": _FILES,
    "kafka_ssl_ca_file": _FILES,
    "kafka_ssl_cert_file": _FILES,
    "kafka_ssl_key_file": _FILES,
    "kafka_ssl_key_password": _PASSWORDS,
    "mongodb_username": _NAMES,
    "mongodb_password": _PASSWORDS,
    "mongodb_auth_source": ["a/b", "a.b", "a b", "$externals", "x" * 64],
    "mongodb_tls_ca_file": _FILES,
    "mongodb_tls_certificate_key_file": _FILES,
    "mongodb_database": ["a.b", "a/b", "a b", "$a", "x" * 64, "é"],
    "topic_prefix": ["a b", "a/b", "é", "x" * 41, "a$b", "a\nb", "a\n", 'a"'],
    "host": ["x" * 300],
    "person_key": _KEYS,
    "unsubscribe_key": _LISTS,
    "inbound_key": _LISTS,
    "secrets_key": ["secret", "c2VjcmV0,c2VjcmV0", RIGHT["SECRETS_KEY"] + ",", "é" * 44, "=" * 44],
    "session_key": ["secret", "c2VjcmV0,c2VjcmV0", RIGHT["SESSION_KEY"] + ",", "é" * 44, "=" * 44],
    "weights": ["x", "[1]", "1", '{"skil": 1}', '{"skill": -1}', '{"skill": NaN}', '{"skill": "1"}', "{" * 1000, "[" * 100_000],
    "embeddings_directory": ["/there/is/none", "/etc/passwd", "x" * 5000],
    "mail_from": ["Desk", "a@b", "a@example.org\r\nBcc: x@example.org", "@example.org", "a@", "a@b@c", "<>", " "],
    "operator_emails": ["ada", "a@b@c", "@example.org", "ada@example.org,ada", "a b@example.org"],
    "issuer_url": _ADDRESSES,
    "issuer_name": [" ", "a\nb", "x" * 301],
    "public_url": _ADDRESSES,
    "mail_time_zone": ["Mars/Olympus", "/etc/passwd", "../UTC", "Europe", "x" * 5000, "UTC+1"],
    "allowed_hosts": ["https://desk.example.org", "a b", "*.*", "desk.example.org:80", "a/b", "a;b", "127.1", "*example.org"],
    "forwarded_allow_ips": ["proxy.example.org", "10.0.0.1/8", "300.1.1.1", "10.0.0.0/40", "http://10.0.0.1"],
    "link_hosts": ["https://jobs.example.org", "a b", "*.*", "a/b", "jobs.example.org:8080", "a;b", "*example.org"],
    "otel_exporter_otlp_endpoint": ["collector:4318", "ftp://collector", "http://", "http://a b", "http://[::1", "http://h:port"],
    "otel_exporter_otlp_headers": ["token", "=t0ken", "a b=c", "a=b\nc: d", "a=é", "a=b,c"],
    "smtp_url": [
        "mail:25", "http://mail", "smtp://", "smtp://mail:port", "smtp://mail:99999", "smtp://mail:0", "smtp://u@mail", "smtp://u:s/t@mail",
        "smtp://u:1/secret@mail", "smtp://mail/path", "smtp://mail?tls", "smtp://mail#x", "smtp://[::1", "smtp://a b", "smtp://é\n",
    ],
    "bounce_address": ["bounces", "@example.org", "those-that-come-back@example.org", "a@b@c", "bounces@", "b c@example.org"],
}  # fmt: skip
"""Of settings whose type says little."""
NOT_TEXT = "\udcff"
"""A byte that is no UTF-8."""


def wrong_values(name: str, field: FieldInfo) -> list[str]:
    if name in BY_NAME:
        return [*BY_NAME[name], NOT_TEXT]
    kind = get_origin(field.annotation) or field.annotation
    return [*BY_TYPE[kind], NOT_TEXT]  # KeyError: a setting of a new type, or a text without an entry


def cases() -> Iterator[tuple[str, str, str]]:
    for service in SERVICES:
        for name, field in settings_of(service).model_fields.items():
            for value in wrong_values(name, field):
                yield service, name.upper(), value


@pytest.fixture(autouse=True)
def _right(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in SERVICES:
        for name in settings_of(service).model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def test_each_wrong_value_is_refused_by_the_name_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for service, name, value in cases():
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert status(settings_of(service)) == 2, f"{service}: {name}={value[:80]!a}"
        first, *faults = capsys.readouterr().err.splitlines()
        assert first == "These settings (environment variables) are missing or wrong:"
        assert len(faults) == 1, (service, name, value[:80], faults)
        assert re.match(rf"  {name}:? (must|needs|has|is|cannot|there|the|key|not)\b", faults[0]), (name, value[:80], faults)
        assert len(faults[0]) < 500
        assert "sec" not in faults[0].replace("secrets", "").replace("SECRETS", ""), "a secret is not quoted"


def status(settings: type[ServiceSettings]) -> object:
    """With which a service that is started with the environment's settings ends at once; None where it does not."""
    try:
        read_settings(settings)
    except SystemExit as stopped:
        return stopped.code
    return None


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("turn", range(2))
def test_a_process_with_wrong_settings_ends_at_once_and_names_them_all(service: str, turn: int) -> None:
    fields = settings_of(service).model_fields
    wrong = {}
    for name, field in fields.items():
        values = wrong_values(name, field)
        wrong[name.upper()] = values[turn % len(values)]
    ended = run(service, **wrong)
    assert ended.returncode == 2
    first, *faults = ended.stderr.splitlines()
    assert first == "These settings (environment variables) are missing or wrong:"
    assert {re.split(r":? ", fault.strip())[0] for fault in faults if fault.startswith("  ")} >= set(wrong)
    assert "Traceback" not in ended.stderr
    assert not ended.stdout


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'"),
        ({"HOST": "192.0.2.1"}, "HOST, PORT: cannot listen at '192.0.2.1'"),
    ],
)
def test_a_service_ends_before_it_connects_to_anything(service: str, wrong: dict[str, str], said: str) -> None:
    ended = run(service, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1", MONGODB_URI="mongodb://127.0.0.1:1", **wrong)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [["keys", "list"], ["secrets", "rekey"], ["connections", "list"]])
def test_a_command_names_a_wrong_setting_too(arguments: list[str]) -> None:
    ended = run("registration", *arguments, LOG_LEVEL="LOUD")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[1].startswith("  LOG_LEVEL: must be")


def test_dead_letters_name_a_wrong_setting_too() -> None:
    ended = run("shared.messaging.dead_letters", "list", KAFKA_BOOTSTRAP_SERVERS="kafka:port")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[1].startswith("  KAFKA_BOOTSTRAP_SERVERS: must be")


@pytest.mark.parametrize("service", SERVICES)
async def test_the_least_and_the_most_of_each_number_work(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create_app = importlib.import_module(f"{service}.main").create_app
    for least in (True, False):
        with monkeypatch.context() as patch:
            for name, field in settings_of(service).model_fields.items():
                if field.annotation in (int, float) and (value := bound(field, least=least)) is not None:
                    patch.setenv(name.upper(), str(value))
            patch.setenv("SMTP_SECONDS", "1e-9" if least else "43200")  # half of LEASE_SECONDS
            patch.setenv("KEEP_DAYS", "1" if least else "400")
            patch.setenv("METRICS_PORT", "9100")  # must differ from PORT
            assert create_app(read_settings(settings_of(service)))


def bound(field: FieldInfo, *, least: bool) -> float | None:
    for kind, value in ((type(one).__name__, one) for one in field.metadata):
        if kind == ("Ge" if least else "Le"):
            return float(getattr(value, kind.lower())) if field.annotation is float else int(getattr(value, kind.lower()))
        if least and kind == "Gt":
            return float(value.gt) + 1e-6
    raise AssertionError("a number without a bound overflows somewhere")


def run(module: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name not in environment}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=300,  # of a machine that is busy
        check=False,
    )
