"""Reads settings from environment variables, and explains faults in words for operators."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from itertools import takewhile
from typing import Any, Final, NoReturn, TypeVar

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from shared.settings import ServiceSettings, file_variable

Settings = TypeVar("Settings", bound=ServiceSettings)

_IN_WORDS: Final = {
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} characters",
    "string_unicode": "must be text in UTF-8",
    "string_pattern_mismatch": "must match {pattern}",
}
"""Of pydantic's errors, those that speak to programmers."""


def read_settings(settings_type: type[Settings]) -> Settings:
    """The settings from the environment. If one is missing or wrong, print an explanation and exit with status 2."""
    try:
        return settings_type()
    except ValidationError as error:
        faults = [_fault(fault, settings_type) for fault in error.errors(include_url=False, include_input=False)]
        refuse(*faults)


def refuse(*faults: str) -> NoReturn:
    """Print the faults of the settings, one per line, and exit with status 2."""
    lines = ("These settings (environment variables) are missing or wrong:", *(f"  {fault}" for fault in faults))
    sys.stderr.write("\n".join(lines) + "\n")
    raise SystemExit(2)


def _fault(fault: Mapping[str, Any], settings_type: type[ServiceSettings]) -> str:
    if not fault["loc"]:  # those that are about several settings name them in their words
        return str(fault["msg"]).removeprefix("Value error, ")
    name = str(fault["loc"][0])
    field = settings_type.model_fields.get(name)
    if fault["type"] == "missing":
        detail = "is missing" + (f": {field.description}" if field and field.description else "")
    elif fault["type"] in _IN_WORDS:
        detail = _IN_WORDS[fault["type"]].format(**fault.get("ctx", {}))
    else:
        detail = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{name.upper()}: {detail}"


def default_of(field: FieldInfo) -> str | None:
    """A setting's default as it would be written in the environment, "" for none; None where the setting is required."""
    if field.is_required():
        return None
    default = field.get_default(call_default_factory=True)
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if is_dataclass(default) and not isinstance(default, type):
        return json.dumps(asdict(default))
    return str(default).lower() if isinstance(default, bool) else str(default)


def misspelt(settings_type: type[ServiceSettings], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables that are one typo away from a setting, each with the setting that is probably meant."""
    known = {name.upper() for name in settings_type.model_fields}
    known |= {file_variable(name, field) for name, field in settings_type.model_fields.items()}
    long = [name for name in known if len(name) > 5]  # HOST and PORT are like too much
    return {given: name for given in environment if given.upper() not in known for name in long if _one_slip(given.upper(), name)}


def _one_slip(given: str, known: str) -> bool:
    """Whether they differ by one letter too many, too few or wrong, or by two swapped letters."""
    begin = _same(given, known)
    given, known = given[begin:], known[begin:]
    end = _same(given[::-1], known[::-1])
    given, known = given[: len(given) - end], known[: len(known) - end]
    return max(len(given), len(known)) <= 1 or (len(given) == 2 and given == known[::-1])


def _same(first: str, second: str) -> int:
    """With how many letters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
