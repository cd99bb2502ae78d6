"""Files in whatever charset they come in: the same text, and what cannot be decoded costs its row only."""

import pytest

from registration.charsets import Utf8Converter, known_codec
from support.exports import load, people


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "ISO-8859-1", "mac-roman"]
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_text_is_the_same_in_every_charset_and_in_pieces_of_any_size(charset: str, size: int) -> None:
    text = "kind,time,email,name\nchecked_in,2026-07-08 10:00,ada@uni.example,Zoë Müller\n"
    body = text.encode(charset)
    parser = Utf8Converter(known_codec(charset) or "utf-8")
    pieces = [parser.feed(body[start : start + size]) for start in range(0, len(body), size)]
    content = b"".join([*pieces, parser.feed(b"", last=True)])
    assert people(load(content)[0]) == [("ada@uni.example", "Zoë Müller")]


def test_what_cannot_be_decoded_costs_its_row_only() -> None:
    utf_16 = "kind,time,email\nchecked_in,2026-07-08 10:00,ada@uni.example\nchecked_in,".encode("utf-16") + b"\x00\xd8"
    utf_16 += ",x\nchecked_in,2026-07-08 10:00,eve@uni.example\n".encode("utf-16-le")
    windows = (
        b"kind,time,email,name\nchecked_in,2026-07-08 10:00,ada@uni.example,\nchecked_in,2026-07-08 10:00,x@uni.example,\x81\n"
    )
    windows += b"checked_in,2026-07-08 10:00,eve@uni.example,\n"
    for charset, body in (("utf-8", utf_16), ("cp1252", windows)):
        stated, faults, _ = load(Utf8Converter(charset).feed(body, last=True))
        assert [one.data.attendee.email for one in stated] == ["ada@uni.example", "eve@uni.example"]
        assert [(fault.line, fault.field) for fault in faults] == [(3, "row")]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("latin-1", "iso8859-1"), ("UTF8", "utf-8"), ("idna", None), ("unicode_escape", None), ("utf-7", None), ("hex", None), ("klingon", None),
     ("", None), ("\0", None), ("\udcff", None), ("x" * 10_000, None)],
)  # fmt: skip
def test_only_charsets_of_text_are_known(charset: str, codec: str | None) -> None:
    assert known_codec(charset) == codec
