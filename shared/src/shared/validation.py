"""Says in words what is wrong with a value: what was expected, and what came. Starts from pydantic's validation errors."""

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.free_text import NO_HALVES
from shared.text_patterns import IN_WORDS

MOST_SHOWN: Final = 100
"""The most characters of a wrong value that are quoted."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)
_SECRET: Final = ("secret", "token", "password")
"""Values of fields with such names are not quoted."""

_ABSENT: Final = {"missing": "is missing", "extra_forbidden": "is not known here"}

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
"""What was expected, by the first word of pydantic's type of error."""


def in_words(error: Mapping[str, Any]) -> str:
    """What is wrong, given one of pydantic's errors, such as "must be a text, not 7"."""
    kind, context, came = error["type"], error.get("ctx", {}), error.get("input")
    if kind in _ABSENT:
        return _ABSENT[kind]
    if kind == "json_invalid":
        return f"is not JSON: {context['error']}"
    secret = any(word in str(error["loc"][-1:]).lower() for word in _SECRET)
    # Quoting a whole document does not help to see what it lacks.
    aside = "" if secret or (kind == "value_error" and isinstance(came, dict | list)) else shown(came)
    instead = f", not {aside}" if aside else ""
    match kind:
        case "value_error":
            return str(error["msg"]).removeprefix("Value error, ") + (f"; it is {aside}" if aside else "")
        case "string_unicode":
            return f"{NO_HALVES}{instead}"
        case "string_too_short" | "too_short" if context["min_length"] == 1:
            return "must not be empty"
        case "string_too_short" | "string_too_long" | "too_short" | "too_long":
            bound = "most" if kind.endswith("long") else "least"
            number = context.get("max_length", context.get("min_length"))
            one, many = ("character", "characters") if kind.startswith("string") else ("entry", "entries")
            size = f", not {len(came):,}" if isinstance(came, str | list) else ""
            return f"must have at {bound} {number:,} {one if number == 1 else many}{size}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}{instead}"
        case "less_than_equal":
            return f"must be at most {context['le']}{instead}"
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return f"must be {IN_WORDS.get(pattern, f'a text like {pattern}')}{instead}"
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected is None:
        return f"{error['msg']}{instead}"
    return f"must be {expected.format(**context)}{instead}"


def shown(value: object) -> str:
    """The value as JSON, shortened, and always encodable as UTF-8. A large value costs no more than a small one."""
    if isinstance(value, str):
        value = value[: MOST_SHOWN + 1]
    elif isinstance(value, int) and value.bit_length() > MOST_SHOWN:
        return f"a number of {value.bit_length():,} bits"
    text = ""
    try:
        for piece in _ENCODER.iterencode(value):
            text += sendable(piece[: MOST_SHOWN + 1])
            if len(text) > MOST_SHOWN:
                break
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def sendable(text: str) -> str:
    """The text, where half a surrogate pair, which JSON may hold and UTF-8 may not, is written out: ``\\ud800``."""
    return text.encode(errors="backslashreplace").decode()
