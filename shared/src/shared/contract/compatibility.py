"""Whether two schemas of an event type are fully compatible: readers of either version understand events of the other.

Readers ignore fields that they do not know, and publishers write only fields of their schema. So an optional field may be added
or removed. Both schemas must describe a common field in the same way. Any other change needs a new version of the type.

The check is stricter than necessary: two different patterns count as incompatible even if they match the same texts.
"""

from collections.abc import Iterator
from typing import Any, Final

ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "deprecated", "$comment"})
"""Keywords that limit nothing. ``default`` is not among them: with another default, a missing field means something else."""

COMPARED: Final = (
    {"$ref", "anyOf", "type", "enum", "const", "default", "format", "pattern", "minLength", "maxLength"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
)


def incompatibilities(released: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Each difference that keeps readers of one schema from understanding events of the other, as "field: what differs".

    Raises:
        ValueError: a schema uses a keyword that this module cannot compare.
    """
    return list(_differences(_inline(released, released), _inline(current, current), ""))


def _differences(old: Any, new: Any, place: str) -> Iterator[str]:
    at = place or "event"
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    required = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(old_fields.keys() | new_fields.keys() | required[0] | required[1]):
        field = f"{place}.{name}" if place else name
        if (name in required[0]) != (name in required[1]):
            yield f"{field}: is required, and was not" if name in required[1] else f"{field}: is not required, and was"
        elif name in old_fields and name in new_fields:
            yield from _differences(old_fields[name], new_fields[name], field)
    if "items" in old and "items" in new:
        yield from _differences(old["items"], new["items"], f"{place}[]")
    options = old.get("anyOf", []), new.get("anyOf", [])
    if len(options[0]) == len(options[1]):
        for one, other in zip(*options, strict=True):
            yield from _differences(one, other, place)
    else:
        yield f"{at}: has {len(options[1])} alternatives, and had {len(options[0])}"
    for keyword in sorted((old.keys() | new.keys()) - {"properties", "required", "anyOf"}):
        inside = keyword == "items" and keyword in old and keyword in new
        if not inside and _value(old, keyword) != _value(new, keyword):
            yield f"{at}: {keyword} is {_shown(new, keyword)}, and was {_shown(old, keyword)}"


def _value(schema: dict[str, Any], keyword: str) -> tuple[bool, Any]:
    value = schema.get(keyword)
    return keyword in schema, sorted(value or [], key=repr) if keyword == "enum" else value


def _shown(schema: dict[str, Any], keyword: str) -> str:
    return repr(schema[keyword]) if keyword in schema else "not given"


def _inline(part: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The schema with its references replaced by their targets, and without annotations."""
    if unknown := part.keys() - ANNOTATIONS - COMPARED:
        raise ValueError(
            f"the keywords {', '.join(sorted(unknown))} are not compared; teach shared.contract.compatibility about them"
        )
    if "$ref" in part:
        target = root["$defs"][part["$ref"].removeprefix("#/$defs/")]
        part = target | {keyword: value for keyword, value in part.items() if keyword != "$ref"}
    inlined: dict[str, Any] = {}
    for keyword, value in part.items():
        if keyword == "properties":
            inlined[keyword] = {name: _inline(field, root) for name, field in value.items()}
        elif keyword == "items":
            inlined[keyword] = _inline(value, root)
        elif keyword == "anyOf":
            inlined[keyword] = [_inline(option, root) for option in value]
        elif keyword not in ANNOTATIONS:
            inlined[keyword] = value
    return inlined
