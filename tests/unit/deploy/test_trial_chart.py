"""The chart for trials: the four services by the chart that operators use, with servers that are as small as Compose's."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts import SERVICE, TRIAL
from shared.contract.topics import SERVICES
from support.charts import CHARTS, container_of, faults, helm, one

COMPOSE = yaml.safe_load((CHARTS.parent / "compose" / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("charts")
    for chart in (SERVICE, TRIAL):
        shutil.copytree(CHARTS / chart, folder / chart, ignore=shutil.ignore_patterns("charts"))
    built = helm("dependency", "build", "--skip-refresh", folder / TRIAL)
    assert built.returncode == 0, built.stderr
    answer = helm("template", "trial", folder / TRIAL)
    assert answer.returncode == 0, answer.stderr
    return [found for found in yaml.safe_load_all(answer.stdout) if found]


def test_it_is_what_kubernetes_takes(objects: list[dict[str, Any]]) -> None:
    assert not [fault for each in objects for fault in faults(each)]


def test_each_service_is_there_and_finds_its_servers(objects: list[dict[str, Any]]) -> None:
    names = {each["metadata"]["name"] for each in objects if each["kind"] == "Service"}
    for service in SERVICES:
        environment = {
            variable["name"]: variable.get("value") for variable in container_of(one(objects, "Deployment", service))["env"]
        }
        assert environment["KAFKA_BOOTSTRAP_SERVERS"] == "kafka:9092"
        assert environment["MONGODB_URI"] == "mongodb://mongodb:27017/?replicaSet=rs0"
    assert names == {*SERVICES, "kafka", "mongodb", "mailpit", "site"}


def test_its_servers_are_those_of_compose(objects: list[dict[str, Any]]) -> None:
    for kind, name in (("StatefulSet", "kafka"), ("StatefulSet", "mongodb"), ("Deployment", "mailpit"), ("Deployment", "site")):
        assert container_of(one(objects, kind, name))["image"] == COMPOSE[name]["image"]


def test_keys_that_services_ask_for_are_made(objects: list[dict[str, Any]]) -> None:
    made = one(objects, "Secret", "trial-keys")["data"]
    for service in SERVICES:
        for variable in container_of(one(objects, "Deployment", service))["env"]:
            if "valueFrom" in variable:
                assert made[variable["valueFrom"]["secretKeyRef"]["key"]]
