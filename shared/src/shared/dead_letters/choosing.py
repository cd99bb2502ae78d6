"""Naming dead letters: by their origin, or by the event."""

import re
from collections.abc import Callable
from typing import Final

import orjson

from shared.dead_letters.letters import DeadLetter

EXPECTED: Final = 'a topic/partition/offset, or an event as ["source", "id"]'
_ORIGIN = re.compile(r"[A-Za-z0-9._-]{1,249}/[0-9]{1,10}/[0-9]{1,19}", re.ASCII)


def named(name: str) -> Callable[[DeadLetter], bool]:
    """Whether a letter is the one that is named: by its origin, ``attendance.inbound/3/17``, or by its event's source and id
    as a JSON array, ``["tickets", "scan-7"]``. Several letters may hold the same event.

    Raises:
        ValueError: it is neither.
    """
    name = name.strip()
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
            raise ValueError(f"is not the name of a dead letter; expected {EXPECTED}")


def names(text: str) -> list[str]:
    """The names in a text, separated by commas; a JSON array is one name."""
    return [name.strip() for name in re.findall(r"\s*\[[^\]]*\]|[^,\[]+", text) if name.strip()]


def filtered(topic: str = "", source: str = "", id: str = "", reason: str = "") -> Callable[[DeadLetter], bool]:
    """Whether a letter is of this topic, source and id, and has this text in its reason; empty: whichever."""

    def matches(letter: DeadLetter) -> bool:
        of_source, of_id = letter.event or ("", "")
        return (
            topic in ("", letter.place[0])
            and source in ("", of_source)
            and id in ("", of_id)
            and reason.casefold() in letter.reason.casefold()
        )

    return matches
