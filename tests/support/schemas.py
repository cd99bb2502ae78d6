"""Documents that our JSON Schemas allow, for property-based tests."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.contract.events.fields import EARLIEST, LATEST

MOMENTS = st.datetimes(
    EARLIEST.replace(tzinfo=None, day=2),
    LATEST.replace(tzinfo=None, year=LATEST.year - 1),
    timezones=st.timezones() | st.just(UTC),
)
"""Times at least a day from both limits, so that no offset exceeds them."""


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator that also checks formats."""
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def documents(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Documents that the schema allows, sometimes with an unknown field."""
    return _values(schema, schema).filter(validator(schema).is_valid)


def _values(part: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in part:
        return _values(root["$defs"][part["$ref"].removeprefix("#/$defs/")], root)
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if "anyOf" in part and "type" not in part:
        return st.one_of([_values(option, root) for option in part["anyOf"]])
    match part["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(part.get("minimum"), part.get("maximum", 2**53))
        case "number":
            return st.floats(part.get("minimum"), part.get("maximum"), allow_nan=False, allow_infinity=False)
        case "string":
            return _texts(part)
        case "array":
            return st.lists(_values(part["items"], root), max_size=3)
        case "object":
            fields = {name: _values(field, root) for name, field in part["properties"].items()}
            optional = {name: fields.pop(name) for name in list(fields) if name not in part.get("required", [])}
            unknown = st.text() | st.lists(st.integers() | st.none(), max_size=2)
            return st.fixed_dictionaries(fields, optional=optional | {"unknown": unknown}).filter(
                Draft202012Validator({"anyOf": part.get("anyOf", [{}])}).is_valid
            )
        case other:
            raise ValueError(f"no documents are made of the type {other!r}")


def _texts(part: dict[str, Any]) -> st.SearchStrategy[str]:
    match part.get("format"):
        case "email":
            texts = st.emails()
        case "date":
            texts = st.dates().map(lambda day: day.isoformat())
        case "date-time":
            texts = MOMENTS.map(datetime.isoformat)
        case "time-zone":
            texts = st.timezone_keys(allow_prefix=False).filter(lambda name: name not in ("Factory", "localtime"))
        case _ if "pattern" in part:
            # Python's $ matches before a line break at the end, too; JSON Schema's does not.
            texts = st.from_regex(part["pattern"].removesuffix("$") + r"\Z")
        case _:
            texts = st.text(min_size=part.get("minLength", 0), max_size=part.get("maxLength"))
    return texts.filter(lambda text: part.get("minLength", 0) <= len(text) <= part.get("maxLength", 10_000))


_TEXTS = ("a", "ada@example.org", "2026-07-08", "2026-07-08T09:00:00Z", "https://example.org", "en", "Europe/Paris", "a" * 32)
"""Every text that our schemas require accepts one of these."""


def minimal(part: dict[str, Any], root: dict[str, Any]) -> Any:
    """The minimal value that this part of an OpenAPI document allows: only required fields, with the shortest values."""
    if "$ref" in part:
        return minimal(root["components"]["schemas"][part["$ref"].rpartition("/")[2]], root)
    if "const" in part or "enum" in part:
        return part.get("const") or part["enum"][0]
    if options := part.get("anyOf", part.get("oneOf")):
        return minimal(next((option for option in options if option.get("type") == "null"), options[0]), root)
    match part.get("type", "object"):
        case "object":
            return {name: minimal(part["properties"][name], root) for name in part.get("required", ())}
        case "array":
            return [minimal(part["items"], root) for _ in range(part.get("minItems", 0))]
        case "integer" | "number":
            return int(part.get("minimum", 1))
        case "string":
            return next(text for text in _TEXTS if validator(part).is_valid(text))
        case kind:
            return {"boolean": False, "null": None}[kind]
