"""What is wrong with a value, in words for whoever wrote it: what was expected, and what came."""

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.events.fields import PATTERNS

MOST_SHOWN: Final = 100
"""How many characters of what came are quoted, at most."""

_EXPECTED: Final = {
    "bool": "true or false",
    "date": "a day such as 2026-07-08",
    "datetime": "a time with its offset, such as 2026-07-08T10:00:00Z",
    "dict": "an object",
    "enum": "one of {expected}",
    "float": "a number",
    "int": "a whole number",
    "finite": "a finite number",
    "greater": "greater than {gt}",
    "less": "less than {lt}",
    "list": "a list",
    "literal": "one of {expected}",
    "model": "an object",
    "string": "a text",
    "timezone": "a time with its offset, such as 2026-07-08T10:00:00Z",
}
"""By the first word of the kind of error that pydantic reports."""


def fault(error: Mapping[str, Any]) -> str:
    """One error as pydantic reports it, in our words: "must be a text, not 7"."""
    kind, context, came = error["type"], error.get("ctx", {}), error.get("input")
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not known here"
        case "value_error" | "assertion_error":
            # The whole document is no help in a message about what it lacks.
            said = str(error["msg"]).removeprefix("Value error, ")
            return said if isinstance(came, dict | list) else f"{said}; it is {shown(came)}"
        case "json_invalid":
            return f"is not JSON: {context['error']}"
        case "string_too_short" if context["min_length"] == 1:
            return "must not be empty"
        case "string_too_short" | "string_too_long" | "too_short" | "too_long":
            bound = "most" if kind.endswith("long") else "least"
            unit = "characters" if kind.startswith("string") else "entries"
            size = f", not {len(came):,}" if isinstance(came, str | list) else ""
            return f"must have at {bound} {context.get('max_length', context.get('min_length')):,} {unit}{size}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, not {shown(came)}"
        case "less_than_equal":
            return f"must be at most {context['le']}, not {shown(came)}"
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return f"must be {PATTERNS.get(pattern, f'a text like {pattern}')}, not {shown(came)}"
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected is None:
        return f"{error['msg']}, not {shown(came)}"
    return f"must be {expected.format(**context)}, not {shown(came)}"


def shown(value: object) -> str:
    """What came, as JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
