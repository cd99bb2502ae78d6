"""Texts and JSON of one megabyte each that take very long to process unless the work is bounded."""

import json
from collections.abc import Iterator

SIZE = 1_000_000


def filled(unit: str) -> str:
    """A megabyte of repetitions of ``unit``."""
    return unit * (SIZE // len(unit.encode()))


STRINGS = {
    "one letter": filled("a"),
    "ats": filled("@"),
    "addresses": filled("a@b.example "),
    "one address of many parts": filled("a.-_+")[: SIZE // 2] + "@" + filled("b.")[: SIZE // 2],
    "almost addresses": filled("a@"),
    "dots": filled("a."),
    "blanks": filled(" "),
    "line breaks": filled("\n"),
    "quotes": filled('"'),
    "backslashes": filled("\\"),
    "semicolons": filled(";"),
    "commas": filled(",a"),
    "brackets": filled("<"),
    "ampersands": filled("&a;"),
    "encoded words": filled("=?utf-8?q?a?= "),
    "colons": filled("a: b\r\n"),
    "digits": filled("9"),
    "percents": filled("%41"),
    "wide": filled("ﷺ"),
    "codes": filled("5.1.1 550 "),
}


def documents() -> Iterator[tuple[str, bytes]]:
    """JSON documents of one megabyte each, with their names. Some are truncated, and so invalid."""
    for name, text in STRINGS.items():
        yield f"a text of {name}", json.dumps({"data": text, "id": text[:1000]})[:SIZE].encode()
    yield "deep arrays", b"[" * (SIZE // 2) + b"]" * (SIZE // 2)
    yield "deep objects", b'{"a":' * (SIZE // 6) + b"1" + b"}" * (SIZE // 6)
    yield "many fields", json.dumps(dict.fromkeys(map(str, range(SIZE // 12)), 0)).encode()
    yield "many addresses", json.dumps([f"a.b.c.d-{number}@e.f.g.h.example" for number in range(SIZE // 36)]).encode()
    yield "many objects", json.dumps([{"email": f"{number}@b.example"} for number in range(SIZE // 28)]).encode()
    yield "a number", b'{"time":' + b"9" * SIZE + b"}"
    yield "escapes", b'{"email":"' + b"\\u0040a" * (SIZE // 7) + b'"}'
    yield "half pairs", b'{"email":"' + b"\\ud800" * (SIZE // 6) + b'"}'
