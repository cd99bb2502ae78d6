"""Each kind of change to a schema is found to be compatible or not, and with the field at which it breaks."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from shared.contract.compatibility import incompatibilities
from support.schemas import documents, validator

BASE = {
    "type": "object",
    "required": ["id", "person"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
        "person": {"$ref": "#/$defs/Person"},
        "kind": {"enum": ["skill", "topic"]},
        "seats": {"type": "integer", "minimum": 1},
        "when": {"type": "string", "format": "date"},
        "terms": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 2, "default": []},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
    "$defs": {
        "Person": {
            "type": "object",
            "properties": {"email": {"type": "string"}, "account": {"type": "string"}},
            "anyOf": [{"required": ["email"]}, {"required": ["account"]}],
        }
    },
}
WHOLE: dict[str, Any] = {"id": "abc", "person": {"email": "a@b.example"}, "kind": "skill", "seats": 1, "when": "2026-07-08", "terms": ["x"], "note": "n"}  # fmt: skip

Schema = dict[str, Any]


def fields(described: Schema) -> Schema:
    found: Schema = described["properties"]
    return found


COMPATIBLE: dict[str, Callable[[Schema], object]] = {
    "nothing": lambda s: None,
    "an optional field more": lambda s: fields(s).update(extra={"type": "string"}),
    "an optional field more, inside": lambda s: fields(s["$defs"]["Person"]).update(name={"type": "string"}),
    "an optional field less": lambda s: fields(s).pop("note"),
    "another description": lambda s: fields(s)["id"].update(description="which", title="Id", examples=["abc"]),
    "the same alternatives of an enum in another order": lambda s: fields(s)["kind"].update(enum=["topic", "skill"]),
    "a definition by another name": lambda s: (
        s["$defs"].update(Somebody=s["$defs"].pop("Person")), fields(s).update(person={"$ref": "#/$defs/Somebody"})
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", COMPATIBLE)
def test_a_compatible_change_is_found_to_be_one(change: str) -> None:
    changed = copy.deepcopy(BASE)
    COMPATIBLE[change](changed)
    assert incompatibilities(BASE, changed) == []
    assert incompatibilities(changed, BASE) == []


@pytest.mark.parametrize("change", COMPATIBLE)
def test_after_a_compatible_change_each_side_understands_the_other(change: str) -> None:
    changed = copy.deepcopy(BASE)
    COMPATIBLE[change](changed)

    @settings(max_examples=40)
    @given(documents(BASE), documents(changed))
    def holds(old: Schema, new: Schema) -> None:
        # What a writer does not know, it does not write.
        validator(changed).validate({name: old[name] for name in old.keys() & fields(BASE).keys()})
        validator(BASE).validate({name: new[name] for name in new.keys() & fields(changed).keys()})

    holds()


INCOMPATIBLE: dict[str, tuple[Callable[[Schema], object], Schema, str]] = {
    "a required field more": (lambda s: (fields(s).update(extra={"type": "string"}), s["required"].append("extra")), {}, "extra: is required, and was not"),
    "a required field less": (lambda s: (fields(s).pop("id"), s["required"].remove("id")), {"id": 7}, "id: is not required, and was"),
    "a field no longer required": (lambda s: s["required"].remove("id"), {"id": ...}, "id: is not required, and was"),
    "a field now required": (lambda s: s["required"].append("seats"), {"seats": ...}, "seats: is required, and was not"),
    "another type": (lambda s: fields(s).update(seats={"type": "string"}), {"seats": "1"}, "seats: type is 'string', and was 'integer'"),
    "a wider type": (lambda s: fields(s)["seats"].update(type="number"), {"seats": 1.5}, "seats: type is 'number', and was 'integer'"),
    "an alternative more in an enum": (lambda s: fields(s)["kind"]["enum"].append("met"), {"kind": "met"}, "kind: enum is ['skill', 'topic', 'met'], and was ['skill', 'topic']"),
    "an alternative less in an enum": (lambda s: fields(s)["kind"]["enum"].remove("topic"), {"kind": "topic"}, "kind: enum is ['skill'], and was ['skill', 'topic']"),
    "a longer text": (lambda s: fields(s)["id"].update(maxLength=9), {"id": "abcdefghi"}, "id: maxLength is 9, and was 8"),
    "a shorter text": (lambda s: fields(s)["id"].update(maxLength=7), {"id": "abcdefgh"}, "id: maxLength is 7, and was 8"),
    "another pattern": (lambda s: fields(s)["id"].update(pattern="^[a-z0-9]+$"), {"id": "a1"}, "id: pattern is '^[a-z0-9]+$', and was '^[a-z]+$'"),
    "no pattern": (lambda s: fields(s)["id"].pop("pattern"), {"id": "A"}, "id: pattern is not given, and was '^[a-z]+$'"),
    "a lower minimum": (lambda s: fields(s)["seats"].update(minimum=0), {"seats": 0}, "seats: minimum is 0, and was 1"),
    "a maximum": (lambda s: fields(s)["seats"].update(maximum=9), {"seats": 10}, "seats: maximum is 9, and was not given"),
    "another format": (lambda s: fields(s)["when"].update(format="date-time"), {"when": "2026-07-08T10:00:00Z"}, "when: format is 'date-time', and was 'date'"),
    "longer lists": (lambda s: fields(s)["terms"].update(maxItems=3), {"terms": ["a", "b", "c"]}, "terms: maxItems is 3, and was 2"),
    "longer texts in lists": (lambda s: fields(s)["terms"]["items"].update(maxLength=6), {"terms": ["abcdef"]}, "terms[]: maxLength is 6, and was 5"),
    "null allowed no more": (lambda s: fields(s).update(note={"type": "string", "default": None}), {"note": None}, "note: has 0 alternatives, and had 2"),
    "a field required inside": (lambda s: s["$defs"]["Person"].update(required=["email"]), {"person": {"account": "x"}}, "person.email: is required, and was not"),
    "a wider alternative of what is required": (lambda s: s["$defs"]["Person"]["anyOf"].append({"required": ["name"]}), {"person": {"name": "x"}}, "person: has 3 alternatives, and had 2"),
    "unknown fields refused": (lambda s: s.update(additionalProperties=False), {"more": 1}, "event: additionalProperties is False, and was not given"),
}  # fmt: skip


@pytest.mark.parametrize("change", INCOMPATIBLE)
def test_an_incompatible_change_is_found_with_its_field(change: str) -> None:
    make, witness, reason = INCOMPATIBLE[change]
    changed = copy.deepcopy(BASE)
    make(changed)
    assert reason in incompatibilities(BASE, changed)
    assert incompatibilities(changed, BASE)
    # It is one, too: there is an event that one side may write and the other does not understand.
    document = {name: value for name, value in (WHOLE | witness).items() if value is not ...}
    assert validator(BASE).is_valid(document) != validator(changed).is_valid(document)


def test_another_default_is_incompatible_since_what_is_left_out_means_something_else() -> None:
    changed = copy.deepcopy(BASE)
    fields(changed)["terms"]["default"] = ["python"]
    assert incompatibilities(BASE, changed) == ["terms: default is ['python'], and was []"]


def test_what_is_not_compared_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="dependentRequired"):
        incompatibilities(BASE, BASE | {"dependentRequired": {}})
