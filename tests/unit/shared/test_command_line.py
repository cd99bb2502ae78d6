"""What a service says of itself on its command line, without starting."""

import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode

import pytest

from shared.contract.topics import SERVICES
from shared.environment import default_of, misspelt
from support.services import settings_of

NOTHING_RUNS = {"KAFKA_BOOTSTRAP_SERVERS": "no:such", "MONGODB_URI": "none", "LOG_LEVEL": "LOUD"}
"""These would end a start."""
REQUIRED = {
    "PERSON_KEY": "a key for persons",
    "SECRETS_KEY": urlsafe_b64encode(b"32 bytes for what connections ke").decode(),
    "SESSION_KEY": urlsafe_b64encode(b"32 bytes for what signs sessions").decode(),
    "UNSUBSCRIBE_KEY": "a key for links to unsubscribe",
    "MAIL_FROM": "desk@example.org",
    "PUBLIC_URL": "https://desk.example.org",
}


def run(service: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", service, *arguments],
        env=os.environ | NOTHING_RUNS,
        capture_output=True,
        text=True,
        timeout=300,  # of a machine that is busy
        check=False,
    )


@pytest.mark.parametrize("service", SERVICES)
def test_help_shows_the_usage_and_every_setting_and_starts_nothing(service: str) -> None:
    ended = run(service, "--help")
    assert ended.returncode == 0
    assert not ended.stderr
    assert ended.stdout.startswith(f"usage: python -m {service} ")
    fields = settings_of(service).model_fields
    told = re.findall(r"^  ([A-Z_]+)(?:=|  \(required\)).*\n {6}\S", ended.stdout, re.MULTILINE)
    assert told == [name.upper() for name in fields], "each with what it is for"


@pytest.mark.parametrize("service", SERVICES)
def test_each_default_that_help_shows_can_be_set_as_it_is_shown(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(service)
    for name, text in REQUIRED.items():
        monkeypatch.setenv(name, text)
    usual = settings()
    for name, field in settings.model_fields.items():
        monkeypatch.setenv(name.upper(), default_of(field) or REQUIRED.get(name.upper(), ""))
    assert settings() == usual


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("argument", ["--nosuch", "nosuch"])
def test_an_unknown_argument_ends_with_the_usage(service: str, argument: str) -> None:
    ended = run(service, argument)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"usage: python -m {service} ")
    assert not ended.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_the_version_is_told(service: str) -> None:
    ended = run(service, "--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", ended.stdout)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("LOGLEVEL", "LOG_LEVEL"),
        ("LOG_LEVLE", "LOG_LEVEL"),
        ("MONGODB_URL", "MONGODB_URI"),
        ("KAFKA_BOOTSTRAP_SERVER", "KAFKA_BOOTSTRAP_SERVERS"),
        ("topic_prefixx", "TOPIC_PREFIX"),
    ],
)
def test_a_variable_that_is_one_slip_away_from_a_setting_is_taken_for_it(given: str, meant: str) -> None:
    settings = settings_of("matching")
    assert misspelt(settings, {given: "x"}) == {given: meant}


@pytest.mark.parametrize("given", ["LOG_LEVEL", "log_level", "PATH", "HOSTS", "PORTS", "HOSTNAME", "LANG", "LOG", ""])
def test_what_is_no_slip_is_left_alone(given: str) -> None:
    assert not misspelt(settings_of("matching"), {given: "x"})


def test_no_setting_of_a_service_is_taken_for_a_slip_of_another() -> None:
    every = [settings_of(service) for service in SERVICES]
    names = {name.upper(): "x" for settings in every for name in settings.model_fields}
    assert not any(misspelt(settings, names) for settings in every)
