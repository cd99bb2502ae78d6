"""The script of the chart's Job, run against a real broker by Kafka's own programs."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext

from local_stack.download import KAFKA_VERSION, cache_directory, java, kafka_classpath

SCRIPT = Path(__file__).parents[3] / "deploy/kubernetes/opportunity-desk-platform/files/topics.sh"
PROGRAMS = {"kafka-topics.sh": "org.apache.kafka.tools.TopicCommand", "kafka-configs.sh": "kafka.admin.ConfigCommand"}


def classpath() -> str:
    """Kafka's, with its programs, which servers do not need."""
    url = os.environ.get("MAVEN_REPOSITORY_URL") or MAVEN_CENTRAL_URL
    context = MavenContext(repo_cache=cache_directory() / "maven", remote_repos={"central": url})
    try:
        programs = context.project("org.apache.kafka", "kafka-tools").at_version(KAFKA_VERSION).artifact().resolve()
    except Exception as error:  # noqa: BLE001 - no network, a proxy, a damaged file: all alike
        pytest.skip(f"Kafka's programs cannot be downloaded: {error}")
    return f"{kafka_classpath()}:{programs}"


async def test_it_makes_a_topic_and_later_changes_only_what_differs(
    environment: dict[str, str], prefix: str, tmp_path: Path
) -> None:
    jars = await asyncio.to_thread(classpath)
    for name, program in PROGRAMS.items():
        line = f'exec "{java()}" -Xmx128m -XX:TieredStopAtLevel=1 -cp "{jars}" {program} "$@"'
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >> {tmp_path}/said\n{line}\n")
        (tmp_path / name).chmod(0o755)
    servers, topic = environment["KAFKA_BOOTSTRAP_SERVERS"], f"{prefix}topic.of-the_script"

    async def run(call: str) -> list[str]:
        (tmp_path / "said").write_text("")
        variables = os.environ | {"KAFKA_BIN": str(tmp_path), "BOOTSTRAP_SERVERS": servers, "TOPIC_PREFIX": prefix}
        script = f"set -eu\n{SCRIPT.read_text()}\n{call}\n"
        await asyncio.to_thread(subprocess.run, ["sh"], input=script, text=True, check=True, env=variables)
        return (tmp_path / "said").read_text().split()

    made = f"topic {topic} 1 1 cleanup.policy=compact,delete retention.ms=1000000"
    assert await run(made) == ["kafka-topics.sh"] * 2
    assert await run(made) == ["kafka-topics.sh"]
    changed = await run(f"topic {topic} 2 1 cleanup.policy=compact,delete retention.ms=100000")
    assert changed == ["kafka-topics.sh", "kafka-configs.sh", "kafka-topics.sh"]
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    config = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert len(described["partitions"]) == 2
    assert (config["retention.ms"], config["cleanup.policy"]) == ("100000", "compact,delete")
