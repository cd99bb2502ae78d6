"""JSON Schemas (2020-12) of event types, generated from their models; and their fields as rows of a table."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from shared.contract.events import TYPES
from shared.contract.events.examples import EXAMPLES
from shared.text_patterns import IN_WORDS
from shared.worded import Worded

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_KINDS: Final = {
    "string": Worded("text"),
    "boolean": Worded("true or false"),
    "object": Worded("object"),
    "email": Worded("e-mail address"),
}
"""What a field has, by JSON Schema's format or type."""


class _Generator(GenerateJsonSchema):
    """Leaves out the titles that pydantic derives from the names of fields: they say nothing new."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of the data of this type of event. It is self-contained: its references point into itself."""
    own = TYPES[name].model_json_schema(schema_generator=_Generator)
    definitions = {"$defs": own.pop("$defs")} if "$defs" in own else {}
    head = {"$schema": DIALECT, "$id": f"urn:opportunity-desk:{name}", "title": own.pop("title")}
    return head | own | {"examples": [example.data for example in EXAMPLES.get(name, ())]} | definitions


def together(names: Iterable[str], ref_template: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """References to the schemas of these types, and the schemas. What several types share is described once."""
    models = {name: TYPES[name] for name in names}
    references, schemas = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template=ref_template, schema_generator=_Generator
    )
    return {name: references[model, "validation"] for name, model in models.items()}, schemas.get("$defs", {})


@dataclass(frozen=True, slots=True)
class Field:
    """A field, as a row of a table. ``path`` leads to it, such as ``attendee.email`` or ``sessions[].title``.

    ``required`` is "yes", "no", "no (false)" with its default, or "one of …" with the alternatives. ``meaning`` is in
    words, or "". All texts can be translated.
    """

    path: str
    type: str
    required: str
    meaning: str
    limits: Sequence[str]


def fields(name: str) -> list[Field]:
    """All fields of this type of event, each followed by the fields inside it."""
    described = schema(name)
    return list(_fields(described, described, ""))


def _fields(part: dict[str, Any], root: dict[str, Any], inside: str) -> Iterator[Field]:
    required = part.get("required", [])
    choice = [option["required"][0] for option in part.get("anyOf", []) if "required" in option]
    for name, given in part["properties"].items():
        field, inner = _resolved(given, root), {}
        if field.get("type") == "array":
            inner = _resolved(field["items"], root)
        need = Worded("yes") if name in required else Worded("no")
        if name in choice and name not in required and len(choice) > 1:
            need = Worded("one of %(names)s", names=", ".join(choice))
        elif given.get("default") not in (None, []):
            need = Worded("no (%(default)s)", default=json.dumps(given["default"]))
        path = f"{inside}{name}"
        kind = Worded("list of %(kind)s", kind=_kind(inner)) if inner else _kind(field)
        limits = [*_limits(field), *(Worded("each %(limit)s", limit=limit) for limit in _limits(inner))]
        meaning = given.get("description") or field.get("description", "")
        yield Field(path, kind, need, " ".join(meaning.split()), limits)
        for one, between in ((field, "."), (inner, "[].")):
            if "properties" in one:
                yield from _fields(one, root, f"{path}{between}")


def _resolved(part: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The schema of the part itself: without a reference, and without the null that an optional field may be."""
    if "anyOf" in part and "type" not in part:
        part = next(option for option in part["anyOf"] if option.get("type") != "null")
    return root["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part


def _kind(part: dict[str, Any]) -> Worded:
    return _KINDS.get(part.get("format", "")) or _KINDS[part.get("type", "string")]


def _limits(part: dict[str, Any]) -> Iterator[Worded]:
    if "enum" in part:
        yield Worded("one of %(names)s", names=", ".join(map(str, part["enum"])))
    if part.get("pattern") in IN_WORDS:
        yield IN_WORDS[part["pattern"]]
    if "maxLength" in part:
        yield Worded("at most %(count)s characters", count=f"{part['maxLength']:,}")
    if part.get("minLength", 1) > 1:
        yield Worded("at least %(count)s characters", count=f"{part['minLength']:,}")
    for least, most in (("minItems", "maxItems"), ("minimum", "maximum")):
        if most in part:
            yield Worded("at most %(number)s", number=f"{part[most]:,}")
        if least in part:
            yield Worded("at least %(number)s", number=f"{part[least]:,}")
