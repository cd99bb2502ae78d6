"""The charts on a real cluster. The tests build on each other, in the order in which they are here: `make kubernetes`."""

import json

import pytest

from charts import PLATFORM
from shared.contract.topics import SERVICES
from support.charts import CHARTS
from support.cluster import IMAGE, Namespace

pytestmark = pytest.mark.kubernetes
LOAD = """
import http.client, time
asked = failed = 0
while True:
    asked += 1
    try:
        connection = http.client.HTTPConnection("registration", timeout=10)
        connection.request("GET", "/openapi.json")
        assert connection.getresponse().status == 200
    except Exception as error:
        failed += 1
        print("failed", repr(error))
    print("so far", asked, failed)
    time.sleep(0.1)
"""
REACHES = """
import socket, sys
try:
    socket.create_connection(("registration", 80), timeout=10)
except OSError as error:
    sys.exit(f"denied: {error}")
"""
TEST = {"app.kubernetes.io/part-of": "opportunity-desk", "app.kubernetes.io/component": "test"}


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


def test_upgrade_and_rollback_lose_no_request(desk: Namespace) -> None:
    desk.run_python("load", LOAD, labels=TEST)
    desk.kubectl("wait", "--for=condition=Ready", "pod/load", "--timeout=120s")
    desk.until("requests are sent", lambda: "so far 20 " in desk.kubectl("logs", "load"))
    before = desk.pods("registration")
    values = desk.values("registration")
    desk.install("registration", settings=values["settings"] | {"LOG_LEVEL": "DEBUG"})
    upgraded = desk.pods("registration")
    assert not set(before) & set(upgraded)
    desk.helm("rollback", "registration", "--wait", "--timeout", "10m")
    assert not set(upgraded) & set(desk.pods("registration"))
    asked, failed = desk.kubectl("logs", "load", "--tail=1").split()[-2:]
    desk.kubectl("delete", "pod", "load", "--wait=false")
    assert (int(asked) > 100, failed) == (True, "0")


def test_another_pod_takes_the_place_of_one_that_was_killed(desk: Namespace) -> None:
    killed = desk.pods("matching")[0]
    desk.kubectl("delete", "pod", killed, "--grace-period=0", "--force")
    assert killed not in desk.until("two pods are ready", lambda: len(found := desk.pods("matching")) == 2 and found)


def test_a_drain_waits_until_a_pod_has_been_replaced(desk: Namespace) -> None:
    first, second = desk.pods("listings")
    assert desk.evict(first)
    assert not desk.evict(second), "both pods were taken at once"
    desk.until("the first is replaced", lambda: len(desk.pods("listings")) == 2)
    desk.until("the second may go", lambda: desk.evict(second))
    desk.until("it is replaced, too", lambda: len(desk.pods("listings")) == 2 and second not in desk.pods("listings"))


def test_it_scales_to_three(desk: Namespace) -> None:
    desk.install("notifications", replicas=3)
    assert len(desk.pods("notifications")) == 3


def test_what_no_rule_allows_is_denied(desk: Namespace) -> None:
    for name, labels in (("allowed", TEST), ("stranger", {})):
        desk.run_python(name, REACHES, labels=labels)
    ends = {name: desk.end_of(name) for name in ("allowed", "stranger")}
    assert ends["allowed"] == "Succeeded"
    if ends["stranger"] == "Succeeded":
        pytest.skip("this cluster's network plugin does not enforce network policies")


def test_the_api_server_takes_every_object_of_the_platform(desk: Namespace) -> None:
    """Of what has no operator here, only what Kubernetes itself knows."""
    values = {"routes": {"kind": "ingress"}, "topics": {"manager": "job"}, "job": {"bootstrapServers": "kafka:9092"}}
    text = desk.helm("template", "other", str(CHARTS / PLATFORM), "-f", "-", given=json.dumps(values))
    said = desk.kubectl("apply", "--dry-run=server", "--server-side", "--force-conflicts", "-f", "-", given=text)
    assert {line.rpartition(" (")[2] for line in said.splitlines()} == {"server dry run)"}
