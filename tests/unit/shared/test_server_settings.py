"""Settings of Kafka and MongoDB: what goes together, and what is refused in words that tell what to mend."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.contract.topics import SERVICES
from shared.environment import read_settings
from shared.server_settings import MAX_FILE_BYTES, mongodb_options
from shared.settings import ServiceSettings, file_variable
from support.secure_servers import KEY_PASSWORD, Authority, Certificate
from support.services import settings_of as service_settings

SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "matching", "KAFKA_SASL_PASSWORD": "secret"}
BEARER = SASL | {"KAFKA_SASL_MECHANISM": "OAUTHBEARER"}
TOKEN_URL = {"KAFKA_OAUTH_TOKEN_URL": "https://id.example.org/token"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Authority(tmp_path_factory.mktemp("authority")).issue("matching")


def settings_of(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> ServiceSettings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return ServiceSettings()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (SASL | {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "need KAFKA_SECURITY_PROTOCOL=SASL_SSL"),
        (SASL | {"KAFKA_SASL_PASSWORD": ""}, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are missing"),
        (SASL | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "set KAFKA_SASL_WITHOUT_TLS=true as well"),
        (BEARER, "either KAFKA_OAUTH_TOKEN_URL or KAFKA_OAUTH_TOKEN_FILE"),
        (BEARER | TOKEN_URL | {"KAFKA_OAUTH_TOKEN_FILE": __file__}, "either KAFKA_OAUTH_TOKEN_URL or KAFKA_OAUTH_TOKEN_FILE"),
        (BEARER | {"KAFKA_OAUTH_TOKEN_URL": "http://id.example.org/token"}, "must begin with https://"),
        (BEARER | {"KAFKA_OAUTH_TOKEN_URL": "id.example.org"}, "KAFKA_OAUTH_TOKEN_URL: must be a web address"),
        (BEARER | TOKEN_URL | {"KAFKA_SASL_PASSWORD": ""}, "KAFKA_OAUTH_TOKEN_URL needs KAFKA_SASL_USERNAME"),
        ({"KAFKA_SSL_CA_FILE": __file__}, "need KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA_FILE": "/no/such.pem"}, "KAFKA_SSL_CA_FILE: must be a file that the"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA_FILE": __file__}, "do not go together"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEY_FILE": __file__}, "KAFKA_SSL_KEY_FILE needs KAFKA_SSL_CERT_FILE"),
        ({"MONGODB_USERNAME": "matching"}, "MONGODB_USERNAME and MONGODB_PASSWORD must be set together"),
        (
            {"MONGODB_URI": "mongodb://a:b@db/", "MONGODB_USERNAME": "matching", "MONGODB_PASSWORD": "secret"},
            "MONGODB_URI and MONGODB_USERNAME both name a user",
        ),
        ({"MONGODB_TLS_CA_FILE": __file__}, "the MONGODB_TLS_… files do not go together"),
        ({"MONGODB_DATABASE": "a.b"}, "MONGODB_DATABASE: must match"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_by_their_names(
    environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        read_settings(ServiceSettings)
    told = capsys.readouterr().err
    assert words in told
    assert "secret" not in told.replace("its secret", "")


@pytest.mark.parametrize(("password", "accepted"), [(KEY_PASSWORD, True), ("wrong", False), ("", False)])
def test_a_private_key_opens_with_its_password_only_and_nobody_is_asked_for_it(
    certificate: Certificate, password: str, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_SSL_CERT_FILE": str(certificate.certificate),
        "KAFKA_SSL_KEY_FILE": str(certificate.encrypted_key),
        "KAFKA_SSL_KEY_PASSWORD": password,
    }
    if accepted:
        settings_of(monkeypatch, environment)
    else:
        with pytest.raises(ValidationError, match="do not go together"):
            settings_of(monkeypatch, environment)


def test_a_login_and_its_files_reach_the_client_of_mongodb(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "MONGODB_URI": "mongodb://db/?replicaSet=rs0",
        "MONGODB_USERNAME": "matching",
        "MONGODB_PASSWORD": "secret",
        "MONGODB_AUTH_SOURCE": "users",
        "MONGODB_TLS_CERTIFICATE_KEY_FILE": str(certificate.both),
    }
    assert mongodb_options(settings_of(monkeypatch, environment)) == {
        "host": "mongodb://db/?replicaSet=rs0",
        "username": "matching",
        "password": "secret",
        "authSource": "users",
        "tls": True,
        "tlsCertificateKeyFile": str(certificate.both),
    }


def test_a_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" with spaces \r\n")
    settings = settings_of(monkeypatch, {"MONGODB_USERNAME": "matching", "MONGODB_PASSWORD_FILE": str(file)})
    assert settings.mongodb_password.get_secret_value() == " with spaces "


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "MONGODB_PASSWORD_FILE: must be a file that the service can read: No such file"),
        (b"\xff", "MONGODB_PASSWORD_FILE: must be a text file in UTF-8"),
    ],
)
def test_a_secret_whose_file_cannot_be_read_stops_the_start(
    content: bytes | None, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValidationError, match=words):
        settings_of(monkeypatch, {"MONGODB_USERNAME": "matching", "MONGODB_PASSWORD_FILE": str(file)})


def test_a_secret_that_is_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="MONGODB_PASSWORD and MONGODB_PASSWORD_FILE are both set; keep one of them"):
        settings_of(monkeypatch, {"MONGODB_PASSWORD": "secret", "MONGODB_PASSWORD_FILE": __file__})


@pytest.mark.parametrize("service", SERVICES)
def test_every_secret_of_a_service_can_come_from_a_file(service: str) -> None:
    fields = service_settings(service).model_fields
    assert {name for name, field in fields.items() if file_variable(name, field)} == {
        name for name, field in fields.items() if "SecretStr" in repr(field.annotation)
    }


@pytest.mark.parametrize("variable", ["MONGODB_PASSWORD_FILE", "KAFKA_SSL_CA_FILE"])
@pytest.mark.parametrize("kind", ["endless device", "pipe", "directory", "too large"])
def test_a_file_that_is_no_small_file_is_refused_at_once(
    kind: str, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = {"endless device": Path("/dev/zero"), "directory": tmp_path}.get(kind, tmp_path / "file")
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "too large":
        path.write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    with pytest.raises(ValidationError, match="must be a file"):
        settings_of(monkeypatch, {"KAFKA_SECURITY_PROTOCOL": "SSL", "MONGODB_USERNAME": "matching", variable: str(path)})
