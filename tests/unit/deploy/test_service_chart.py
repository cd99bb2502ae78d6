"""The chart of a service: what it installs is whole, hardened, and refuses what it does not know."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts import CHARTS, SERVICE, TRIAL, read_values
from shared.contract.topics import SERVICES, TOPICS
from shared.environment import default_of
from shared.settings import file_variable
from support.charts import CHARTS as FOLDER
from support.charts import container_of, examples, faults, one, refusal, rendered
from support.services import settings_of

EVERY = Path(__file__).with_name("every_value.yaml")
KEYS = {"PERSON_KEY": 16 * "p", "UNSUBSCRIBE_KEY": 16 * "u", "SESSION_KEY": 43 * "s" + "=", "SECRETS_KEY": 43 * "c" + "="}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_is_documented_and_used(chart: str) -> None:
    values = list(read_values((FOLDER / chart / "values.yaml").read_text()))
    templates = "".join(path.read_text() for path in (FOLDER / chart / "templates").rglob("*") if path.is_file())
    assert len(values) > 8
    for value in values:
        group = isinstance(value.default, dict) and value.default and not value.schema
        assert value.text or group, f"{value.path} has no comment"
        passed_on = value.path == ("global",) or (chart == TRIAL and value.path[0] in SERVICES)
        # By itself, or with the whole group that it is in.
        whole = [value.path[:length] for length in range(min(2, len(value.path)), len(value.path) + 1)]
        used = any(re.search(rf"\.Values\.{re.escape('.'.join(path))}(?![.\w])", templates) for path in whole)
        assert used or group or passed_on, value.path


def test_the_example_of_every_value_has_every_value() -> None:
    given = yaml.safe_load(EVERY.read_text())
    for value in read_values((FOLDER / SERVICE / "values.yaml").read_text()):
        own: Any = given
        for name in value.path:
            assert name in own, value.path
            own = own[name]
        assert own != value.default or value.path == ("enabled",) or value.path[-1] == "enabled", value.path


def test_with_every_value_it_is_what_kubernetes_takes() -> None:
    objects = rendered(SERVICE, [EVERY], maintenance=False)
    kinds = ["ConfigMap", "Deployment", "Pod", "PodDisruptionBudget", "PodMonitor", "ScaledObject", "Service", "ServiceAccount"]
    assert sorted(each["kind"] for each in objects) == kinds
    assert not [fault for each in objects for fault in faults(each)]
    spec = one(objects, "Deployment")["spec"]
    assert "replicas" not in spec, "Helm would undo what the autoscaler does"
    assert container_of(one(objects, "Deployment"))["image"].startswith("registry.example.org/notifications@sha256:0123")
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 12 + 21 + 10
    assert one(objects, "ConfigMap")["metadata"]["name"] == "of-release"


def test_as_documented_it_is_what_kubernetes_takes_and_may_do_nothing_else(service: str) -> None:
    objects = rendered(SERVICE, examples(service))
    assert not [fault for each in objects for fault in faults(each)]
    deployment = one(objects, "Deployment")
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert one(objects, "PodDisruptionBudget")["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert one(objects, "ServiceAccount")["automountServiceAccountToken"] is False
    for pod in (deployment["spec"]["template"]["spec"], one(objects, "Pod")["spec"]):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"].keys() == {"memory"}


def test_a_stop_has_the_time_that_the_service_takes(service: str) -> None:
    template = one(rendered(SERVICE, examples(service)), "Deployment")["spec"]["template"]["spec"]
    sleep = template["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    stop = settings_of(service).model_fields["stop_seconds"].default
    assert template["terminationGracePeriodSeconds"] > sleep + stop + 1


def test_probes_ask_at_the_port_of_metrics_and_wait_for_a_slow_start() -> None:
    values = {"settings": {"STARTUP_SECONDS": 600}}
    container = container_of(one(rendered(SERVICE, examples("matching"), **values), "Deployment"))
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 660
    asked = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {probe["port"] for probe in asked.values()} == {"metrics"}
    assert [probe["path"] for probe in asked.values()] == ["/health/live", "/health/live", "/health/ready"]
    # The service itself may take two seconds for MongoDB, and two for Kafka.
    assert container["readinessProbe"]["timeoutSeconds"] > 4


def test_under_maintenance_one_pod_alone_waits_for_commands_with_all_settings() -> None:
    working, idle = (rendered(SERVICE, [EVERY], maintenance=value) for value in (False, True))
    assert not [fault for each in idle for fault in faults(each)]
    before, waiting = (container_of(one(objects, "Deployment")) for objects in (working, idle))
    assert not {"startupProbe", "livenessProbe", "readinessProbe", "lifecycle"} & waiting.keys()
    assert (waiting["env"], waiting["command"][0]) == (before["env"], "python")
    # No pod of before may still be at work when it is ready, and nobody makes it several.
    spec = one(idle, "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert "ScaledObject" not in {each["kind"] for each in idle}


def test_a_job_of_the_new_release_prepares_the_database_before_an_upgrade(service: str) -> None:
    objects = rendered(SERVICE, examples(service))
    job, deployment = one(objects, "Job"), one(objects, "Deployment")
    assert job["metadata"]["name"] == f"{service}-migrate"
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    pod, (container,) = job["spec"]["template"], job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["python", "-m", service, "migrate"]
    given = {each["name"]: each for each in container["env"]}
    assert given == {
        each["name"]: each for each in container_of(deployment)["env"] if each["name"] not in ("PORT", "METRICS_PORT")
    }
    # Nothing of the release is needed that an upgrade has not made yet, and no request or budget counts the pod.
    assert "serviceAccountName" not in pod["spec"]
    assert deployment["spec"]["selector"]["matchLabels"].items() > {("app.kubernetes.io/name", service)}
    assert not deployment["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert not [each for each in rendered(SERVICE, examples(service), maintenance=True) if each["kind"] == "Job"]


def test_every_setting_reaches_the_service_as_it_was_given(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(service)
    files = {name.upper() for name in settings.model_fields if name.endswith("_file") or name == "embeddings_directory"}
    plain, secret = {}, dict(KEYS)
    for name, field in settings.model_fields.items():
        default = default_of(field)
        if file_variable(name, field):
            secret.setdefault(name.upper(), default or "")
        elif name.upper() not in files | {"PORT", "METRICS_PORT", "HOST"} and default:
            plain[name.upper()] = json.loads(default) if default.isdigit() or default in ("true", "false") else default
    plain |= {"PUBLIC_URL": "https://desk.example.org", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}
    plain |= {"MAIL_FROM": "desk@example.org"} if service == "notifications" else {}
    known = {name: text for name, text in secret.items() if name.lower() in settings.model_fields}
    references = {name: {"existingSecret": "secret", "key": name} for name in known}
    container = container_of(one(rendered(SERVICE, service=service, settings=plain, secrets=references), "Deployment"))
    for name in settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for variable in container["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value") or known[variable["valueFrom"]["secretKeyRef"]["key"]])
    made = settings()
    for name, field in settings.model_fields.items():
        if name.upper() in plain.keys() - {"PUBLIC_URL", "KAFKA_BOOTSTRAP_SERVERS", "MAIL_FROM"}:
            assert getattr(made, name) == field.get_default(call_default_factory=True), name
    assert made.metrics_port == 9000


def test_secrets_can_be_files() -> None:
    deployment = one(rendered(SERVICE, [EVERY]), "Deployment")
    container = container_of(deployment)
    environment = {variable["name"]: variable for variable in container["env"]}
    assert environment["SESSION_KEY_FILE"]["value"] == "/run/opportunity-desk/secrets/SESSION_KEY"
    assert "SESSION_KEY" not in environment
    # It is no secret to the service, which reads it from a variable only.
    assert environment["KAFKA_SASL_USERNAME"]["valueFrom"]["secretKeyRef"] == {"name": "kafka", "key": "user"}
    volumes = {volume["name"]: volume for volume in deployment["spec"]["template"]["spec"]["volumes"]}
    sources = volumes["secrets"]["projected"]["sources"]
    assert {"secret": {"name": "keys", "items": [{"key": "session", "path": "SESSION_KEY"}]}} in sources
    assert {"mountPath": "/run/opportunity-desk/secrets", "name": "secrets", "readOnly": True} in container["volumeMounts"]


def test_it_scales_by_each_topic_that_several_pods_can_share(service: str) -> None:
    values = {"autoscaling": {"enabled": True}, "settings": {"TOPIC_PREFIX": "staging."}}
    scaling = one(rendered(SERVICE, examples(service), **values), "ScaledObject")["spec"]
    triggers = [trigger["metadata"] for trigger in scaling["triggers"]]
    shared = {f"staging.{topic.name}" for topic in TOPICS if service in topic.readers and topic.partitions > 1}
    assert {trigger["topic"] for trigger in triggers} == shared
    assert all(trigger["consumerGroup"].startswith(f"staging.{service}") for trigger in triggers)
    assert {trigger["offsetResetPolicy"] for trigger in triggers} == {"earliest"}
    assert {trigger["excludePersistentLag"] for trigger in triggers} == {"true"}
    assert (scaling["minReplicaCount"], scaling["maxReplicaCount"]) == (2, 6)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replica": 3}, "replica"),
        ({"service": "billing"}, "service"),
        ({"image": {"digest": "latest"}}, "digest"),
        ({"probes": {"livenessPeriod": 3}}, "livenessPeriod"),
        ({"settings": {"KAFKA_BOOTSTRAP_SERVER": "kafka:9092"}}, "KAFKA_BOOTSTRAP_SERVER"),
        ({"settings": {"WEIGHTS": "{}"}}, "WEIGHTS"),
        ({"settings": {"PERSON_KEY": "a secret in a file of values"}}, "PERSON_KEY"),
        ({"settings": {"MONGODB_URI": "mongodb://me:secret@mongodb"}}, "MONGODB_URI"),
        ({"settings": {"METRICS_PORT": 9100}}, "METRICS_PORT"),
        ({"secrets": {"KAFKA_SSL_KEY_PASSWORD": {"existingSecret": "keys"}}}, "KAFKA_SSL_KEY_PASSWORD"),
        ({"secrets": {"PERSON_KEY": None}}, "PERSON_KEY"),
        ({"files": {"KAFKA_SSL_CERT_FILE": {"key": "ca.crt"}}}, "KAFKA_SSL_CERT_FILE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_does_not_know_is_refused_by_its_name(values: dict[str, Any], named: str) -> None:
    assert named in refusal(SERVICE, examples("registration"), **values)


def test_it_can_be_a_part_of_another_chart_and_be_left_out() -> None:
    assert rendered(SERVICE, examples("listings"), **{"global": {"registry": "of the parent"}})
    assert not rendered(SERVICE, enabled=False, service="listings")
