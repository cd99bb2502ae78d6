"""The rights of each service on the broker follow from the table of topics."""

import pytest

from shared.contract.acls import REPLAY, acls, commands
from shared.contract.topics import SERVICES, TOPICS


def rights(principal: str, resource: str = "topic") -> dict[str, set[str]]:
    return {acl.name: set(acl.operations) for acl in acls(principal) if acl.resource == resource}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_and_reads_its_own_topics_and_reads_those_that_it_is_named_a_reader_of(service: str) -> None:
    granted = rights(service)
    dead_letters = f"{service}.dead-letters"
    written = {name for name, operations in granted.items() if "Write" in operations}
    read = {name for name, operations in granted.items() if "Read" in operations}
    inbound = {"attendance.inbound"} if service == "registration" else set()
    assert written == {topic.name for topic in TOPICS if topic.publisher == service} | inbound
    assert read == {topic.name for topic in TOPICS if service in (topic.publisher, *topic.readers)} | {dead_letters}
    assert all("Describe" in operations for operations in granted.values())


def test_only_registration_deletes_records_and_only_what_other_systems_sent() -> None:
    deleting = {
        (principal, acl.name) for principal in (*SERVICES, REPLAY) for acl in acls(principal) if "Delete" in acl.operations
    }
    assert deleting == {("registration", "attendance.inbound")}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_uses_its_own_groups_only(service: str) -> None:
    assert {(acl.name, acl.pattern) for acl in acls(service) if acl.resource == "group"} == {
        (service, "literal"),
        (f"{service}.", "prefixed"),
    }


def test_replay_uses_no_group_and_writes_no_topic_that_no_service_reads() -> None:
    assert not rights(REPLAY, "group")
    assert "notifications.deliveries" not in rights(REPLAY)


def test_a_prefix_is_part_of_each_name() -> None:
    assert all(acl.name.startswith("staging.") for principal in (*SERVICES, REPLAY) for acl in acls(principal, "staging."))


def test_the_commands_are_those_of_kafka() -> None:
    assert (
        "kafka-acls.sh --bootstrap-server localhost:9092 --add --allow-principal User:listings --operation Read "
        "--operation Describe --topic matching.seats --resource-pattern-type literal" in set(commands())
    )
