"""Whether two schemas of one event type are FULLY compatible: each side's readers understand the other side's events.

A reader ignores fields that it does not know, a writer writes none that are not in its schema. So a field may come or go
if it is optional; whatever both schemas describe must be described the same. Anything else needs a new version of the type.

This is stricter than need be where one description can be said in two ways (two patterns that match the same): say it as before.
"""

from collections.abc import Iterator
from typing import Any, Final

ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "deprecated", "$comment"})
"""What describes and does not limit. ``default`` is not among them: another default changes what a field left out means."""

COMPARED: Final = (
    {"$ref", "anyOf", "type", "enum", "const", "default", "format", "pattern", "minLength", "maxLength"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
)


def incompatibilities(released: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Each difference by which one of the two would not understand the other's events, as "field: what differs".

    Raises:
        ValueError: a schema uses a keyword that is not compared here.
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
            yield f"{at}: {keyword} is {_said(new, keyword)}, and was {_said(old, keyword)}"


def _value(schema: dict[str, Any], keyword: str) -> tuple[bool, Any]:
    value = schema.get(keyword)
    return keyword in schema, sorted(value or [], key=repr) if keyword == "enum" else value


def _said(schema: dict[str, Any], keyword: str) -> str:
    return repr(schema[keyword]) if keyword in schema else "not given"


def _inline(part: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The schema with what its references lead to in their place, and without annotations."""
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
