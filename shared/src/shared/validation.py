"""Describes faults of values in words, from pydantic's validation errors: what was expected, and what came."""

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.free_text import NO_HALVES
from shared.text_patterns import IN_WORDS
from shared.worded import Worded

MOST_SHOWN: Final = 100
"""The most characters of a wrong value that are quoted."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)
_SECRET: Final = ("secret", "token", "password")
"""Values of fields with such names are not quoted."""

_ABSENT: Final = {"missing": Worded("is missing"), "extra_forbidden": Worded("is not a known field")}

_EXPECTED: Final = {
    "bool": Worded("true or false"),
    "date": Worded("a day such as 2026-07-08"),
    "datetime": Worded("a time with its offset, such as 2026-07-08T10:00:00Z"),
    "dict": Worded("an object"),
    "float": Worded("a number"),
    "int": Worded("a whole number"),
    "finite": Worded("a finite number"),
    "list": Worded("a list"),
    "model": Worded("an object"),
    "string": Worded("text"),
    "timezone": Worded("a time with its offset, such as 2026-07-08T10:00:00Z"),
}
"""What was expected, by the first word of pydantic's type of error."""


def in_words(error: Mapping[str, Any]) -> Worded:
    """What is wrong, given one of pydantic's errors, such as "must be text, not 7". Pages translate it."""
    kind, context, came = error["type"], error.get("ctx", {}), error.get("input")
    if kind in _ABSENT:
        return _ABSENT[kind]
    if kind == "json_invalid":
        return Worded("is not JSON: %(reason)s", reason=context["error"])
    secret = any(word in str(error["loc"][-1:]).lower() for word in _SECRET)
    # Quoting a whole document does not help to see what it lacks.
    aside = "" if secret or (kind == "value_error" and isinstance(came, dict | list)) else shown(came)
    match kind:
        case "value_error":
            reason = Worded(str(error["msg"]).removeprefix("Value error, "))
            return Worded("%(reason)s; it is %(came)s", reason=reason, came=aside) if aside else reason
        case "string_unicode":
            return _instead(Worded(NO_HALVES), aside)
        case "string_too_short" | "too_short" if context["min_length"] == 1:
            return Worded("must not be empty")
        case "string_too_short" | "string_too_long" | "too_short" | "too_long":
            return _sized(kind, context, came)
        case "greater_than_equal":
            return _instead(Worded("must be at least %(least)s", least=context["ge"]), aside)
        case "less_than_equal":
            return _instead(Worded("must be at most %(most)s", most=context["le"]), aside)
        case "greater_than":
            return _instead(Worded("must be greater than %(bound)s", bound=context["gt"]), aside)
        case "less_than":
            return _instead(Worded("must be less than %(bound)s", bound=context["lt"]), aside)
        case "enum" | "literal_error":
            return _instead(Worded("must be one of %(expected)s", expected=context["expected"]), aside)
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            like = IN_WORDS.get(pattern) or Worded("text that matches %(pattern)s", pattern=pattern)
            return _instead(Worded("must be %(expected)s", expected=like), aside)
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected is None:
        return _instead(Worded(str(error["msg"])), aside)
    return _instead(Worded("must be %(expected)s", expected=expected), aside)


def _instead(wanted: Worded, came: str) -> Worded:
    return Worded("%(wanted)s, not %(came)s", wanted=wanted, came=came) if came else wanted


def _sized(kind: str, context: Mapping[str, Any], came: object) -> Worded:
    number = context.get("max_length", context.get("min_length"))
    if kind.startswith("string"):
        one, many = Worded("1 character"), Worded("%(count)s characters", count=f"{number:,}")
    else:
        one, many = Worded("1 entry"), Worded("%(count)s entries", count=f"{number:,}")
    size = one if number == 1 else many
    wanted = (
        Worded("must have at most %(size)s", size=size)
        if kind.endswith("long")
        else Worded("must have at least %(size)s", size=size)
    )
    return _instead(wanted, f"{len(came):,}" if isinstance(came, str | list) else "")


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
