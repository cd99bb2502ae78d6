"""The charts on a real cluster. The tests build on each other, in the order in which they are here: `make kubernetes`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from charts import PLATFORM
from shared.contract.topics import SERVICES
from support.charts import CHARTS
from support.cluster import IMAGE, Namespace

pytestmark = pytest.mark.kubernetes
TEST = {"app.kubernetes.io/part-of": "opportunity-desk", "app.kubernetes.io/component": "test"}
"""The labels of pods that may ask the services, like those of `helm test`."""
LOAD, REACH = (Path(__file__).parent / "pods" / name for name in ("load.py", "reach.py"))


@contextmanager
def under_load(desk: Namespace) -> Iterator[None]:
    """Meanwhile, no request to any service may fail, and no event that was taken may be lost."""
    desk.run_python("load", LOAD, labels=TEST, key="helm-test")
    desk.kubectl("wait", "--for=condition=Ready", "pod/load", "--timeout=120s")
    desk.until("requests are sent", lambda: "rounds: 5\n" in desk.kubectl("logs", "load"))
    yield
    desk.kubectl("exec", "load", "--", "python", "-c", "import os, signal; os.kill(1, signal.SIGUSR1)")
    end = desk.end_of("load")
    said = desk.kubectl("logs", "load")
    desk.kubectl("delete", "pod", "load")
    assert end == "Succeeded", said.rpartition("rounds")[2]


def test_each_service_is_installed_alone_and_answers(desk: Namespace) -> None:
    for service in SERVICES:
        desk.install(service)
        assert len(desk.pods(service)) == 2
        assert "Succeeded" in desk.helm("test", service)


def test_an_attendance_event_goes_in_and_its_mail_out(desk: Namespace) -> None:
    scopes = "attendance,conferences,people,mails"
    command = ("python", "-m", "registration", "keys", "create", "--name", "helm-test", "--scopes", scopes)
    said = desk.kubectl("exec", "deployment/registration", "--", *command)
    (key,) = {word.strip('",') for word in said.split() if word.strip('",').startswith("odk_")}
    desk.secret("helm-test", {"api-key": key})
    image = IMAGE.format(service="registration")
    desk.install_platform(test={"enabled": True, "existingSecret": "helm-test", "image": image})
    assert "Succeeded" in desk.helm("test", "platform", "--timeout", "10m")


def test_upgrade_and_rollback_lose_no_request_and_no_event(desk: Namespace) -> None:
    before = desk.pods("registration")
    with under_load(desk):
        values = desk.values("registration")
        desk.install("registration", settings=values["settings"] | {"LOG_LEVEL": "DEBUG"})
        upgraded = desk.pods("registration")
        assert not set(before) & set(upgraded)
        desk.helm("rollback", "registration", "--wait", "--timeout", "10m")
        assert not set(upgraded) & set(desk.pods("registration"))


def test_another_pod_takes_the_place_of_one_that_was_killed(desk: Namespace) -> None:
    killed = desk.pods("matching")[0]
    desk.kubectl("delete", "pod", killed, "--grace-period=0", "--force")
    assert killed not in desk.until("two pods are ready", lambda: len(found := desk.pods("matching")) == 2 and found)


def test_a_drained_node_keeps_a_pod_until_the_other_is_replaced(desk: Namespace) -> None:
    """What `kubectl drain` does, but to these two pods only."""
    first, second = desk.pods("listings")
    node = desk.one("pod", first)["spec"]["nodeName"]
    with under_load(desk):
        desk.kubectl("cordon", node)
        try:
            desk.until("the first may go", lambda: desk.evict(first))
            assert not desk.evict(second), "both pods were taken at once"
        finally:
            desk.kubectl("uncordon", node)  # it may be the only one
        desk.until("the first is replaced", lambda: len(desk.pods("listings")) == 2)
        desk.until("the second may go", lambda: desk.evict(second))
        desk.until("it is replaced, too", lambda: len(desk.pods("listings")) == 2 and second not in desk.pods("listings"))


def test_it_scales_to_three(desk: Namespace) -> None:
    desk.install("notifications", replicas=3)
    assert len(desk.pods("notifications")) == 3


def test_what_no_rule_allows_is_denied(desk: Namespace) -> None:
    metrics = f"{desk.one('pod', desk.pods('registration')[0])['status']['podIP']}:9000"
    for name, labels in (("allowed", TEST), ("stranger", {})):
        desk.run_python(name, REACH, "registration:80", metrics, labels=labels)
    reached = {}
    for name in ("allowed", "stranger"):
        desk.end_of(name)
        reached[name] = desk.kubectl("logs", name).strip()
    if reached["stranger"]:
        pytest.skip("this cluster's network plugin does not enforce network policies")
    mail = urlsplit(desk.servers()["SMTP_URL"]).netloc
    for service in SERVICES:
        program = ("python", "-c", REACH.read_text(encoding="utf-8"), mail, "matching:80")
        reached[service] = desk.kubectl("exec", f"deployment/{service}", "--", *program).strip()
    assert reached == {
        "allowed": "registration:80",
        "stranger": "",
        "registration": "",
        "listings": "",
        "matching": "",
        "notifications": mail,
    }


def test_the_api_server_takes_every_object_of_the_platform(desk: Namespace) -> None:
    """Of what has no operator here, only what Kubernetes itself knows."""
    values = {"routes": {"kind": "ingress"}, "topics": {"manager": "job"}, "job": {"bootstrapServers": "kafka:9092"}}
    text = desk.helm("template", "other", str(CHARTS / PLATFORM), "-f", "-", given=json.dumps(values))
    said = desk.kubectl("apply", "--dry-run=server", "--server-side", "--force-conflicts", "-f", "-", given=text)
    assert {line.rpartition(" (")[2] for line in said.splitlines()} == {"server dry run)"}
