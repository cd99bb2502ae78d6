"""Settings of the servers that every service uses, Kafka and MongoDB: where they are, TLS, and who the service is to them."""

import re
from pathlib import Path
from ssl import SSLError
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import unquote
from warnings import catch_warnings

from aiokafka.helpers import create_ssl_context
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import split_options

from shared.urls import web_address

_UNFIT: Final = (PyMongoError, ValueError, TypeError, OSError)
"""What the client raises of a URI that it cannot use."""
MAX_FILE_BYTES: Final = 1024 * 1024
"""Of a file that settings name: the certificates of all authorities of a system have some hundred kilobytes."""
_BROKER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w-]+(?:\.[\w-]+)*)(?::0*([1-9]\d{0,4}))?", re.ASCII)

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


def _brokers(text: str) -> str:
    for broker in text.split(",") if text else ():
        found = _BROKER.fullmatch(broker.strip())
        if not found or int(found[1] or 1) > 65_535:
            raise ValueError("must be brokers, comma-separated, each host:port: kafka-1:9092,kafka-2:9092")
    return text


def _mongodb_uri(uri: SecretStr) -> SecretStr:
    """Raises ``ValueError``, which does not quote the URI: it may hold a password."""
    text = uri.get_secret_value()
    scheme, _, rest = text.partition("://")
    if scheme not in ("mongodb", "mongodb+srv") or not rest:
        raise ValueError("must look like mongodb://[user:password@]host[:port][,host[:port]][/?option=value]")
    with catch_warnings(action="ignore"):  # of options that it does not know, the client itself warns
        for option in filter(None, rest.partition("?")[2].split("&")):
            try:
                split_options(option)
            except _UNFIT:
                raise ValueError(f"has an invalid value for its option {unquote(option.partition('=')[0])[:100]}") from None
        try:
            MongoClient[Any](text, connect=False).close()  # does not look hosts up
        except _UNFIT:
            raise ValueError(
                "must look like mongodb://[user:password@]host[:port][,host[:port]][/?option=value]; "
                "check that its options go together, and write @, :, / and % in user or password as %40, %3A, %2F and %25"
            ) from None
    return uri


def read_file(path: str) -> bytes:
    """The content of a small file that a setting names.

    Raises:
        ValueError: it is not a regular file, cannot be read, or is too large. The message continues from the setting's name.
    """
    file = Path(path)
    try:
        if file.exists() and not file.is_file():  # reading a device or a pipe might never end
            raise ValueError("must be a file that the service can read: it is a directory, device or pipe")
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ValueError(f"must be a file that the service can read: {error.strerror or error}") from None
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"must be a file of at most {MAX_FILE_BYTES:,} bytes")
    return content


def _readable(path: str) -> str:
    if path:
        read_file(path)
    return path


def _token_url(text: str) -> str:
    try:
        return web_address(text).href if text else ""
    except ValueError as error:
        raise ValueError(f"must be a web address, such as https://id.example.org/token: it {error}") from None


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not contain control characters or line breaks")
    return text


def _printable_secret(secret: SecretStr) -> SecretStr:
    if len(_printable(secret.get_secret_value())) > 4096:
        raise ValueError("must have at most 4096 characters")
    return secret


Brokers = Annotated[str, AfterValidator(_brokers)]
File = Annotated[str, AfterValidator(_readable)]
"""The path of a file that can be read; empty where there is none."""
Name = Annotated[str, Field(max_length=512), AfterValidator(_printable)]
Password = Annotated[SecretStr, AfterValidator(_printable_secret)]


class KafkaSettings(BaseSettings):
    """Where Kafka is, and who the service is to it."""

    kafka_bootstrap_servers: Brokers = Field(
        default="127.0.0.1:9092", description="Kafka brokers, comma-separated, each host:port"
    )
    kafka_idempotence: bool = Field(default=True, description="turn this off only for a broker without idempotent producers")
    kafka_security_protocol: SecurityProtocol = Field(
        default="PLAINTEXT", description="how to connect to Kafka: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL (login over TLS)"
    )
    kafka_sasl_mechanism: SaslMechanism = Field(
        default="SCRAM-SHA-512", description="the SASL mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    )
    kafka_sasl_username: Name = Field(default="", description="the user, or the client id of OAUTHBEARER")
    kafka_sasl_password: Password = Field(default=SecretStr(""), description="its password, or the client's secret")
    kafka_sasl_without_tls: bool = Field(
        default=False, description="SASL_PLAINTEXT needs this to be true as well: it lets everybody on the network read along"
    )
    kafka_oauth_token_url: Annotated[str, AfterValidator(_token_url)] = Field(
        default="", description="where OAUTHBEARER gets a token for the client's id and secret: https://…/token"
    )
    kafka_oauth_scope: Name = Field(default="", description="the scope to request for the token")
    kafka_oauth_token_file: File = Field(
        default="", description="a file with the OAUTHBEARER token, instead of a URL; read again for each connection"
    )
    kafka_ssl_ca_file: File = Field(default="", description="the CA certificates for the brokers (PEM); empty: the system's")
    kafka_ssl_cert_file: File = Field(default="", description="the service's own certificate, with its chain (PEM)")
    kafka_ssl_key_file: File = Field(
        default="", description="the private key of that certificate (PEM), if it is in a file of its own"
    )
    kafka_ssl_key_password: Password = Field(default=SecretStr(""), description="the password of that private key")

    @model_validator(mode="after")
    def _kafka_login_is_complete(self) -> Self:
        if fault := self._sasl_fault() or self._tls_fault():
            raise ValueError(fault)
        return self

    def _sasl_fault(self) -> str:
        if not self.kafka_security_protocol.startswith("SASL"):
            if self.kafka_sasl_username or self.kafka_sasl_password.get_secret_value():
                return "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD need KAFKA_SECURITY_PROTOCOL=SASL_SSL"
            return ""
        if self.kafka_security_protocol == "SASL_PLAINTEXT" and not self.kafka_sasl_without_tls:
            return (
                "KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT sends everything unencrypted; use SASL_SSL, "
                "or set KAFKA_SASL_WITHOUT_TLS=true as well"
            )
        has_client = bool(self.kafka_sasl_username and self.kafka_sasl_password.get_secret_value())
        if self.kafka_sasl_mechanism != "OAUTHBEARER":
            return "" if has_client else "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are missing: SASL needs both"
        if bool(self.kafka_oauth_token_url) == bool(self.kafka_oauth_token_file):
            return "OAUTHBEARER needs either KAFKA_OAUTH_TOKEN_URL or KAFKA_OAUTH_TOKEN_FILE"
        if self.kafka_oauth_token_file:
            return ""
        if not self.kafka_oauth_token_url.startswith("https:") and not self.kafka_sasl_without_tls:
            return "KAFKA_OAUTH_TOKEN_URL must begin with https://; http:// needs KAFKA_SASL_WITHOUT_TLS=true as well"
        return "" if has_client else "KAFKA_OAUTH_TOKEN_URL needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, the client's own"

    def _tls_fault(self) -> str:
        files = (self.kafka_ssl_ca_file, self.kafka_ssl_cert_file, self.kafka_ssl_key_file)
        if not self.kafka_security_protocol.endswith("SSL"):
            return (
                "KAFKA_SSL_… files need KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL: without it, nothing is encrypted"
                if any(files)
                else ""
            )
        if self.kafka_ssl_key_file and not self.kafka_ssl_cert_file:
            return "KAFKA_SSL_KEY_FILE needs KAFKA_SSL_CERT_FILE, the certificate of that key"
        try:
            create_ssl_context(**tls_files(self))
        except (SSLError, ValueError, OSError) as error:
            return (
                "KAFKA_SSL_CA_FILE, KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE and KAFKA_SSL_KEY_PASSWORD "
                f"do not go together: {error}"
            )
        return ""


def tls_files(settings: KafkaSettings) -> dict[str, Any]:
    """The files of TLS with Kafka, as ``create_ssl_context`` takes them."""
    return {
        "cafile": settings.kafka_ssl_ca_file or None,
        "certfile": settings.kafka_ssl_cert_file or None,
        "keyfile": settings.kafka_ssl_key_file or None,
        # Not None: for an encrypted key without a password, OpenSSL would ask at the terminal.
        "password": settings.kafka_ssl_key_password.get_secret_value(),
    }


class MongoSettings(BaseSettings):
    """Where MongoDB is, and who the service is to it."""

    mongodb_uri: Annotated[SecretStr, AfterValidator(_mongodb_uri)] = Field(
        default=SecretStr("mongodb://127.0.0.1:27017"),
        description="a MongoDB with transactions: mongodb://[user:password@]host[:port][,host[:port]]/?replicaSet=name",
    )
    mongodb_username: Name = Field(default="", description="the user, if the URI names none")
    mongodb_password: Password = Field(default=SecretStr(""), description="the user's password")
    mongodb_auth_source: str = Field(
        default="",
        max_length=63,
        pattern=r"^([A-Za-z0-9_-]*|\$external)$",
        description="the database that authenticates the user; empty: the URI's, or admin",
    )
    mongodb_tls_ca_file: File = Field(default="", description="the CA certificates for the server (PEM); turns TLS on")
    mongodb_tls_certificate_key_file: File = Field(
        default="", description="the service's own certificate and its private key in one file (PEM); turns TLS on"
    )
    mongodb_database: str = Field(
        default="",
        max_length=63,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="the service's database; empty: TOPIC_PREFIX and the service's name",
    )

    @model_validator(mode="after")
    def _mongodb_login_is_complete(self) -> Self:
        if bool(self.mongodb_username) != bool(self.mongodb_password.get_secret_value()):
            raise ValueError("MONGODB_USERNAME and MONGODB_PASSWORD must be set together")
        if self.mongodb_username and _names_a_user(self.mongodb_uri):
            raise ValueError("MONGODB_URI and MONGODB_USERNAME both name a user; keep one of them")
        try:
            MongoClient[Any](connect=False, **mongodb_options(self)).close()
        except _UNFIT as error:
            raise ValueError(
                f"MONGODB_URI, MONGODB_AUTH_SOURCE and the MONGODB_TLS_… files do not go together: {type(error).__name__}"
            ) from None
        return self


def _names_a_user(uri: SecretStr) -> bool:
    user_and_hosts = uri.get_secret_value().partition("://")[2].partition("/")[0]
    return "@" in user_and_hosts


def mongodb_options(settings: MongoSettings) -> dict[str, Any]:
    """The options of a client of the service's MongoDB: its address, TLS, and the login."""
    options = {
        "host": settings.mongodb_uri.get_secret_value(),
        "username": settings.mongodb_username,
        "password": settings.mongodb_password.get_secret_value(),
        "authSource": settings.mongodb_auth_source,
        "tls": bool(settings.mongodb_tls_ca_file or settings.mongodb_tls_certificate_key_file),
        "tlsCAFile": settings.mongodb_tls_ca_file,
        "tlsCertificateKeyFile": settings.mongodb_tls_certificate_key_file,
    }
    return {name: value for name, value in options.items() if value}
