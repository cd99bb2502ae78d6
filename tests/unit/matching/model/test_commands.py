"""Matching's commands to its own shards: known to the envelope, and no part of the public contract."""

import pytest
from pydantic import BaseModel

from matching.model.commands import RescoreCandidate, RescoreConference, RescoreListing
from shared import clock
from shared.contract.asyncapi import document
from shared.contract.envelope import Received, pack, unpack
from shared.contract.events import TYPES
from shared.contract.message_types import command, model_of
from shared.contract.topics import RESCORING, TOPICS

COMMANDS = [
    RescoreListing(listing_id="star-maps", version=4, after="ada"),
    RescoreConference(conference_id="pyconf", version=2),
    RescoreCandidate(attendee_id="ada"),
]


@pytest.mark.parametrize("data", COMMANDS, ids=lambda data: type(data).__name__)
def test_a_command_is_read_as_it_was_sent(data: BaseModel) -> None:
    sent = pack(data, id="1", source="matching", topic=RESCORING.name, key="k", time=clock.now(), correlation_id="c")
    headers = [(name, value.encode()) for name, value in sent.headers.items()]
    assert unpack(Received(RESCORING.name, sent.value, headers), RESCORING).data == data


def test_every_type_of_the_topic_is_a_command_and_every_command_is_in_the_topic() -> None:
    assert {model_of(name) for name in RESCORING.types} == {type(data) for data in COMMANDS}


def test_commands_are_internal() -> None:
    assert RESCORING.internal
    assert not TYPES.keys() & {name for topic in TOPICS if topic.internal for name in topic.types}
    described = document("matching")
    assert RESCORING.name not in described["channels"]
    assert not described["components"]["messages"].keys() & set(RESCORING.types)


def test_two_commands_cannot_have_one_type() -> None:
    with pytest.raises(ValueError, match="already belongs to RescoreListing; choose another one"):
        command("matching.rescore_listing.v1")(RescoreConference)
