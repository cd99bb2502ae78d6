"""Mentions of persons in text: what to look for when somebody is erased."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import orjson

from shared.persons import Mentioned, normalise_email

MAX_CANDIDATES: Final = 20_000
"""The most possible addresses and accounts examined in a call: some tenths of a second of work."""
MAX_VALUES: Final = 100_000
"""The most JSON values examined."""
MAX_BYTES: Final = 2 * 1024 * 1024
_NOT_ASCII: Final = 20
"""The cost of a candidate that is not ASCII: IDNA takes longer."""

_AT = re.compile("[@\uff20\ufe6b]|%40")
"""The characters that NFKC turns into ``@``, and its form in a URL."""
_ENDS = re.compile(r"[\s\"'<>(),:;\\\[\]{}=&]")
"""Characters that end an address in a text, because no address contains them."""
_SEPARATOR = re.compile(r"[-_.+/|!#$%*~^?]")
"""Separators that addresses may contain, too. An address may be part of an id: ``scan-ada@example.org-7``."""
_WITHIN: Final = 320
"""How many characters on each side of an ``@`` may belong to an address. A normalised address has at most 254 bytes."""


class _Exhausted(Exception):
    """The limit of work is reached."""


def persons_in(bodies: Iterable[bytes], source: str, person_id: Callable[[str], str]) -> Mentioned:
    """The ids of all persons whose address, or account at this source, appears in these texts. Each may be JSON or broken.

    Work is bounded: if the texts contain more than ``MAX_CANDIDATES`` possible addresses, the answer is incomplete.
    ``person_id`` makes the id of an address, or of an account as ``account_key`` writes it.
    """
    search = _Search()
    try:
        for body in bodies:
            search.look_into(body, source)
    except _Exhausted:
        complete = False
    else:
        complete = True
    return Mentioned(frozenset(map(person_id, search.keys)), complete)


def persons_in_record(
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]],
    reason: str,
    person_id: Callable[[str], str],
) -> Mentioned:
    """The persons whom a record may be about, given the reason why it could not be applied."""
    present = [(name, content or b"") for name, content in headers]
    source = dict(present).get("ce_source", b"").decode(errors="replace")
    parts = (
        value or b"",
        key or b"",
        reason.encode(),
        *(part for name, content in present for part in (name.encode(), content)),
    )
    return persons_in(parts, source, person_id)


def account_key(source: str, account: str) -> str:
    """The text from which the id of a person known by an account is made."""
    # No address or account contains a line break, so ids of both kinds, and of different sources, stay distinct.
    return f"{source}\n{account}"


class _Search:
    """The results so far, and the remaining budget."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        """Addresses in their normal form, and accounts as ``account_key`` writes them."""
        self._seen: set[tuple[str, str]] = set()
        self._candidates = MAX_CANDIDATES
        self._values = MAX_VALUES
        self._bytes = MAX_BYTES

    def look_into(self, body: bytes, source: str) -> None:
        """Search a body. Raises ``_Exhausted`` when the budget is used up."""
        self._bytes -= len(body)
        if self._bytes < 0:
            raise _Exhausted
        self._find_addresses(body.decode(errors="replace"))
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        if isinstance(document, Mapping) and isinstance(document.get("source"), str):
            source = document["source"]
        for name, text in self._texts(document):
            # Read as JSON, too: an escaped address (\\u0040) is not found in the raw text.
            self._find_addresses(text)
            if name == "account":
                self._spend(1)
                self.keys.add(account_key(source, text.strip()))
        if isinstance(document, Mapping) and isinstance(encoded := document.get("data_base64"), str):
            try:
                data = b64decode(encoded, validate=True)
            except ValueError:
                return
            self.look_into(data, source)  # shorter than this body, so the recursion ends

    def _find_addresses(self, text: str) -> None:
        """Find every possible address, even within a longer word."""
        pieces = _AT.split(text, maxsplit=MAX_CANDIDATES)
        for left, right in pairwise(pieces):
            local = _ENDS.split(left[-_WITHIN:])[-1]
            domain = _ENDS.split(right[:_WITHIN], maxsplit=1)[0]
            if local and domain and (local, domain) not in self._seen:
                self._seen.add((local, domain))
                self._take_apart(local, domain)
        if len(pieces) > MAX_CANDIDATES and _AT.search(pieces[-1]):
            raise _Exhausted

    def _take_apart(self, local: str, domain: str) -> None:
        locals = [local, *(local[cut.end() :] for cut in _SEPARATOR.finditer(local))]
        domains = [domain, *(domain[: cut.start()] for cut in _SEPARATOR.finditer(domain))]
        domains = [normal for one in domains if (normal := self._normal(f"a@{one}"))]
        if not domains:
            return
        locals = [normal for one in locals if (normal := self._normal(f"{one}@a.aa"))]
        self._spend(len(locals) * len(domains))
        self.keys |= {one.removesuffix("a.aa") + other.removeprefix("a@") for one in locals for other in domains}

    def _normal(self, candidate: str) -> str:
        """The candidate's normal form; empty if it is not an address."""
        self._spend(1 if candidate.isascii() else _NOT_ASCII)
        try:
            return normalise_email(candidate)
        except ValueError:
            return ""

    def _spend(self, candidates: int) -> None:
        self._candidates -= candidates
        if self._candidates < 0:
            raise _Exhausted

    def _texts(self, document: Any) -> Iterator[tuple[str, str]]:
        """All texts in a JSON document, each with the name of its field."""
        waiting: list[tuple[str, Any]] = [("", document)]
        while waiting:
            name, value = waiting.pop()
            if isinstance(value, str):
                yield name, value
                continue
            if isinstance(value, Mapping):
                inner = [*value.items(), *(("", key) for key in value)]
            elif isinstance(value, list):
                inner = [(name, each) for each in value]
            else:
                continue
            self._values -= len(inner)
            if self._values < 0:
                raise _Exhausted
            waiting += inner
