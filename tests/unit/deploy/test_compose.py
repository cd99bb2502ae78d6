"""The Compose file and the Dockerfile fit the services: what they set exists, and what must be safe is."""

import fnmatch
import importlib
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from shared.contract.caddyfile import compose_caddyfile
from shared.contract.topics import SERVICES
from shared.environment import default_of
from support.services import settings_of

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "deploy" / "compose" / "compose.yaml"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?P<kind>:\?|:-|-)(?P<text>[^}]*)\}")
KEYS = {
    "PERSON_KEY": "a key for persons",
    "UNSUBSCRIBE_KEY": "a key for links to unsubscribe",
    "SESSION_KEY": urlsafe_b64encode(b"32 bytes for what signs sessions").decode(),
    "SECRETS_KEY": urlsafe_b64encode(b"32 bytes for what connections ke").decode(),
}

FILES = {
    "KAFKA_OAUTH_TOKEN_FILE",
    "KAFKA_SSL_CA_FILE",
    "KAFKA_SSL_CERT_FILE",
    "KAFKA_SSL_KEY_FILE",
    "KAFKA_SSL_KEY_PASSWORD",
    "MONGODB_TLS_CA_FILE",
    "MONGODB_TLS_CERTIFICATE_KEY_FILE",
}
NOT_HERE = {"HOST", "PORT", "METRICS_PORT", "EMBEDDINGS_DIRECTORY"} | FILES
"""Settings that the image sets, that need what it has not, or that name a file which must be mounted."""
LOGINS = {"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD", "MONGODB_USERNAME", "MONGODB_PASSWORD", "MONGODB_DATABASE"}
"""Settings that each service has of its own: their variables begin with its name."""
EXAMPLE_TEXT = (COMPOSE.parent / ".env.example").read_text()
EXAMPLE = dict(line.split("=", 1) for line in EXAMPLE_TEXT.splitlines() if line and not line.startswith("#"))

containers: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]


def values(container: str, given: dict[str, str]) -> dict[str, str]:
    """The container's environment as Compose passes it on, with these variables given and all others left out."""

    def value(variable: re.Match[str]) -> str:
        name, kind, text = variable["name"], variable["kind"], variable["text"]
        if name in given and (given[name] or kind == "-"):
            return given[name]
        assert kind != ":?", f"{name} {text}"
        return text

    environment = containers[container]["environment"]
    return {name: VARIABLE.sub(value, str(text)) for name, text in environment.items()}


def variable_of(service: str, setting: str) -> str:
    """The variable that Compose passes on as this setting."""
    return f"{service.upper()}_{setting}" if setting in LOGINS else setting


def seconds(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(s|m)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60}[unit]


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_passed_to_its_service_and_nothing_else(service: str) -> None:
    known = {name.upper() for name in settings_of(service).model_fields}
    assert set(containers[service]["environment"]) == known - NOT_HERE


@pytest.mark.parametrize("service", SERVICES)
def test_each_variable_has_the_name_of_its_setting(service: str) -> None:
    for name, text in containers[service]["environment"].items():
        assert [variable["name"] for variable in VARIABLE.finditer(str(text))] == [variable_of(service, name)]


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_example_says_is_what_the_service_has_without_it(service: str) -> None:
    settings, environment = settings_of(service), values(service, KEYS)
    for name, field in settings.model_fields.items():
        if name.upper() not in NOT_HERE | KEYS.keys():
            told = EXAMPLE[variable_of(service, name.upper())]
            assert told == (environment[name.upper()] or ("" if name == "weights" else default_of(field))), name


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_set_reaches_the_service(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's own values, each passed on, make the same settings as no values at all."""
    made = []
    for given in (KEYS, EXAMPLE | KEYS):
        for name in settings_of(service).model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        for name, text in values(service, given).items():
            monkeypatch.setenv(name, text)
        made.append(settings_of(service)())
    assert made[0] == made[1]


def test_what_is_not_passed_on_is_said() -> None:
    _, found, rest = EXAMPLE_TEXT.partition("# Not here: ")
    comment = rest.partition("\n\n")[0]
    assert found
    assert set(re.findall(r"\b[A-Z]{4,}(?:_[A-Z]+)*\b", comment)) == NOT_HERE


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_the_defaults_and_the_keys(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings_of(service).model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, text in values(service, KEYS).items():
        monkeypatch.setenv(name, text)
    settings = settings_of(service)()
    assert settings.kafka_bootstrap_servers == "kafka:29092"
    assert settings.mongodb_uri.get_secret_value() == "mongodb://mongodb:27017/?replicaSet=rs0"


@pytest.mark.parametrize("service", SERVICES)
def test_a_required_secret_has_no_default(service: str) -> None:
    for name, field in settings_of(service).model_fields.items():
        if field.is_required() and field.annotation is SecretStr:
            assert str(containers[service]["environment"][name.upper()]).startswith(f"${{{name.upper()}:?")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_brings_its_servers_along_and_no_other_service(service: str) -> None:
    needs = containers[service]["depends_on"]
    assert set(needs) == {"kafka", "mongodb"} | ({"mailpit"} if "SMTP_URL" in containers[service]["environment"] else set())
    assert {needs[name]["condition"] for name in ("kafka", "mongodb")} == {"service_healthy"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_change_nothing_but_its_database(service: str) -> None:
    container = containers[service]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert not {"volumes", "user", "privileged", "cap_add", "network_mode"} & container.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_built_from_the_recipe_and_its_lock_file(service: str) -> None:
    build = containers[service]["build"]
    assert build["args"] == {"SERVICE": service}
    assert (COMPOSE.parent / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    assert (ROOT / "locks" / f"{service}.txt").is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_its_port_is_published(service: str) -> None:
    (port,) = containers[service]["ports"]
    exposed = re.search(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    assert exposed
    assert f"PORT={exposed[1]}\n" in DOCKERFILE
    expected = settings_of(service).model_fields["port"].default
    assert port == f"127.0.0.1:${{{service.upper()}_PORT-{expected}}}:{exposed[1]}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_take_the_time_it_has_to_stop(service: str) -> None:
    grace = VARIABLE.sub(r"\g<text>", containers[service]["stop_grace_period"])
    assert seconds(grace) > settings_of(service).model_fields["stop_seconds"].default + 1


@pytest.mark.parametrize("service", SERVICES)
def test_links_lead_to_the_site(service: str) -> None:
    (port,) = containers["site"]["ports"]
    public_url = values(service, KEYS)["PUBLIC_URL"]
    assert port == f"127.0.0.1:${{SITE_PORT-{public_url.rpartition(':')[2]}}}:80"


def test_the_site_is_divided_as_the_table_says() -> None:
    assert (COMPOSE.parent / "Caddyfile").read_text() == compose_caddyfile(), "run `make contracts`"
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in containers["site"]["volumes"]
    # Caddy takes a variable that is empty for set, and an address that is missing for a mistake.
    assert VARIABLE.sub(r"\g<text>", containers["site"]["environment"]["SITE_ADDRESS"]) == ":80"


@pytest.mark.parametrize("container", containers)
def test_every_container_is_bounded_and_closed_to_the_network(container: str) -> None:
    told = containers[container]
    assert all(port.startswith("127.0.0.1:") for port in told.get("ports", ()))
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["logging"] == {"driver": "local"}
    assert told["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+[mg]", VARIABLE.sub(r"\g<text>", told["mem_limit"]))


def test_images_have_a_version() -> None:
    images = [container["image"] for container in containers.values() if "image" in container]
    images += re.findall(r"^ARG PYTHON=(.+)$", DOCKERFILE, re.MULTILINE)
    assert len(images) == 5
    for image in images:
        assert re.search(r":v?\d+\.\d+", image), image


def test_kafka_tells_containers_the_address_that_they_are_given() -> None:
    kafka = containers["kafka"]["environment"]
    advertised = dict(entry.split("://") for entry in kafka["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert advertised[kafka["KAFKA_INTER_BROKER_LISTENER_NAME"]] == values("matching", KEYS)["KAFKA_BOOTSTRAP_SERVERS"]
    assert f"{advertised['HOST']}:9092" in containers["kafka"]["ports"]
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@pytest.mark.parametrize("container", ["kafka", "mongodb"])
def test_data_outlives_its_container(container: str) -> None:
    (volume,) = containers[container]["volumes"]
    assert volume.split(":")[0] in yaml.safe_load(COMPOSE.read_text())["volumes"]


def test_the_replica_set_is_the_one_that_services_ask_for() -> None:
    mongodb = containers["mongodb"]
    name = mongodb["command"][mongodb["command"].index("--replSet") + 1]
    uri = values("matching", KEYS)["MONGODB_URI"]
    assert uri.endswith(f"?replicaSet={name}")
    assert f'rs.initiate({{_id: "{name}", members: [{{_id: 0, host: "mongodb:27017"}}]}})' in mongodb["healthcheck"]["test"][-1]


def test_the_example_tells_every_variable_and_no_other() -> None:
    used = {variable["name"]: variable["text"] for variable in VARIABLE.finditer(COMPOSE.read_text())} | dict.fromkeys(KEYS, "")
    assert EXAMPLE.keys() == used.keys()
    for name, text in used.items():
        assert EXAMPLE[name] == text or not text, name


def test_what_the_image_copies_is_there_and_let_into_the_build() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*", "everything is kept out unless it is named"
    allowed = [rule[1:] for rule in rules if rule.startswith("!")]
    sources = [
        source.replace("${SERVICE}", "matching")
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, f"{rule}*") for rule in allowed), source


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_the_engine_is_compiled_by_the_build_as_the_image_will_look_for_it() -> None:
    builder, final = DOCKERFILE[: DOCKERFILE.rindex("\nFROM ")], DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    told = [dict(re.findall(r'\b(NUMBA_\w+)=("[^"]*"|\S+)', stage)) for stage in (builder, final)]
    # Without these two it would be good for the processor of the build alone.
    assert told[0] == told[1] == {"NUMBA_CACHE_DIR": "/opt/compiled", "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": '""'}
    assert builder.index("\nENV NUMBA_") < builder.index("/opt/venv/bin/python -m matching.engine.warm_up")
    assert importlib.import_module("matching.engine.warm_up").warm_up
    assert "\nCOPY --from=builder /opt/compiled /opt/compiled\n" in final
    for service in SERVICES:
        assert not any(name.startswith("NUMBA_") for name in containers[service]["environment"])


def test_a_stop_reaches_python_and_the_health_check_asks_for_readiness() -> None:
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.search(r'^CMD \["python", ', final, re.MULTILINE), "a shell would not pass the signal on"
    assert re.search(r'^HEALTHCHECK .*CMD \["python", ', final, re.MULTILINE)
    assert "/health/ready" in final
