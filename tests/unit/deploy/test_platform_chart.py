"""The chart of what services share: it is what the tables of topics, rights and paths say."""

import os
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from charts import PLATFORM
from shared.contract.acls import REPLAY, acls, commands
from shared.contract.paths import HOME, PATHS, interface
from shared.contract.topics import SERVICES, TOPICS
from support.charts import EXAMPLES, faults, one, refusal, rendered

JOB = {"topics": {"manager": "job", "prefix": "staging."}, "job": {"bootstrapServers": "kafka:9092"}}
ELSEWHERE = {
    "topics": {"manager": "job", "replicas": 1, "minInSyncReplicas": 1},
    "job": {
        "bootstrapServers": "kafka:9092",
        "image": "registry.example.org/kafka:4",
        "admin": {"existingSecret": "kafka-admin", "key": "client.properties"},
        "passwords": {"registration": {"existingSecret": "kafka-registration", "key": "password"}},
        "timeoutSeconds": 600,
    },
    "routes": {
        "kind": "ingress",
        "ingressClassName": "traefik",
        "tlsSecret": "desk-tls",
        "annotations": {"example.org/a": "b"},
        "servicePort": 8080,
    },
    "networkPolicies": {"extraEgress": {"matching": [{"ports": [{"protocol": "TCP", "port": 8443}]}]}, "metricsPort": 9100},
    "test": {"enabled": True, "image": "desk:1", "existingSecret": "test-key", "key": "key", "email": "a@example.org"},
    "alerts": {"enabled": True, "labels": {"release": "prometheus"}, "runbookUrl": "https://docs.example.org/runbook.html"},
    "dashboards": {"enabled": True, "labels": {"grafana_dashboard": "yes"}, "annotations": {"grafana_folder": "Desk"}},
    "labels": {"example.org/team": "desk"},
    "extraObjects": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-{{ .Release.Name }}"}}],
}
"""With EXAMPLE, nearly every value."""


@cache
def example() -> list[dict[str, Any]]:
    return rendered(PLATFORM, [EXAMPLES / "platform.yaml"])


@cache
def elsewhere() -> list[dict[str, Any]]:
    return rendered(PLATFORM, **ELSEWHERE)


def test_it_is_what_kubernetes_and_operators_take() -> None:
    assert not [fault for each in (*example(), *elsewhere()) for fault in faults(each)]
    kinds = {each["kind"] for each in (*example(), *elsewhere())}
    assert kinds == {
        "ConfigMap",
        "HTTPRoute",
        "Ingress",
        "Job",
        "KafkaTopic",
        "KafkaUser",
        "NetworkPolicy",
        "Pod",
        "PrometheusRule",
    }


def test_topics_of_strimzi_are_those_of_the_table_and_outlive_the_chart() -> None:
    found = [each for each in example() if each["kind"] == "KafkaTopic"]
    made = {each["spec"]["topicName"]: (each["spec"]["partitions"], each["spec"]["config"]) for each in found}
    assert made == {topic.name: (topic.partitions, topic.config | {"min.insync.replicas": "2"}) for topic in TOPICS}
    assert {each["metadata"]["annotations"]["helm.sh/resource-policy"] for each in found} == {"keep"}
    assert {each["metadata"]["namespace"] for each in found} == {"kafka"}


def test_users_of_strimzi_have_the_rights_of_the_table() -> None:
    users = {each["metadata"]["name"]: each["spec"]["authorization"]["acls"] for each in example() if each["kind"] == "KafkaUser"}
    for principal in (*SERVICES, REPLAY):
        granted = {
            (right["resource"]["type"], right["resource"]["name"], tuple(right["operations"]), right["resource"]["patternType"])
            for right in users.pop(principal)
        }
        assert granted == {
            (acl.resource, acl.name, acl.operations, "prefix" if acl.pattern == "prefixed" else "literal")
            for acl in acls(principal)
        }
    assert not users


def test_the_job_makes_the_topics_and_grants_the_rights_of_the_tables(tmp_path: Path) -> None:
    """The script is run, with programs in the place of Kafka's that say what they were asked."""
    said = tmp_path / "said"
    for name in ("kafka-topics.sh", "kafka-configs.sh", "kafka-acls.sh"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {said}\n')
        (tmp_path / name).chmod(0o755)
    script = one(rendered(PLATFORM, **JOB), "ConfigMap")["data"]["topics.sh"]
    environment = os.environ | {"KAFKA_BIN": str(tmp_path), "BOOTSTRAP_SERVERS": "kafka:9092", "TOPIC_PREFIX": "staging."}
    subprocess.run(["sh"], input=script, text=True, check=True, env=environment)
    lines = said.read_text().splitlines()
    assert lines.pop(0) == "kafka-topics.sh --bootstrap-server kafka:9092 --describe --if-exists --topic staging..*"
    for topic in TOPICS:
        (line,) = [line for line in lines if f" --topic staging.{topic.name} " in line and "--create" in line]
        wanted = {f"--config {name}={value}" for name, value in topic.config.items()}
        assert f"--partitions {topic.partitions} --replication-factor 3" in line
        assert all(f"{each} " in f"{line} " for each in wanted), line
    assert grants(line for line in lines if "kafka-acls.sh" in line) == grants(commands("staging."))


def grants(lines: Any) -> set[tuple[str, ...]]:
    """Each right that these commands grant."""
    found: set[tuple[str, ...]] = set()
    for line in lines:
        words = line.split()
        options = list(pairwise(words))
        (principal,) = [value for option, value in options if option == "--allow-principal"]
        (pattern,) = [value for option, value in options if option == "--resource-pattern-type"]
        operations = [value for option, value in options if option == "--operation"]
        resources = [(option, value) for option, value in options if option in ("--topic", "--group")]
        found |= {(principal, pattern, operation, *resource) for operation in operations for resource in resources}
    return found


def test_the_job_looks_up_and_reaches_kafka_before_any_other_policy_is_there() -> None:
    policy = one(rendered(PLATFORM, **JOB), "NetworkPolicy", "opportunity-desk-topics")
    assert policy["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]} == {53, 9092, 9093}


def test_each_path_leads_to_its_service_by_a_gateway_and_by_an_ingress() -> None:
    expected = {path.prefix: path.service for path in PATHS} | {interface(service): service for service in SERVICES}
    by_gateway = {
        match["path"]["value"]: rule["backendRefs"][0]["name"]
        for route in example()
        if route["kind"] == "HTTPRoute"
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
        if "backendRefs" in rule
    }
    (rule,) = one(elsewhere(), "Ingress")["spec"]["rules"]
    by_ingress = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert by_gateway == by_ingress == expected
    (rule,) = one(example(), "HTTPRoute", "home")["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "Exact", "value": "/"}}]
    assert rule["filters"][0]["requestRedirect"]["path"]["replaceFullPath"] == HOME


def test_what_is_not_allowed_is_denied() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in example() if each["kind"] == "NetworkPolicy"}
    deny = policies["opportunity-desk-deny"]
    assert deny["podSelector"] == {"matchLabels": {"app.kubernetes.io/part-of": "opportunity-desk"}}
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny
    assert {port["port"] for rule in deny["egress"] for port in rule["ports"]} == {53}
    ports = {service: [port["port"] for rule in policies[service]["egress"] for port in rule["ports"]] for service in SERVICES}
    servers = [9092, 9093, 27017]
    expected = {"notifications": [*servers, 465, 587], "registration": [*servers, 443]}
    assert ports == {service: expected.get(service, servers) for service in SERVICES}
    for service in SERVICES:
        incoming = {rule["ports"][0]["port"]: rule["from"] for rule in policies[service]["ingress"]}
        assert incoming.keys() == {8000, 9000}
        # No service calls another one.
        peers = [peer["podSelector"]["matchLabels"] for peer in incoming[8000] if "podSelector" in peer]
        assert [peer["app.kubernetes.io/component"] for peer in peers] == ["test"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"topic": {}}, "topic"),
        ({"topics": {"manager": "terraform"}}, "manager"),
        ({"routes": {"kind": "gateway", "hosts": []}}, "hosts"),
        ({"networkPolicies": {"extraEgress": {"billing": []}}}, "billing"),
        ({"topics": {"manager": "job"}}, "job.bootstrapServers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_does_not_know_is_refused_by_its_name(values: dict[str, Any], named: str) -> None:
    assert named in refusal(PLATFORM, **values)


def test_it_can_be_a_part_of_another_chart_and_be_left_out() -> None:
    assert not rendered(PLATFORM, enabled=False)
