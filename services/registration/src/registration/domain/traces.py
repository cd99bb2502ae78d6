"""Whom a piece of text is about: what to look for when somebody is erased."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from shared.persons import normalise_email

_ADDRESS = re.compile(r"[^\s\"'<>(),:;\\\[\]{}=&]{1,64}@[^\s\"'<>(),:;\\\[\]{}=&@]{1,255}")

_SEPARATOR = re.compile(r"[-_.+/|!#$%*~^?]")
_MOST_CUTS = 8


def persons_in(body: bytes, source: str, person_id: Callable[[str], str]) -> set[str]:
    """The ids of all persons whose address, or account at this source, is in a text; it may be JSON, or broken.

    ``person_id`` makes the id of an address, or of an account written as ``attendee_key`` does.
    """
    ids = {person_id(address) for address in _addresses(body.decode(errors="replace"))}
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ids
    if isinstance(document, Mapping) and isinstance(document.get("source"), str):
        source = document["source"]
    for name, text in _texts(document):
        # Read as JSON too: what is escaped there (\\u0040) is no address to the eye.
        ids |= {person_id(address) for address in _addresses(text)}
        if name == "account":
            ids.add(person_id(account_key(source, text.strip())))
    return ids


def account_key(source: str, account: str) -> str:
    """What the id of a person known by an account is made of."""
    # The line break is in no address and no account: the ids of both kinds, and of different sources, stay apart.
    return f"{source}\n{account}"


def _addresses(text: str) -> Iterator[str]:
    """Every address that may be meant, also within a longer word such as an id made of one: ``scan-ada@example.org-7``."""
    for match in _ADDRESS.finditer(text):
        local, domain = match[0].rsplit("@", 1)
        locals = [local, *(local[cut.end() :] for cut in _SEPARATOR.finditer(local))][:_MOST_CUTS]
        domains = [domain, *(domain[: cut.start()] for cut in _SEPARATOR.finditer(domain))][:_MOST_CUTS]
        for candidate in (f"{one}@{other}" for one in locals for other in domains):
            try:
                yield normalise_email(candidate)
            except ValueError:
                continue


def _texts(document: Any) -> Iterator[tuple[str, str]]:
    """Every text in a JSON document, with the name of the field that it is in."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            waiting += [(key, value) for key, value in value.items()]
            waiting += [("", key) for key in value]
        elif isinstance(value, list):
            waiting += [(name, each) for each in value]
