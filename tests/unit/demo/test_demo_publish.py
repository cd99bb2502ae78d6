"""The publisher's messages, read back with the CloudEvents SDK, and what happens when no broker answers."""

import ast
from datetime import datetime
from importlib.resources import files

import pytest
from cloudevents.core.bindings.kafka import from_kafka_event

from demo.attendees import attendance
from demo.publish import Broker, PublishError, messages, publish


def test_every_message_carries_its_event_in_binary_or_structured_mode() -> None:
    events = attendance(size=40).events
    for event, message in zip(events, messages(events), strict=True):
        read = from_kafka_event(message)
        assert (read.get_id(), read.get_type(), read.get_source()) == (
            event["id"],
            event["type"],
            event["source"],
        )
        assert read.get_time() == datetime.fromisoformat(event["time"])
        assert read.get_data() == event["data"]
        assert message.key == event["partitionkey"]


def test_most_messages_are_binary_and_every_fifth_is_structured() -> None:
    sent = list(messages(attendance(size=40).events))
    structured = [each for each in sent if each.headers["content-type"] == b"application/cloudevents+json"]
    assert len(structured) == len(sent) // 5
    assert all(each.headers["ce_specversion"] == b"1.0" for each in sent if each not in structured)


def test_the_key_is_not_a_header_so_that_addresses_stay_out_of_headers() -> None:
    for message in messages(attendance(size=40).events):
        assert not [value for value in message.headers.values() if b"@" in value]


def test_a_silent_broker_is_an_error_and_not_a_success() -> None:
    with pytest.raises(PublishError):
        publish(attendance(size=40).events[:3], Broker("127.0.0.1:9"), timeout=0.5)


def test_the_publisher_knows_nothing_of_the_project() -> None:
    tree = ast.parse(files("demo").joinpath("publish.py").read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {name.split(".")[0] for name in imported if name} <= {
        "cloudevents",
        "collections",
        "confluent_kafka",
        "dataclasses",
        "datetime",
        "typing",
    }
