"""A namespace in a real cluster, with the charts installed as in `docs/kubernetes.md`."""

import json
import os
import secrets
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from chart_tools import program
from charts import PLATFORM, SERVICE, TRIAL
from shared.contract.topics import SERVICES
from support.charts import CHARTS

IMAGE: Final = os.environ.get("KUBERNETES_IMAGE", "opportunity-desk-{service}:0.1.0")
"""The services' images, which the nodes have or can fetch."""
OWN: Final = ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "SMTP_URL")
"""Servers that pods can reach. If they are not set, the servers of the chart for trials are installed."""


def tool(name: str) -> str:
    return program(name) or pytest.skip(f"there is no {name} for this machine, and none on the PATH")


class Namespace:
    """A namespace of this run, with the secrets that services need. It is deleted at the end."""

    def __init__(self, name: str) -> None:
        self.name = name

    def make(self) -> None:
        self.kubectl("create", "namespace", self.name)
        self.kubectl("label", "namespace", self.name, "pod-security.kubernetes.io/enforce=restricted")
        keys = {name: secrets.token_hex(32) for name in ("person-key", "unsubscribe-key")}
        keys |= {name: urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in ("secrets-key", "session-key")}
        self.secret("desk-keys", keys)
        if not all(os.environ.get(name) for name in OWN):
            self.helm("dependency", "build", "--skip-refresh", str(CHARTS / TRIAL))
            off = [argument for service in SERVICES for argument in ("--set", f"{service}.enabled=false")]
            self.helm("upgrade", "--install", "servers", str(CHARTS / TRIAL), "--wait", "--timeout", "15m", *off)

    def servers(self) -> dict[str, str]:
        trial = ("kafka:9092", "mongodb://mongodb:27017/?replicaSet=rs0", "smtp://mailpit:1025")
        return {name: os.environ.get(name) or other for name, other in zip(OWN, trial, strict=True)}

    def install(self, service: str, **values: Any) -> None:
        """Install or upgrade the service, and wait until it is ready."""
        self.helm(
            "upgrade",
            "--install",
            service,
            str(CHARTS / SERVICE),
            "--wait",
            "--timeout",
            "10m",
            "-f",
            "-",
            given=json.dumps(self.values(service) | values),
        )

    def values(self, service: str) -> dict[str, Any]:
        repository, _, tag = IMAGE.format(service=service).rpartition(":")
        servers = self.servers()
        settings: dict[str, Any] = {
            "PUBLIC_URL": "https://desk.example.org",
            "TOPIC_PREFIX": f"{self.name}.",
            "MONGODB_DATABASE": f"{self.name}-{service}",
        }
        settings |= {name: servers[name] for name in ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI")}
        keys = {"registration": ["PERSON_KEY", "SECRETS_KEY"], "listings": ["PERSON_KEY"]}.get(service, [])
        if service == "notifications":
            settings |= {"MAIL_FROM": "desk@example.org", "SMTP_URL": servers["SMTP_URL"], "GATHER_SECONDS": 0}
            keys = ["UNSUBSCRIBE_KEY", "SESSION_KEY"]
        return {
            "service": service,
            "image": {"repository": repository, "tag": tag},
            "settings": settings,
            "secrets": {key: {"existingSecret": "desk-keys", "key": key.lower().replace("_", "-")} for key in keys},
            "minReadySeconds": 2,
            # Of a small cluster.
            "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        }

    def install_platform(self, **values: Any) -> None:
        servers = self.servers()
        kafka = {int(broker.rpartition(":")[2]) for broker in servers["KAFKA_BOOTSTRAP_SERVERS"].split(",")}
        rules = {"kafka": {"ports": sorted(kafka)}, "mail": {"ports": [int(servers["SMTP_URL"].rpartition(":")[2])]}}
        given = json.dumps({"networkPolicies": rules} | values)
        self.helm("upgrade", "--install", "platform", str(CHARTS / PLATFORM), "-f", "-", given=given)

    def secret(self, name: str, values: dict[str, str]) -> None:
        literals = [f"--from-literal={key}={value}" for key, value in values.items()]
        self.kubectl("create", "secret", "generic", name, *literals)

    def pods(self, service: str) -> list[str]:
        """The names of a service's pods that are ready, and not about to end."""
        selector = f"app.kubernetes.io/name={service}"
        found = json.loads(self.kubectl("get", "pods", "-l", selector, "-o", "json"))["items"]
        return [
            pod["metadata"]["name"]
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
            and any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ()))
        ]

    def one(self, kind: str, name: str) -> Any:
        """The object, as Kubernetes has it."""
        return json.loads(self.kubectl("get", kind, name, "-o", "json"))

    def until(self, what: str, look: Callable[[], Any], seconds: float = 300) -> Any:
        end = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < end, f"not within {seconds} s: {what}\n{self.kubectl('get', 'pods,events')}"
            time.sleep(1)
        return found

    def end_of(self, pod: str) -> str:
        """How the pod ended: ``Succeeded`` or ``Failed``."""

        def phase() -> Any:
            return self.one("pod", pod)["status"]["phase"]

        self.until(f"{pod} has ended", lambda: phase() in ("Succeeded", "Failed"))
        return str(phase())

    def helm(self, *arguments: str, given: str = "") -> str:
        return self._run("helm", *arguments, given=given)

    def kubectl(self, *arguments: str, given: str = "") -> str:
        return self._run("kubectl", *arguments, given=given)

    def evict(self, pod: str) -> bool:
        """Evict the pod, like a drain of its node; False if that must wait."""
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": self.name}}
        path = f"/api/v1/namespaces/{self.name}/pods/{pod}/eviction"
        try:
            self.kubectl("create", "--raw", path, "-f", "-", given=json.dumps(eviction))
        except AssertionError as error:
            if "disruption budget" not in str(error):
                raise
            return False
        return True

    def run_python(self, pod: str, program: Path, *arguments: str, labels: dict[str, str] | None = None, key: str = "") -> None:
        """Start a pod that runs this program with Python, and has the API key of this Secret."""
        security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        container = {
            "name": "python",
            "image": IMAGE.format(service="registration"),
            "command": ["python", "-u", "-c", program.read_text(encoding="utf-8"), *arguments],
            "env": [{"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": key, "key": "api-key"}}}] if key else [],
            "securityContext": security,
        }
        spec = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        }
        metadata = {"name": pod, "labels": labels or {}}
        self.kubectl(
            "create", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        )

    def _run(self, name: str, *arguments: str, given: str) -> str:
        command = [tool(name), "--namespace", self.name, *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=1200)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def kubeconfig() -> Path:
    """The cluster's kubeconfig, if there is a cluster."""
    given = os.environ.get("KUBECONFIG")
    if not given:
        pytest.skip("KUBECONFIG names no cluster: set it to that of one on which a namespace may be made and deleted")
    return Path(given)
