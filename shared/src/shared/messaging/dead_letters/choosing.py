"""Selects dead letters by their origin, or by their event."""

import json
import re
from collections.abc import Callable
from typing import Final

import orjson

from shared.messaging.dead_letters.letters import DeadLetter

EXPECTED: Final = 'a topic/partition/offset, or an event as ["source", "id"]'
LONGEST_NAME: Final = 1200
"""In characters: the source and the id of an event have 256 each, which may be escaped."""
_ARRAY: Final = json.JSONDecoder()
_ORIGIN = re.compile(r"[A-Za-z0-9._-]{1,249}/[0-9]{1,10}/[0-9]{1,19}", re.ASCII)


def named(name: str) -> Callable[[DeadLetter], bool]:
    """Whether a letter is the one that is named: by its origin, ``attendance.inbound/3/17``, or by its event's source and id
    as a JSON array, ``["tickets", "scan-7"]``. Several letters may hold the same event.

    Raises:
        ValueError: it is neither.
    """
    name = name.strip()
    if len(name) > LONGEST_NAME:
        raise ValueError(f"has {len(name):,} characters, more than any dead letter's name; expected {EXPECTED}")
    if _ORIGIN.fullmatch(name):
        return lambda letter: letter.origin == name
    try:
        event = orjson.loads(name)
    except orjson.JSONDecodeError:
        event = None
    match event:
        case [str(source), str(id)]:
            return lambda letter: letter.event == (source, id)
        case _:
            raise ValueError(f"is not a dead letter's name; expected {EXPECTED}")


def names(text: str) -> list[str]:
    """The names in a text, separated by commas; a JSON array is one name.

    What begins like an array and is none is one name up to the end of the text, which ``named`` refuses.
    """
    found = []
    begin = at = 0
    while at < len(text):
        if text[at] == "," or text[at] == "[":
            found.append(text[begin:at])
            begin = at
            if text[at] == ",":
                begin += 1
            else:
                at = _end_of_array(text, at)
                found.append(text[begin:at])
                begin = at
                continue
        at += 1
    return [name for name in map(str.strip, (*found, text[begin:])) if name]


def _end_of_array(text: str, begin: int) -> int:
    try:
        return _ARRAY.raw_decode(text, begin)[1]
    except (ValueError, RecursionError):
        return len(text)


def filtered(topic: str = "", source: str = "", id: str = "", reason: str = "") -> Callable[[DeadLetter], bool]:
    """Whether a letter is of this topic, source and id, and has this text in its reason, whatever its case; empty: any."""
    reason = reason.casefold()

    def matches(letter: DeadLetter) -> bool:
        of_source, of_id = letter.event or ("", "")
        return (
            topic in ("", letter.place[0])
            and source in ("", of_source)
            and id in ("", of_id)
            and (not reason or reason in letter.reason.casefold())
        )

    return matches
