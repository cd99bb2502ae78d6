"""The settings that every service has: names, defaults, bounds, and checks of their values."""

import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote
from warnings import catch_warnings

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import split_options

from shared.urls import by_commas, host_pattern

_DAY: Final = 86_400
_UNFIT: Final = (PyMongoError, ValueError, TypeError, OSError)
"""What the client raises of a URI that it cannot use."""
_BROKER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w-]+(?:\.[\w-]+)*)(?::0*([1-9]\d{0,4}))?", re.ASCII)


def _brokers(text: str) -> str:
    for broker in text.split(",") if text else ():
        found = _BROKER.fullmatch(broker.strip())
        if not found or int(found[1] or 1) > 65_535:
            raise ValueError("must be brokers, by commas, each host:port: kafka-1:9092,kafka-2:9092")
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
                raise ValueError(f"cannot have this value for its option {unquote(option.partition('=')[0])[:100]}") from None
        try:
            MongoClient[Any](text, connect=False).close()  # does not look hosts up
        except _UNFIT:
            raise ValueError(
                "must look like mongodb://[user:password@]host[:port][,host[:port]][/?option=value]; options must go "
                "together, and an @, :, / or % in user or password be written %40, %3A, %2F, %25"
            ) from None
    return uri


def _not_blank(key: SecretStr) -> SecretStr:
    if not key.get_secret_value().strip():
        raise ValueError("must not be blank")
    return key


def _hosts(text: str) -> str:
    try:
        for host in by_commas(text):
            host_pattern(host)
    except ValueError:
        raise ValueError(
            "must be hosts, by commas, without scheme, port and path: desk.example.org, *.example.net; or *"
        ) from None
    return text


def _upper(text: Any) -> Any:
    return text.upper() if isinstance(text, str) else text


Seconds = Annotated[float, Field(gt=0, le=_DAY)]
Brokers = Annotated[str, AfterValidator(_brokers)]
Key = Annotated[SecretStr, Field(min_length=16), AfterValidator(_not_blank)]
"""A secret by which something is signed or made: nobody may guess it."""


class ServiceSettings(BaseSettings):
    """What a service needs to run. A service adds its own fields in its ``settings.py``, each with a bound and a description.

    An empty variable, such as Compose makes of ``${PORT:-}``, is one that is not set.

    Raises ``pydantic.ValidationError``, naming each variable that is missing or wrong, when made; see ``shared.environment``.
    """

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    kafka_bootstrap_servers: Brokers = Field(
        default="127.0.0.1:9092", description="Kafka brokers, comma-separated, each host:port"
    )
    kafka_idempotence: bool = Field(default=True, description="turn this off only for a broker without idempotent producers")
    mongodb_uri: Annotated[SecretStr, AfterValidator(_mongodb_uri)] = Field(
        default=SecretStr("mongodb://127.0.0.1:27017"),
        description="a MongoDB with transactions: mongodb://[user:password@]host[:port][,host[:port]]/?replicaSet=name",
    )
    topic_prefix: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]*$",
        max_length=40,
        description="prefix of the names of topics, groups and the database: letters, digits, dots, - and _",
    )
    topic_replicas: int = Field(default=1, ge=1, le=100, description="replicas of each topic that this service creates")
    host: str = Field(
        default="127.0.0.1", max_length=253, description="the address to listen on; 0.0.0.0: all of this machine's addresses"
    )
    port: int = Field(default=8000, ge=1, le=65_535, description="the port to listen on")
    allowed_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        default="",
        description="host names that this service answers to, comma-separated; *.example.org: all subdomains, *: any. Always "
        "allowed: IP addresses, localhost, names without a dot, *.svc, *.cluster.local, *.internal and PUBLIC_URL's host",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)] = Field(
        default="INFO", description="the least severe level that is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: Literal["json", "console"] = Field(default="json", description="json: one object per line; console: for people")
    batch_records: int = Field(default=100, ge=1, le=1000, description="the most records in one transaction")
    retry_seconds: Seconds = Field(default=0.2, description="pause before the first retry; doubles with each one, up to 10 s")
    attempts: int = Field(
        default=3, ge=1, le=100, description="how often a record that fails on its own is tried before it is dead-lettered"
    )
    halt_after: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="how many records in a row, from several sources, may fail before the service stops reading",
    )
    dead_letters_per_source: int = Field(
        default=10_000,
        ge=0,
        le=1_000_000_000,
        description="dead letters per source and hour that keep their content; later ones are kept without it",
    )
    dead_letter_bytes_per_source: int = Field(
        default=16 * 1024 * 1024,
        ge=0,
        le=1_000_000_000_000,
        description="bytes of dead letters per source and hour that keep their content; later ones are kept without it",
    )
    dead_letter_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        le=1_000_000_000_000,
        description="bytes of dead letters per hour that keep their content; later ones are kept without it",
    )
    startup_seconds: Seconds = Field(default=60, description="how long to wait for Kafka and MongoDB at startup")
    stop_seconds: Seconds = Field(default=15, description="how long shutdown may take before remaining work is cut off")
