"""The settings that every service has: names, defaults, bounds, and checks of their values."""

import os
import re
from ipaddress import ip_network
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsConfigDict

from shared.key_lists import checked
from shared.server_settings import KafkaSettings, MongoSettings, read_file
from shared.urls import by_commas, host_pattern, web_address

_DAY: Final = 86_400
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}=[\x20-\x7e]*")
"""A header as OpenTelemetry's settings write it: a name as in RFC 9110, and a value."""


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
            "must be host names, comma-separated, without scheme, port and path: desk.example.org, *.example.net; or *"
        ) from None
    return text


def _networks(text: str) -> str:
    try:
        for network in by_commas(text):
            if network != "*":
                ip_network(network)
    except ValueError:
        raise ValueError("must be addresses or networks, comma-separated: 10.1.2.3, 172.16.0.0/12; or *") from None
    return text


def _web_address(url: str) -> str:
    try:
        address = web_address(url)
    except ValueError as error:
        raise ValueError(f"must be a web address of this service, such as https://desk.example.org: it {error}") from None
    if "?" in url or "#" in url:
        raise ValueError("must be a web address without a query or fragment, such as https://desk.example.org")
    return address.href.rstrip("/")


def _collector_address(url: str) -> str:
    try:
        return web_address(url).href.rstrip("/") if url else ""
    except ValueError as error:
        raise ValueError(f"must be the web address of a collector, such as http://collector:4318: it {error}") from None


def _headers(setting: SecretStr) -> SecretStr:
    if not all(map(_HEADER.fullmatch, by_commas(setting.get_secret_value()))):
        raise ValueError("must be headers, comma-separated: authorization=Bearer …, x-tenant=desk")
    return setting


def _upper(text: Any) -> Any:
    return text.upper() if isinstance(text, str) else text


def file_variable(name: str, field: FieldInfo) -> str:
    """The variable that names a file with this setting's value, if the setting is a secret; otherwise empty."""
    return f"{name.upper()}_FILE" if _mentions_secret(field.annotation) else ""


def _mentions_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_mentions_secret, get_args(annotation)))


Seconds = Annotated[float, Field(gt=0, le=_DAY)]
Key = Annotated[SecretStr, Field(min_length=16), AfterValidator(_not_blank)]
"""A secret by which something is signed or made: nobody may guess it."""
Keys = Annotated[SecretStr, AfterValidator(checked)]
"""One such secret, or several, comma-separated: the first is used, and the others are still accepted while keys are changed."""

OwnUrl = Annotated[str, AfterValidator(_web_address)]
"""Where others reach the service or the site; without a slash at its end."""


class ServiceSettings(KafkaSettings, MongoSettings):
    """What a service needs to run. A service adds its own fields in its ``settings.py``, each with a bound and a description.

    An empty variable, such as Compose makes of ``${PORT:-}``, is one that is not set.

    Raises ``pydantic.ValidationError``, naming each variable that is missing or wrong, when made; see ``shared.environment``.
    """

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    topic_prefix: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]*$",
        max_length=40,
        description="prefix of the names of topics, groups and the database: letters, digits, dots, - and _",
    )
    create_topics: bool = Field(default=True, description="create missing topics at startup; false: wait until they exist")
    topic_replicas: int = Field(default=1, ge=1, le=100, description="replicas of each topic that this service creates")
    host: str = Field(
        default="127.0.0.1", max_length=253, description="the address to listen on; 0.0.0.0: all addresses of this machine"
    )
    port: int = Field(default=8000, ge=1, le=65_535, description="the port to listen on")
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="a separate port for /health/live, /health/ready and /metrics, instead of PORT; 0: PORT serves them",
    )
    public_url: OwnUrl | None = Field(
        default=None,
        description="where browsers reach the site, which all services share, such as https://desk.example.org",
    )
    allowed_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        default="",
        description="host names that this service accepts in requests, comma-separated; *.example.org: all subdomains, "
        "*: any. Always allowed: IP addresses, localhost, names without a dot, *.svc, *.cluster.local, *.internal "
        "and the hosts of PUBLIC_URL and ISSUER_URL",
    )
    forwarded_allow_ips: Annotated[str, AfterValidator(_networks)] = Field(
        default="127.0.0.1",
        description="trusted proxies, whose X-Forwarded-For counts, such as the site's: addresses or networks, "
        "comma-separated; *: any",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)] = Field(
        default="INFO", description="the least severe level that is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: Literal["json", "console"] = Field(default="json", description="json: one object per line; console: for people")
    batch_records: int = Field(default=100, ge=1, le=1000, description="the most records in one transaction")
    retry_seconds: Seconds = Field(default=0.2, description="pause before the first retry; doubles with each one, up to 10 s")
    attempts: int = Field(
        default=3, ge=1, le=100, description="how many attempts a record that fails on its own gets before it is dead-lettered"
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
    measure_seconds: Seconds = Field(default=2, description="how often consumer lag and the outbox are measured, for the metrics")
    otel_exporter_otlp_endpoint: Annotated[str, AfterValidator(_collector_address)] = Field(
        default="",
        description="where to send traces, by OTLP over HTTP, such as http://collector:4318; empty: tracing is off",
    )
    otel_exporter_otlp_headers: Annotated[SecretStr, AfterValidator(_headers)] = Field(
        default=SecretStr(""), description="headers to send with traces, such as a token: name=value, comma-separated"
    )
    otel_traces_sampler: Literal[
        "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"
    ] = Field(default="parentbased_always_on", description="the sampler of traces; parentbased: the caller decides")
    otel_traces_sampler_arg: float = Field(default=1, ge=0, le=1, description="the share of traces that traceidratio samples")
    startup_seconds: Seconds = Field(default=60, description="how long to wait for Kafka and MongoDB at startup")
    stop_seconds: Seconds = Field(default=15, description="how long shutdown may take before remaining work is cut off")

    @property
    def own_urls(self) -> tuple[str, ...]:
        """Where browsers and other programs reach the service, whatever ``Host`` a proxy makes of it; none: not said."""
        return (self.public_url,) if self.public_url else ()

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.metrics_port == self.port:
            raise ValueError("METRICS_PORT must differ from PORT; leave it empty to serve health and metrics at PORT")
        return self

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Read the secrets that are given as the path of a file: ``KAFKA_SASL_PASSWORD_FILE``."""
        for name, field in cls.model_fields.items():
            variable = file_variable(name, field)
            if not variable or not (path := os.environ.get(variable)):
                continue
            if name in values:
                raise ValueError(f"{name.upper()} and {variable} are both set; keep one of them")
            try:
                text = read_file(path).decode()
            except UnicodeDecodeError:
                raise ValueError(f"{variable}: must be a text file in UTF-8") from None
            except ValueError as error:
                raise ValueError(f"{variable}: {error}") from None
            values[name] = text.removesuffix("\n").removesuffix("\r")
        return values
