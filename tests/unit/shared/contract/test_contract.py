"""The contract: its committed files are what the models say, its examples are events, and no release is broken."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from shared.contract.envelope import STRUCTURED, Received, unpack
from shared.contract.events import TYPES
from shared.contract.events.examples import EXAMPLES, Example
from shared.contract.files import breaks, cloud_event, files, release, write
from shared.contract.schemas import schema
from shared.contract.topics import TOPICS
from support.schemas import documents, validator

CONTRACT = Path(__file__).parents[4] / "shared/contract"
PAIRS = [(name, example) for name in TYPES for example in EXAMPLES.get(name, ())]


def test_the_committed_contract_is_what_the_models_say() -> None:
    committed = {
        path.relative_to(CONTRACT): path.read_text(encoding="utf-8")
        for part in ("schemas", "examples", "asyncapi")
        for path in (CONTRACT / part).iterdir()
    }
    current = files()
    different = [str(path) for path in sorted(committed.keys() | current.keys()) if committed.get(path) != current.get(path)]
    assert not different, f"run `make contracts`, and commit what it changes: {', '.join(different)}"


def test_writing_deletes_what_is_no_part_of_the_contract_any_more(tmp_path: Path) -> None:
    write(tmp_path)
    stray = tmp_path / "schemas/attendance.of_old.v1.json"
    stray.write_text("{}")
    write(tmp_path)
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.json")}
    assert written == files().keys()


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_valid_json_schema_and_keeps_its_references_inside(name: str) -> None:
    described = schema(name)
    Draft202012Validator.check_schema(described)
    assert described["$id"].endswith(name)
    assert described["description"]
    references = set(json.dumps(described).split('"$ref": "')[1:])
    assert {each.partition('"')[0].removeprefix("#/$defs/") for each in references} == set(described.get("$defs", {}))


@pytest.mark.parametrize(("name", "example"), PAIRS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_an_example_is_an_event_by_schema_and_model(name: str, example: Example) -> None:
    validator(schema(name)).validate(example.data)
    topic = next(topic for topic in TOPICS if name in topic.types)
    value = json.dumps(cloud_event(name, example)).encode()
    event = unpack(Received(topic.name, value, [("content-type", STRUCTURED.encode())]), topic)
    assert (event.id, event.source, event.type) == (example.id, example.source, name)
    assert event.data is not None
    # What is written is what is read: no field is misspelt, and none is changed.
    assert event.data.model_dump(mode="json", exclude_unset=True) == example.data


@pytest.mark.parametrize("name", TYPES)
def test_the_first_example_of_a_type_has_every_field(name: str) -> None:
    assert EXAMPLES.get(name), "add a golden example to shared/contract/events/examples, with every field"
    data = EXAMPLES[name][0].data
    assert TYPES[name].model_validate(data).model_dump(mode="json") == data
    assert "null" not in json.dumps(data)


@pytest.mark.parametrize("name", TYPES)
def test_what_a_schema_allows_is_accepted_by_its_model_and_stays_valid(name: str) -> None:
    described = schema(name)
    valid = validator(described)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(documents(described))
    def holds(data: Any) -> None:
        event = TYPES[name].model_validate_json(json.dumps(data))
        valid.validate(json.loads(event.model_dump_json()))

    holds()


def test_every_released_type_is_still_there() -> None:
    released = {path.stem for path in (CONTRACT / "released").glob("*.json")}
    assert released <= set(TYPES), "a type that was released goes on being read; to retire it, delete its released schema"


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_fully_compatible_with_its_last_release(name: str) -> None:
    assert breaks(name, CONTRACT / "released") == [], "make it a new version of the type (docs/contract.md)"


@pytest.mark.parametrize("path", [*(CONTRACT / "released").glob("*.json")], ids=lambda path: path.stem)
def test_what_was_released_is_understood_today(path: Path) -> None:
    for example in json.loads(path.read_text(encoding="utf-8"))["examples"]:
        TYPES[path.stem].model_validate(example)


def test_a_release_keeps_the_schemas_and_refuses_to_break_the_last_one(tmp_path: Path) -> None:
    assert release(tmp_path) == []
    released = tmp_path / "released/listings.listing.withdrawn.v1.json"
    assert json.loads(released.read_text()) == schema("listings.listing.withdrawn.v1")
    before = json.loads(released.read_text())
    before["required"].remove("version")
    released.write_text(json.dumps(before))
    assert release(tmp_path) == ["listings.listing.withdrawn.v1: version: is required, and was not"]
    assert json.loads(released.read_text()) == before
